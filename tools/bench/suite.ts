import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { Servers } from '../stack/servers/servers.ts';

/** The benchmarks of one service, on servers that already run. */
export type Suite = (servers: Servers) => Promise<void>;

/** Every row that was ever printed on this machine, a line of JSON each; the page of the figures is made from it. */
export const RUNS = '.logi/bench/runs.jsonl';
/** Every pair of a comparison, likewise. */
export const PAIRS = '.logi/bench/pairs.jsonl';

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The pictures that rows are part of. */
export const PLOTS = ['points', 'known', 'calls', 'messages', 'tail', 'positions'] as const;
export type PlotName = (typeof PLOTS)[number];
const row = z.object({
  what: z.string(),
  ours: z.string(),
  peer: z.string().optional(),
  bar: z.string().optional(),
  isMet: z.boolean().optional(),
  /** The row as a group of bars in a picture: its numbers, by whose they are. */
  bars: z.object({ plot: z.enum(PLOTS), label: z.string(), values: z.record(z.string(), z.number()) }).optional(),
});
/** One line of a result: what was measured, beside what it is to be compared with, and whether it meets its bar. */
export type Row = z.infer<typeof row>;
/** `at` is when its suite began: all rows of one run have the same. */
export const keptRow = z.object({
  at: z.string(),
  commit: z.string(),
  cores: z.number(),
  suite: z.string(),
  table: z.string(),
  row,
});
export type KeptRow = z.infer<typeof keptRow>;

let running: Pick<KeptRow, 'at' | 'commit' | 'suite'> | undefined;

/** Whatever `work` prints as a table is kept as rows of this suite. */
export async function runSuite(suite: string, work: () => Promise<void>): Promise<void> {
  running = { at: new Date().toISOString(), commit: commitHere(), suite };
  await work();
}

/** The commit of this tree, and whether there is more in it. */
export function commitHere(): string {
  return execFileSync('git', ['describe', '--always', '--dirty', '--exclude', '*'], { encoding: 'utf8' }).trim();
}

export function printTable(title: string, rows: readonly Row[]): void {
  if (running) keep(running, title, rows);
  const header = ['', 'ours', 'beside', 'bar', ''];
  const cells = rows.map((row) => [row.what, row.ours, row.peer ?? '', row.bar ?? '', verdictOf(row)]);
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

export function verdictOf({ isMet }: Row): string {
  if (isMet === undefined) return '';
  return isMet ? 'met' : 'MISSED';
}

function keep(run: Pick<KeptRow, 'at' | 'commit' | 'suite'>, table: string, rows: readonly Row[]): void {
  const cores = availableParallelism();
  const lines = rows.map((each) => {
    const kept: KeptRow = { ...run, cores, table, row: { ...each, bars: each.bars && measured(each.bars) } };
    return `${JSON.stringify(kept)}\n`;
  });
  mkdirSync(dirname(RUNS), { recursive: true });
  appendFileSync(RUNS, lines.join(''));
}

/** JSON has no NaN, which is what a percentile of nothing is. */
function measured({ values, ...bars }: NonNullable<Row['bars']>): NonNullable<Row['bars']> {
  const finite = Object.entries(values).filter(([, value]) => Number.isFinite(value));
  return { ...bars, values: Object.fromEntries(finite) };
}
