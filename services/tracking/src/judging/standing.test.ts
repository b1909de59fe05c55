import { expect, test } from '@jest/globals';
import type { Fix } from './fix.ts';
import { stands } from './standing.ts';

const START = Date.UTC(2026, 5, 1, 12);
function at(seconds: number, meters: number, change: Partial<Fix> = {}): Fix {
  const recordedAt = new Date(START + seconds * 1_000);
  const fix = { latitude: meters / 111_195, longitude: 0, recordedAt, receivedAt: recordedAt };
  return { ...fix, accuracy: 5, speed: null, seq: null, device: null, isDeviceTimed: true, ...change };
}

test.each<[what: string, before: Fix | null, fix: Fix, stands: boolean | null]>([
  ['says that it stands', at(0, 0), at(10, 500, { speed: 0 }), true],
  ['says that it moves', at(0, 0), at(60, 0, { speed: 1.5 }), false],
  ['says nothing, and is the first', null, at(0, 0), null],
  ['says nothing, and is where it was a minute ago', at(0, 0), at(60, 20), true],
  ['says nothing, and is elsewhere', at(0, 0), at(60, 100), false],
  ['says nothing, and was there a moment ago', at(0, 0), at(5, 5), null],
  ['says nothing, and may be anywhere', at(0, 0), at(60, 100, { accuracy: 90 }), true],
])('a device that %s', (_what, before, fix, expected) => {
  expect(stands(fix, before)).toBe(expected);
});
