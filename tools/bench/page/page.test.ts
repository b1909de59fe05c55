import { expect, test } from '@jest/globals';
import type { KeptRow, Row } from '../suite.ts';
import { bars, ranges } from './chart.ts';
import { type KeptPair, newestComparisons, newestRuns } from './kept.ts';
import { modelTable } from './model.ts';
import { comparisonPictures, runPictures } from './plots.ts';
import { fillPage } from './sections.ts';
import { runTables, verdictTable } from './tables.ts';

const kept = (change: Partial<KeptRow> & { row?: Row } = {}): KeptRow => ({
  at: '2026-01-02T03:04:05.000Z',
  commit: 'abc1234',
  cores: 2,
  suite: 'tracking',
  table: 'points',
  row: { what: 'a point', ours: '80' },
  ...change,
});
const pairs = (count: number, change: Partial<KeptPair> = {}): KeptPair[] =>
  Array.from({ length: count }, (_, n) => ({
    at: `2026-01-02T03:04:0${n}.000Z`,
    commit: 'old1234',
    tree: 'new1234',
    suite: 'life',
    older: { 'CPU ms of it: booking': 20, 'CPU ms of it: PostgreSQL': 20 },
    newer: { 'CPU ms of it: booking': 10, 'CPU ms of it: PostgreSQL': 30 },
    ...change,
  }));

test('of each suite its last run counts, whole', () => {
  const later = '2026-01-03T00:00:00.000Z';
  const rows = [kept(), kept({ at: later }), kept({ at: later, row: { what: 'another', ours: '1' } })];
  const runs = newestRuns([...rows, kept({ suite: 'booking' })]);
  expect(runs.map(({ suite, rows }) => [suite, rows.length, rows[0].at])).toEqual([
    ['tracking', 2, later],
    ['booking', 1, '2026-01-02T03:04:05.000Z'],
  ]);
});

test('a run is told with its commit, its machine and what missed its bar', () => {
  const rows = [
    kept(),
    kept({ row: { what: '  p99 | ms', ours: '9', peer: '8', bar: '5', isMet: false } }),
    kept({ table: 'calls', row: { what: 'accept', ours: '7', isMet: true } }),
  ];
  const [run] = newestRuns(rows);
  expect(run && runTables(run)).toBe(
    `Commit \`abc1234\`, 2 cores, 2026-01-02 03:04 UTC.

**points**

|  | ours | beside | bar |  |
| --- | --- | --- | --- | --- |
| a point | 80 |  |  |  |
| … p99 \\| ms | 9 | 8 | 5 | **MISSED** |

**calls**

|  | ours | beside | bar |  |
| --- | --- | --- | --- | --- |
| accept | 7 |  |  | met |`,
  );
});

test('pairs of before a figure was measured are not mixed with those of after', () => {
  const before = pairs(3, { older: { ms: 1 }, newer: { ms: 2 }, at: '2026-01-01T00:00:00.000Z' });
  expect(newestComparisons([...before, ...pairs(6)])[0]?.pairs).toHaveLength(6);
  expect(newestComparisons([...before, ...pairs(5)])).toEqual([]);
});

test('pairs count only with the newest tree, and where they are too few nothing is said', () => {
  const ofBefore = pairs(9, { tree: 'mid1234', at: '2026-01-01T00:00:00.000Z' });
  expect(newestComparisons([...ofBefore, ...pairs(5)])).toEqual([]);
  const [comparison] = newestComparisons([...ofBefore, ...pairs(6)]);
  expect(comparison).toMatchObject({ commit: 'old1234', tree: 'new1234' });
  expect(comparison?.pairs).toHaveLength(6);
  expect(comparison && verdictTable(comparison)).toContain(
    '| CPU ms of it: booking | 20.0 | 10.0 | 0.50 (0.50 to 0.50) | better |',
  );
});

test('bars are as long as their values, those of a whole one behind the other', () => {
  const groups = [
    { label: 'a', values: { x: 10, y: 30 } },
    { label: 'b', values: { x: 20 } },
  ];
  const widths = (isStacked: boolean) =>
    [
      ...bars({ title: 't', unit: 'ms', isStacked }, groups).matchAll(/x="(\S+)" y="\d+" width="(\S+)" height="12"/g),
    ].map(([, x, width]) => [Number(x), Number(width)] as const);
  const [[left, whole] = [0, 0], second, third] = widths(false);
  expect(widths(false)).toEqual([
    [left, whole],
    [left, expect.closeTo(whole * 3, 0)],
    [left, expect.closeTo(whole * 2, 0)],
  ]);
  expect([second, third]).not.toContain(undefined);
  const [one, two] = widths(true);
  expect(two?.[0]).toBeCloseTo((one?.[0] ?? 0) + (one?.[1] ?? 0), 0);
});

test('half and double are equally far from the line, and names are text', () => {
  const svg = ranges('t', [
    { label: 'a < b & c', ratio: 0.5, low: 0.5, high: 0.5 },
    { label: 'd', ratio: 2, low: 2, high: 2 },
  ]);
  const line = Number(/x1="(\S+)"/.exec(svg)?.[1]);
  const [half = 0, double = 0] = [...svg.matchAll(/cx="(\S+)"/g)].map(([, x]) => Number(x));
  expect(line - half).toBeCloseTo(double - line, 0);
  expect(svg).toContain('a &lt; b &amp; c');
});

test('rows that name a picture are drawn in it, and a whole life by process', () => {
  const row: Row = { what: 'w', ours: '1', bars: { plot: 'points', label: '10/s', values: { service: 1 } } };
  expect(runPictures(newestRuns([kept(), kept({ row })])).map(({ name }) => name)).toEqual(['bench-points.svg']);
  const names = newestComparisons(pairs(6))
    .flatMap(comparisonPictures)
    .map(({ name }) => name);
  expect(names).toEqual(['bench-life-beside-old1234.svg', 'bench-life-beside-old1234-by-process.svg']);
});

test('sixteen cores are shared by what each process takes, a service by the instance', () => {
  const table = modelTable([], newestComparisons(pairs(6)));
  // 40 ms of 16 cores at 70 %: 280 a second, of which 10 ms are booking’s, which has 0.7 of a core in each instance.
  expect(table).toContain('| a booking’s whole life | 40,000 | 280 | 4 × booking, PostgreSQL 8.4 |');
  expect(modelTable([], [])).toBeUndefined();
});

test('a section that was not measured stays, and one without a place is an error', () => {
  const page = 'a\n<!-- bench: run x -->\nold\n<!-- end -->\nb\n<!-- bench: run y -->\nold\n<!-- end -->\n';
  expect(fillPage(page, new Map([['run y', 'new']]))).toBe(
    'a\n<!-- bench: run x -->\nold\n<!-- end -->\nb\n<!-- bench: run y -->\n\nnew\n\n<!-- end -->\n',
  );
  expect(() => fillPage(page, new Map([['run z', 'new']]))).toThrow('run z');
});
