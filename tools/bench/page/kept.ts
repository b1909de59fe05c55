import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Pair } from '../pairs/verdict.ts';
import { type KeptRow, keptRow, PAIRS, RUNS } from '../suite.ts';

/** Below six pairs no range of ratios holds the median with 95 %. */
const FEWEST_PAIRS = 6;
/** As `compare` measures, unless it is told otherwise. */
const USUAL_PAIRS = 9;

/** All rows of one run of a suite. */
export type Run = { suite: string; rows: readonly [KeptRow, ...KeptRow[]] };
/** Pairs of one older commit and one tree. */
export type Comparison = { suite: string; commit: string; tree: string | undefined; at: string; pairs: Pair[] };

const figures = z.record(z.string(), z.number().nullable()).transform((values) => {
  const measured = Object.entries(values).map(([name, value]) => [name, value ?? Number.NaN] as const); // JSON has no NaN
  return Object.fromEntries(measured);
});
export const keptPair = z.object({
  at: z.string(),
  commit: z.string(),
  tree: z.string().optional(), // those of before this was kept have none
  suite: z.string(),
  older: figures,
  newer: figures,
});
export type KeptPair = z.infer<typeof keptPair>;

export const readRuns = () => readLines(RUNS, keptRow);
export const readPairs = () => readLines(PAIRS, keptPair);

function readLines<Line>(path: string, schema: z.ZodType<Line>): Line[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => schema.parse(JSON.parse(line)));
}

/** Of each suite the run that began last. */
export function newestRuns(rows: readonly KeptRow[]): Run[] {
  const bySuite = Map.groupBy(rows, ({ suite }) => suite);
  return [...bySuite].flatMap(([suite, all]) => {
    const newest = newestAt(all);
    const [first, ...others] = all.filter(({ at }) => at === newest);
    return first ? [{ suite, rows: [first, ...others] as const }] : [];
  });
}

/** Of each suite and older commit the last pairs of one tree, and of the same figures, if they are enough to say something. */
export function newestComparisons(pairs: readonly KeptPair[]): Comparison[] {
  const bySides = Map.groupBy(pairs, ({ suite, commit }) => `${suite} ${commit}`);
  const comparisons = [...bySides.values()].flatMap((all) => {
    const at = newestAt(all);
    const newest = all.find((pair) => pair.at === at);
    if (!newest) return [];
    const { suite, commit, tree } = newest;
    const same = all.filter((pair) => kindOf(pair) === kindOf(newest)).slice(-USUAL_PAIRS);
    return same.length < FEWEST_PAIRS ? [] : [{ suite, commit, tree, at, pairs: same }];
  });
  return comparisons.toSorted((a, b) => (a.at < b.at ? -1 : 1));
}

/** Of one tree, or at least of one day; and of the same figures. */
function kindOf({ tree, at, newer }: KeptPair): string {
  return [tree ?? at.slice(0, 10), ...Object.keys(newer)].join();
}

function newestAt(all: readonly { at: string }[]): string {
  return all.reduce((newest, { at }) => (at > newest ? at : newest), '');
}
