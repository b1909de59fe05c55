import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readPoint } from './read-point.ts';

const HERE = { latitude: -54.5, longitude: 3.2 };
const read = (candidate: unknown) => {
  const reading = readPoint(candidate);
  if (!reading.ok) throw new Error(`refused for its ${reading.field}`);
  return reading.point;
};

test('no extra refuses a point, whatever it says', () => {
  const extras = [
    'accuracy',
    'speed',
    'heading',
    'battery',
    'seq',
    'sent_at',
    'device',
    'app',
    'valid',
    'mock',
    'more',
  ];
  const anything = fc.record(Object.fromEntries(extras.map((name) => [name, fc.anything()])), { requiredKeys: [] });
  fc.assert(fc.property(anything, (extra) => readPoint({ ...extra, ...HERE }).ok));
});

test.each([
  [
    { accuracy: 12, speed: null, heading: -1 },
    { accuracy: 12, speed: null, heading: null },
  ],
  [
    { heading: 360.5, battery: 101, speed: 1_001 },
    { heading: null, battery: null, speed: null },
  ],
  [
    { battery: -1, speed: '5', heading: [90] },
    { battery: null, speed: null, heading: null },
  ],
  [{ seq: -1 }, { seq: null }],
  [{ seq: 1.5 }, { seq: null }],
  [{ seq: 2 ** 53 }, { seq: null }],
  [
    { seq: 7, battery: 100, heading: 360 },
    { seq: 7, battery: 100, heading: 360 },
  ],
  [
    { device: 'a\0b', app: 'x'.repeat(129) },
    { device: null, app: null },
  ],
  [
    { device: 'pixel 9', app: 'ours 1.2' },
    { device: 'pixel 9', app: 'ours 1.2' },
  ],
  [{ speed: 1e-50 }, { speed: 0 }],
])('of %p only what makes sense is kept', (extra, kept) => {
  expect(read({ ...HERE, ...extra })).toMatchObject({ ...HERE, ...kept });
});

test.each([
  [{ accuracy: -1 }, true],
  [{ accuracy: 1e7 }, true],
  [{ accuracy: Number.POSITIVE_INFINITY }, true],
  [{ valid: false }, true],
  [{ accuracy: 0 }, false],
  [{ accuracy: null }, false],
  [{}, false],
])('a fix that says %p is invalid: %p', (extra, isInvalidFix) => {
  expect(read({ ...HERE, ...extra })).toMatchObject({ isInvalidFix, isMock: false });
});

test('a browser’s GeolocationPosition is a point', () => {
  const coords = { ...HERE, accuracy: 20, altitude: null, altitudeAccuracy: null, heading: Number.NaN, speed: null };
  expect(read({ coords, timestamp: 1_795_631_716_000 })).toMatchObject({
    ...HERE,
    accuracy: 20,
    heading: null,
    speed: null,
    recordedAt: 1_795_631_716_000,
  });
});

test('times that are absent or null are left to the judge, as are those that cannot be', () => {
  expect(read(HERE).recordedAt).toBeNull();
  expect(read({ ...HERE, recorded_at: null }).recordedAt).toBeNull();
  expect(read({ ...HERE, recorded_at: '1901-12-13T20:45:52Z' }).recordedAt).toBe(-(2 ** 31) * 1_000);
  expect(read({ ...HERE, sent_at: 1_795_631_716 }).sentAt).toBe(1_795_631_716_000);
});

test.each([
  [{ latitude: 91, longitude: 0 }, 'latitude'],
  [{ latitude: '52', longitude: 0 }, 'latitude'],
  [{ latitude: null, longitude: 0 }, 'latitude'],
  [{ latitude: Number.NaN, longitude: 0 }, 'latitude'],
  [{ latitude: 0 }, 'longitude'],
  [{ latitude: 0, longitude: -181 }, 'longitude'],
  [{ ...HERE, recorded_at: 'yesterday' }, 'recorded_at'],
  [{ ...HERE, recorded_at: {} }, 'recorded_at'],
  [null, 'point'],
  [[52, 13], 'point'],
  ['x', 'point'],
])('%p is refused for its %s', (candidate, field) => {
  expect(readPoint(candidate)).toEqual({ ok: false, field, code: 'invalid_point' });
});
