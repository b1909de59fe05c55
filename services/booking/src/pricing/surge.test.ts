import { expect, test } from '@jest/globals';
import type { LatLon } from '@logi/contracts';
import fc from 'fast-check';
import { approach, cellOf, cellsAround } from './surge.ts';

const EARTH_RADIUS_METERS = 6_371_008.8;
const place = fc.record({
  latitude: fc.double({ min: -90, max: 90, noNaN: true }),
  longitude: fc.double({ min: -180, max: 180, noNaN: true }),
});

/** So many metres away, on the sphere. */
function away({ latitude, longitude }: LatLon, meters: number, bearing: number): LatLon {
  const angle = meters / EARTH_RADIUS_METERS;
  const [lat, lon] = [radians(latitude), radians(longitude)];
  const lat2 = Math.asin(Math.sin(lat) * Math.cos(angle) + Math.cos(lat) * Math.sin(angle) * Math.cos(bearing));
  const lon2 =
    lon +
    Math.atan2(Math.sin(bearing) * Math.sin(angle) * Math.cos(lat), Math.cos(angle) - Math.sin(lat) * Math.sin(lat2));
  return { latitude: degrees(lat2), longitude: ((degrees(lon2) + 540) % 360) - 180 };
}

const radians = (value: number) => (value * Math.PI) / 180;
const degrees = (value: number) => (value * 180) / Math.PI;

test('the cells around a place hold everything within 15 km of it, anywhere on Earth', () => {
  const bearing = fc.double({ min: 0, max: 2 * Math.PI, noNaN: true });
  const meters = fc.double({ min: 0, max: 15_000, noNaN: true });
  fc.assert(
    fc.property(place, meters, bearing, (at, distance, direction) => {
      expect(cellsAround(at)).toContain(cellOf(away(at, distance, direction)));
    }),
    { numRuns: 500 },
  );
});

test('the cells around a place are nowhere a country', () => {
  fc.assert(
    fc.property(place, fc.double({ min: 0, max: 2 * Math.PI, noNaN: true }), (at, direction) => {
      expect(cellsAround(at)).not.toContain(cellOf(away(at, 40_000, direction)));
    }),
    { numRuns: 500 },
  );
});

test('across the antimeridian and at 70° north, neighbours are in each other’s reach', () => {
  for (const [one, other] of [
    [
      { latitude: -16.8, longitude: 179.99 },
      { latitude: -16.8, longitude: -179.99 },
    ],
    [
      { latitude: 70, longitude: 179.8 },
      { latitude: 70, longitude: -179.9 },
    ],
    [
      { latitude: 70, longitude: 25 },
      { latitude: 70, longitude: 25.38 },
    ], // 14.5 km
    [
      { latitude: 89.99, longitude: 10 },
      { latitude: 89.99, longitude: -170 },
    ],
  ] as const) {
    expect(cellsAround(one)).toContain(cellOf(other));
    expect(cellsAround(other)).toContain(cellOf(one));
  }
});

test('however often scarcity is measured, a price rises and falls no faster than it may', () => {
  const measurements = fc.array(
    fc.record({ measured: fc.double({ min: 1, max: 2, noNaN: true }), seconds: fc.nat(15) }),
  );
  fc.assert(
    fc.property(measurements, (made) => {
      let [multiplier, elapsed] = [1.5, 0];
      for (const { measured, seconds } of made) {
        multiplier = approach({ multiplier, ageSeconds: seconds }, { measured, maxPerMinute: 0.2 });
        elapsed += seconds;
        expect(Math.abs(multiplier - 1.5)).toBeLessThanOrEqual((0.2 * elapsed) / 60 + 1e-9);
      }
    }),
  );
});

test('after a long silence, or with none before it, a measurement makes no visible step', () => {
  for (const ageSeconds of [3_600, Infinity]) {
    expect(approach({ multiplier: 1, ageSeconds }, { measured: 2, maxPerMinute: 0.2 })).toBeCloseTo(1.05);
  }
});
