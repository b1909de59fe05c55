import { judgePairs, OF_A_LIFE } from '../pairs/verdict.ts';
import type { Group } from './chart.ts';
import type { Comparison, Run } from './kept.ts';
import { short, table } from './tables.ts';

const CORES = 16;
/** What may be used of a core before queues grow long. */
const USED = 0.7;
/** Scale over cores by themselves; whatever else is named is a process that has one core, so there are several. */
const OVER_CORES = ['PostgreSQL', 'RabbitMQ'];

/** What sixteen cores should do of each kind, if they did nothing else: their time by what one takes. */
export function modelTable(runs: readonly Run[], comparisons: readonly Comparison[]): string | undefined {
  const units = [...lifeUnits(comparisons), ...runUnits(runs)];
  if (units.length === 0) return undefined;
  const rows = units.map(({ label, values }) => {
    const parts = Object.entries(values);
    const micros = parts.reduce((sum, [, value]) => sum + value, 0);
    const perSecond = (CORES * USED * 1e6) / micros;
    const cores = parts.map(([who, value]) => {
      const used = (perSecond * value) / 1e6;
      return OVER_CORES.includes(who) ? `${who} ${used.toFixed(1)}` : `${Math.ceil(used / USED)} × ${who}`;
    });
    return [label, short(micros), Math.round(perSecond).toLocaleString('en'), cores.join(', ')];
  });
  return table(['', 'CPU µs each', `a second on ${CORES} cores`, 'instances, and cores of the servers'], rows);
}

function lifeUnits(comparisons: readonly Comparison[]): Group[] {
  const newest = comparisons.findLast(({ suite }) => suite === 'life');
  if (!newest) return [];
  const own = judgePairs(newest.pairs, 1).filter(({ figure }) => figure.startsWith(OF_A_LIFE));
  const values = own.map(({ figure, newer }) => [figure.slice(OF_A_LIFE.length), newer * 1_000]);
  return values.length === 0 ? [] : [{ label: 'a booking’s whole life', values: Object.fromEntries(values) }];
}

function runUnits(runs: readonly Run[]): Group[] {
  return runs.flatMap(({ rows }) =>
    rows.flatMap(({ row: { bars } }) => (bars?.plot === 'points' || bars?.plot === 'calls' ? [bars] : [])),
  );
}
