import { expect, test } from '@jest/globals';
import { readConfig } from '../config.ts';
import { judgePoints } from './point.ts';

const NOW = new Date('2026-06-01T12:00:00.000Z');
const config = readConfig({ DATABASE_URL: 'postgres://x', AMQP_URL: 'amqp://x' });
const judge = (...candidates: unknown[]) => judgePoints(candidates, { driverId: 'd', way: 'way', now: NOW, config });
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

test.each([
  '1901-12-13T20:45:52Z',
  '1970-01-01T00:00:00Z',
  '2006-10-16T12:00:00Z', // 1,024 weeks ago
  '2026-06-02T12:00:00.001Z',
  '2038-01-19T03:14:07Z',
  '9999-12-31T23:59:59-23:59',
])('%s is no time of a fix: the point has the time at which it came, and keeps what was said', (recorded_at) => {
  expect(judge({ ...HERE, recorded_at }).points).toMatchObject([
    { recordedAt: NOW, deviceTime: Date.parse(recorded_at), isDeviceTimed: false, flaw: null },
  ]);
});

test('a time ahead of now is taken, for the clock to be judged by', () => {
  expect(judge({ ...HERE, recorded_at: later(DAY_MS) }).points).toMatchObject([{ isDeviceTimed: true }]);
});

test('a device is known by its name, its app and the way that it comes by', () => {
  const { points } = judge(HERE, { ...HERE, device: 'pixel' }, { ...HERE, device: 'pixel', app: 'traccar' });
  expect(points.map(({ device }) => device)).toEqual(['way |  | ', 'way |  | pixel', 'way | traccar | pixel']);
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
