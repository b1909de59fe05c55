import { expect, test } from '@jest/globals';
import type { DriverSeen } from '@logi/contracts';
import { WatchedArea } from './watched-area.ts';

const at = (second: number) => new Date(Date.UTC(2026, 0, 31, 12, 0, second)).toISOString();
const seen = (driverId: string, more: Partial<DriverSeen> = {}): DriverSeen => ({
  ...{ driver_id: driverId, status: 'Available', vehicle_type: 'van', booking_id: null },
  ...{ latitude: 52.5, longitude: 13.4, recorded_at: at(0), ...more },
});
const area = (max: number) => new WatchedArea({ bbox: [13, 52, 14, 53], max });

test('a driver is told of when there is something new: a place, a label or a job', () => {
  const watched = area(9);
  const takes = [
    seen('dro'),
    seen('dro'),
    seen('dro', { recorded_at: at(5) }),
    seen('dro', { recorded_at: at(3) }),
    seen('dro', { recorded_at: at(5), status: 'Busy' }),
  ];
  expect(takes.map((each) => watched.take(each, 0))).toEqual(['news', 'known', 'news', 'known', 'news']);
});

test('of one who leaves, the first place outside is told, and none after it', () => {
  const watched = area(9);
  const outside = { latitude: 54 };
  expect(watched.take(seen('dro', outside), 0)).toBe('elsewhere');
  watched.take(seen('dro', { recorded_at: at(1) }), 0);
  expect(watched.take(seen('dro', { ...outside, recorded_at: at(2) }), 0)).toBe('news');
  expect(watched.take(seen('dro', { ...outside, recorded_at: at(3) }), 0)).toBe('elsewhere');
});

test('above the most, others are left out and counted, until somebody has gone', () => {
  const watched = area(1);
  expect(watched.take(seen('dro'), 0)).toBe('news');
  expect(watched.take(seen('oro'), 0)).toBe('left out');
  expect(watched.leftOut).toBe(1);
  watched.take(seen('oro'), 30_000);
  watched.forgetGone(36_000); // dro was in no picture for so long
  expect(watched.take(seen('oro'), 36_000)).toBe('news');
  expect(watched.leftOut).toBe(0);
});

test('a new number of those left out is told once', () => {
  const watched = area(1);
  watched.take(seen('dro'), 0);
  expect(watched.hasNewCount()).toBe(false);
  watched.take(seen('oro'), 0);
  expect([watched.hasNewCount(), watched.hasNewCount()]).toEqual([true, false]);
  watched.forgetGone(36_000);
  expect(watched.hasNewCount()).toBe(true);
});
