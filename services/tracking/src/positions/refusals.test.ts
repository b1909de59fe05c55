import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { Refusals } from './refusals.ts';

const HOUR_MS = 3_600_000;

function setUp() {
  const clock = { now: 1_700_000_000_000 };
  const lines: Record<string, unknown>[] = [];
  const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) });
  const registry = new Registry();
  const refusals = new Refusals({ log, registry, now: () => clock.now });
  return { clock, refusals, registry, lines };
}

const LATITUDE = { code: 'invalid_point', field: 'latitude' } as const;

test('each refusal is counted, and the first of a kind of a driver in an hour is a line in the log', async () => {
  const { clock, refusals, registry, lines } = setUp();
  refusals.count('osmand', 'dora', [LATITUDE, LATITUDE, { code: 'encrypted', field: 'point' }]);
  refusals.count('osmand', 'dora', [LATITUDE]);
  refusals.count('osmand', 'dan', [LATITUDE]);
  expect(lines).toMatchObject([
    { driverId: 'dora', source: 'osmand', reason: 'invalid_latitude' },
    { driverId: 'dora', source: 'osmand', reason: 'encrypted' },
    { driverId: 'dan', source: 'osmand', reason: 'invalid_latitude' },
  ]);
  clock.now += HOUR_MS;
  refusals.count('osmand', 'dora', [LATITUDE]);
  expect(lines).toHaveLength(4);
  expect(await registry.metrics()).toContain('{source="osmand",reason="invalid_latitude"} 5');
});

test('a flood of drivers is counted whole, and only so many lines are written and remembered in an hour', async () => {
  const { refusals, registry, lines } = setUp();
  for (let n = 0; n < 10_500; n += 1) refusals.count('stream', `driver ${n}`, [LATITUDE]);
  expect(lines).toHaveLength(10_000);
  expect(await registry.metrics()).toContain('{source="stream",reason="invalid_latitude"} 10500');
});
