import { judgePairs, OF_A_LIFE } from '../pairs/verdict.ts';
import { PLOTS, type PlotName } from '../suite.ts';
import { bars, type Group, ranges } from './chart.ts';
import type { Comparison, Run } from './kept.ts';

const TITLES: Readonly<Record<PlotName, { title: string; unit: string; isStacked: boolean }>> = {
  points: { title: 'A point, from its frame to the acknowledgement', unit: 'CPU µs by process', isStacked: true },
  known: { title: 'A point at 5,000/s, by how many drivers are known', unit: 'CPU µs by process', isStacked: true },
  calls: { title: 'A call or question, to its answer', unit: 'CPU µs by process', isStacked: true },
  messages: { title: 'A message to a client', unit: 'CPU µs of the server', isStacked: false },
  tail: { title: 'From the publish of an event to the client', unit: 'p99 in ms', isStacked: false },
  positions: { title: 'From the publish of a position to the client', unit: 'p99 in ms', isStacked: false },
};

/** A file beside the page, and what is in it. */
export type Picture = { name: string; svg: string };

/** Each picture that rows of the newest runs are part of. */
export function runPictures(runs: readonly Run[]): Picture[] {
  const groups = runs.flatMap(({ rows }) => rows.flatMap(({ row }) => row.bars ?? []));
  return PLOTS.flatMap((plot) => {
    const own = groups.filter((group) => group.plot === plot);
    return own.length === 0 ? [] : [{ name: `bench-${plot}.svg`, svg: bars(TITLES[plot], own) }];
  });
}

/** How this tree compares; and of a whole life, what it is made of. */
export function comparisonPictures(comparison: Comparison): Picture[] {
  const { suite, commit, pairs } = comparison;
  const verdicts = judgePairs(pairs, 1);
  const ratios = verdicts.map(({ figure, ...verdict }) => ({ label: figure, ...verdict }));
  const name = `bench-${suite}-beside-${commit}`;
  const title = `${suite}: this tree by ${commit}; left of the line is less`;
  const life = (side: 'older' | 'newer'): Group => {
    const own = verdicts.filter(({ figure }) => figure.startsWith(OF_A_LIFE));
    const values = own.map((verdict) => [verdict.figure.slice(OF_A_LIFE.length), verdict[side]]);
    return { label: side === 'older' ? commit : 'this tree', values: Object.fromEntries(values) };
  };
  const groups = [life('older'), life('newer')].filter(({ values }) => Object.keys(values).length > 0);
  const stacked = { title: 'A booking from its estimate to Delivered', unit: 'CPU ms by process', isStacked: true };
  return [
    { name: `${name}.svg`, svg: ranges(title, ratios) },
    ...(groups.length > 0 ? [{ name: `${name}-by-process.svg`, svg: bars(stacked, groups) }] : []),
  ];
}
