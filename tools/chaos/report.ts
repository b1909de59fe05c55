import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Verdict } from './checker/checker.ts';
import { WRONGS } from './checker/finding.ts';

/** One fault as it went. Without a recovery time it was not measured, since another fault was at work as well. */
export type Outcome = {
  id: string;
  what: string;
  /** Seconds into the run. */
  atSeconds: number;
  recoveryMs?: number;
  limitMs: number;
  problem?: string;
};

export const NEVER = Number.POSITIVE_INFINITY;
const SHOWN_FINDINGS = 20;

/** A row for each kind of fault: how often, how long until work flowed again, and whether that was in time. */
export function faultTable(outcomes: readonly Outcome[], titles: Record<string, string>): string[] {
  const rows = [['fault', 'times', 'measured', 'p50 ms', 'p99 ms', 'max ms', 'verdict', 'what']];
  for (const [id, group] of [...Map.groupBy(outcomes, (outcome) => outcome.id)].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const times = group
      .flatMap(({ recoveryMs }) => (recoveryMs === undefined ? [] : [recoveryMs]))
      .sort((a, b) => a - b);
    const at = (share: number) => format(times[Math.min(times.length - 1, Math.floor(share * times.length))]);
    rows.push([
      id,
      String(group.length),
      String(times.length),
      at(0.5),
      at(0.99),
      format(times.at(-1)),
      verdictOf(group),
      titles[id] ?? '',
    ]);
  }
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function verdictOf(group: readonly Outcome[]): string {
  if (group.some(({ recoveryMs }) => recoveryMs === NEVER)) return 'NOT BACK';
  if (group.some(({ problem }) => problem !== undefined)) return 'FAILED';
  const slow = group.filter(({ recoveryMs = 0, limitMs }) => recoveryMs > limitMs).length;
  return slow === 0 ? 'good' : `${slow} slow`;
}

function format(ms: number | undefined): string {
  if (ms === undefined) return '-';
  return ms === NEVER ? 'never' : String(Math.round(ms));
}

export function totals({ counts, wrongs, findings }: Verdict): string[] {
  return [
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', '),
    WRONGS.map((wrong) => `${wrong} ${wrongs[wrong]}`).join(', '),
    ...findings.slice(0, SHOWN_FINDINGS).map(({ wrong, what }) => `  ${wrong}: ${what}`),
    ...(findings.length > SHOWN_FINDINGS ? [`  and ${findings.length - SHOWN_FINDINGS} more: findings.txt`] : []),
  ];
}

export function writeFiles(directory: string, outcomes: readonly Outcome[], { findings }: Verdict): void {
  const lines = outcomes.map(({ atSeconds, id, what, recoveryMs, problem }) =>
    [
      atSeconds.toFixed(1),
      id,
      `"${what}"`,
      recoveryMs === undefined ? '' : format(recoveryMs),
      `"${problem ?? ''}"`,
    ].join(','),
  );
  writeFileSync(join(directory, 'faults.csv'), ['seconds,fault,what,recovery_ms,problem', ...lines, ''].join('\n'));
  writeFileSync(join(directory, 'findings.txt'), findings.map(({ wrong, what }) => `${wrong}: ${what}\n`).join(''));
}

/** Nothing lost or otherwise wrong, and after each fault work flowed again. */
export function isGood(outcomes: readonly Outcome[], { findings }: Verdict, problems: readonly string[]): boolean {
  return (
    findings.length + problems.length === 0 &&
    outcomes.every(({ recoveryMs, problem }) => recoveryMs !== NEVER && problem === undefined)
  );
}
