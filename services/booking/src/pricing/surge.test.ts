import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { away } from '../../../../tools/testing/away.ts';
import { approach, cellOf, cellsAround } from './surge.ts';

const place = fc.record({
  latitude: fc.double({ min: -90, max: 90, noNaN: true }),
  longitude: fc.double({ min: -180, max: 180, noNaN: true }),
});

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
