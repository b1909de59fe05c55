import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readConfig } from '../config.ts';
import { isNewer, judgePoints, type Point } from './point.ts';

const NOW = new Date('2026-06-01T12:00:00.000Z');
const config = readConfig({ DATABASE_URL: 'postgres://x', AMQP_URL: 'amqp://x' });
const judge = (...candidates: unknown[]) => judgePoints(candidates, { driverId: 'd', now: NOW, config });
const later = (ms: number) => new Date(NOW.getTime() + ms).toISOString();
const HERE = { latitude: 52, longitude: 13 };
const DAY_MS = 86_400_000;

test('what cannot be read is refused for the field at fault, and for good', () => {
  const bad = [{ latitude: 91, longitude: 13 }, { ...HERE, recorded_at: 'yesterday' }, null];
  expect(judge(...bad).rejected).toEqual(
    ['latitude', 'recorded_at', 'point'].map((field, index) => ({ index, code: 'invalid_point', field, final: true })),
  );
});

test('the poles and the antimeridian are places', () => {
  expect(judge({ latitude: 90, longitude: 180 }, { latitude: -90, longitude: -180 }).points).toHaveLength(2);
});

test('one bad point does not refuse its neighbours', () => {
  const { points, rejected } = judge(HERE, { latitude: 91, longitude: 0 }, HERE);
  expect(points).toHaveLength(2);
  expect(rejected).toMatchObject([{ index: 1, code: 'invalid_point' }]);
});

test('another driver’s id in a point is ignored: the token decides', () => {
  expect(judge({ ...HERE, driver_id: 'mallory', driverId: 'mallory' }).points[0]).toMatchObject({ driverId: 'd' });
});

test('a clock may be a minute ahead, and not more', () => {
  expect(judge({ ...HERE, recorded_at: later(60_000) }).points).toHaveLength(1);
  expect(judge({ ...HERE, recorded_at: later(60_001) }).rejected).toMatchObject([
    { index: 0, code: 'recorded_in_future', final: false },
  ]);
});

test('a point may be as old as trails are kept, and not older', () => {
  const limit = -config.TRAIL_RETENTION_DAYS * DAY_MS;
  expect(judge({ ...HERE, recorded_at: later(limit) }).points).toHaveLength(1);
  expect(judge({ ...HERE, recorded_at: later(limit - 1) }).rejected).toMatchObject([
    { index: 0, code: 'too_old', final: true },
  ]);
});

test('0,0 and inexact points are taken, with the reason why nothing uses them', () => {
  const { points } = judge(
    { latitude: 0, longitude: 0 },
    { latitude: 0, longitude: 13 },
    { ...HERE, accuracy: config.MAX_ACCURACY_METERS },
    { ...HERE, accuracy: config.MAX_ACCURACY_METERS + 1 },
    { ...HERE, accuracy: -1 },
    { ...HERE, mock: true },
  );
  expect(points.map((point) => point.flaw)).toEqual(['null_island', null, null, 'inaccurate', 'inaccurate', 'mock']);
});

test('points without times keep the order in which they stand, the last one being of now', () => {
  const times = judge(HERE, HERE, HERE).points.map((point) => point.recordedAt.getTime() - NOW.getTime());
  expect(times).toEqual([-2, -1, 0]);
});

test('of any two different points, one is the newer one and the other is not', () => {
  const anyPoint = fc
    .record({
      latitude: fc.constantFrom(1, 2),
      longitude: fc.constantFrom(1, 2),
      seq: fc.option(fc.nat(2)),
      ms: fc.nat(2),
    })
    .map(({ ms, ...rest }): Point => {
      const [point] = judge(HERE).points;
      if (!point) throw new Error('a good point was refused');
      return { ...point, ...rest, recordedAt: new Date(NOW.getTime() + ms) };
    });
  fc.assert(
    fc.property(anyPoint, anyPoint, (a, b) => {
      const isSame = JSON.stringify(a) === JSON.stringify(b);
      expect(isNewer(a, b) !== isNewer(b, a)).toBe(!isSame);
    }),
  );
});
