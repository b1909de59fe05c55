import { readFile } from 'node:fs/promises';
import type { Servers } from '../stack/servers/servers.ts';

/** The benchmarks of one service, on servers that already run. */
export type Suite = (servers: Servers) => Promise<void>;

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** One line of a result: what was measured, beside what it is to be compared with, and whether it meets its bar. */
export type Row = { what: string; ours: string; peer?: string; bar?: string; isMet?: boolean };

export function printTable(title: string, rows: readonly Row[]): void {
  const header = ['', 'ours', 'beside', 'bar', ''];
  const cells = rows.map(({ what, ours, peer = '', bar = '', isMet }) => {
    const verdict = isMet === undefined ? '' : isMet ? 'met' : 'MISSED';
    return [what, ours, peer, bar, verdict];
  });
  const widths = header.map((_, column) => Math.max(...[header, ...cells].map((row) => row[column]?.length ?? 0)));
  say(`\n${title}`);
  for (const row of [header, ...cells])
    say(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
}

/** The value below which this share of the sample lies (nearest rank). */
export function percentile(sample: readonly number[], share: number): number {
  const sorted = [...sample].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

const TICKS_PER_SECOND = 100; // USER_HZ, fixed on Linux

/** Processor time that a process has used so far, in seconds: its threads, and the children that have ended. */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name, in parentheses, may hold spaces; what follows it does not.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND;
}

/** Resident memory of a process in bytes. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) * 1024;
}
