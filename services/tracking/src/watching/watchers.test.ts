import { expect, test } from '@jest/globals';
import type { Box, DriverSeen } from '@logi/contracts';
import { Watchers } from './watchers.ts';

const [ONE, TWO] = ['4f7b3a52-1c8e-4d53-9a1e-5e0f3c2b1a01', '4f7b3a52-1c8e-4d53-9a1e-5e0f3c2b1a02'];
const BERLIN: Box = [13, 52, 14, 53];
const DATE_LINE: Box = [179, -20, -179, -10];

const notice = (instance_id: string, ...boxes: Box[]) => ({
  ...{ instance_id, holds_ms: 1_000 },
  areas: boxes.map((bbox) => ({ watch_id: instance_id, bbox })),
});
const seen = (latitude: number, longitude: number, driver_id = 'dro'): DriverSeen => ({
  ...{ driver_id, status: 'Available', vehicle_type: 'van', booking_id: null },
  ...{ latitude, longitude, recorded_at: '2026-01-31T12:00:00.000Z' },
});
const told = (watchers: Watchers, ...positions: DriverSeen[]) =>
  watchers.tellingsOf(positions).map(({ instanceId, positions }) => [instanceId, positions.length]);

test('what a gateway says holds as long as it says, and as long as it says it again', () => {
  const watchers = new Watchers();
  expect(watchers.areThere(0)).toBe(false);
  watchers.hear(notice(ONE, BERLIN), 0);
  expect(watchers.areThere(999)).toBe(true);
  watchers.hear(notice(ONE, BERLIN), 999);
  expect(watchers.areThere(1_998)).toBe(true);
  expect(watchers.areThere(1_999)).toBe(false);
});

test('it ends at once where nothing is watched any more', () => {
  const watchers = new Watchers();
  watchers.hear(notice(ONE, BERLIN), 0);
  watchers.hear(notice(ONE), 1);
  expect(watchers.areThere(2)).toBe(false);
});

test('each gateway is told of those in its own areas, also across 180°', () => {
  const watchers = new Watchers();
  watchers.hear(notice(ONE, BERLIN), 0);
  watchers.hear(notice(TWO, BERLIN, DATE_LINE), 0);
  expect(told(watchers, seen(52.5, 13.4), seen(-15, 179.5, 'a'), seen(-15, -179.5, 'b'), seen(-15, 0, 'c'))).toEqual([
    [ONE, 1],
    [TWO, 3],
  ]);
});

test('of a driver who leaves, once more', () => {
  const watchers = new Watchers();
  watchers.hear(notice(ONE, BERLIN), 0);
  watchers.foundInside(ONE, [seen(52.5, 13.4)]);
  expect(told(watchers, seen(54, 13.4))).toEqual([[ONE, 1]]);
  expect(told(watchers, seen(54, 13.5))).toEqual([]);
});
