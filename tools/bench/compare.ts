import { appendFile } from 'node:fs/promises';
import type { Servers } from '../stack/servers/servers.ts';
import { acceptCreateEstimate } from './booking/pair.ts';
import { deliver } from './gateway/pair.ts';
import { wholeLives } from './life/pair.ts';
import { checkOut, type Ground, onNewGround, type Side, THIS } from './pairs/side.ts';
import { type Figures, judgePairs, LIMIT, type Pair } from './pairs/verdict.ts';
import { serviceStarts } from './start/pair.ts';
import { commitHere, PAIRS, printTable, say } from './suite.ts';
import { commitPoints } from './tracking/pair.ts';

const SUITES: Record<string, (ground: Ground) => Promise<Figures>> = {
  booking: acceptCreateEstimate,
  tracking: commitPoints,
  gateway: deliver,
  life: wholeLives,
  start: serviceStarts,
};

export const COMPARABLE = Object.keys(SUITES);

/**
 * An older commit and this tree, measured in turns on the same servers, each time on a database and a virtual host that
 * nobody used, made by the side's own migrations. Each pair swaps who goes first. Every pair is kept in a file.
 */
export async function compare(
  servers: Servers,
  { commit, suites, pairs }: { commit: string; suites: readonly string[]; pairs: number },
): Promise<void> {
  say(`laying out ${commit}…`);
  const older = await checkOut(commit);
  for (const name of suites) {
    const measure = SUITES[name];
    if (!measure) throw new Error(`nothing to compare in ${name}`);
    const measured: Pair[] = [];
    for (let n = 0; n < pairs; n += 1) {
      const figures = new Map<Side, Figures>();
      for (const side of n % 2 === 0 ? [older, THIS] : [THIS, older]) {
        figures.set(side, await onNewGround(servers, side, measure));
      }
      const pair = { older: figures.get(older) ?? {}, newer: figures.get(THIS) ?? {} };
      measured.push(pair);
      const kept = { at: new Date().toISOString(), commit: older.name, tree: commitHere(), suite: name, ...pair };
      await appendFile(PAIRS, `${JSON.stringify(kept)}\n`);
      say(`${name}, pair ${n + 1} of ${pairs}: ${describe(pair)}`);
    }
    report(name, { commit: older.name, measured });
  }
}

function describe({ older, newer }: Pair): string {
  return Object.keys(older)
    .map((figure) => `${figure} ${((newer[figure] ?? Number.NaN) / (older[figure] ?? Number.NaN)).toFixed(2)}`)
    .join(', ');
}

function report(name: string, { commit, measured }: { commit: string; measured: readonly Pair[] }): void {
  const rows = judgePairs(measured, LIMIT).map(({ figure, older, newer, ratio, low, high, word }) => ({
    what: figure,
    ours: newer.toFixed(1),
    peer: `${older.toFixed(1)}; ratio ${ratio.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)}): ${word}`,
    bar: `${LIMIT} ×`,
    ...(word !== 'noise' && { isMet: word !== 'worse' }),
  }));
  printTable(`${name}: this tree beside ${commit}, ${measured.length} pairs`, rows);
  say(
    'Less is better in each row; the range holds the median with 95 %, and where it straddles the bar nothing is said.',
  );
}
