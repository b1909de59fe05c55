import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { VehicleType } from '../tables.ts';
import { priceLines, totalMinor } from './price.ts';
import { faded, scarcity, shownMultiplier } from './surge.ts';

const van: VehicleType = {
  vehicleType: 'van',
  currency: 'EUR',
  baseMinor: 700,
  perKilometerMinor: 150,
  perMinuteMinor: 30,
  minimumMinor: 1_200,
  averageKilometersPerHour: 26,
  size: 3,
  isOffered: true,
};

test('a short trip costs the minimum, and a line says how much it was lifted', () => {
  const lines = priceLines(van, { distanceMeters: 0, durationSeconds: 0 }, 1);
  expect(lines).toContainEqual({ code: 'minimum', amountMinor: 500 });
  expect(totalMinor(lines)).toBe(1_200);
});

test('a price is whole minor units, never below the minimum, and grows with distance, time and scarcity', () => {
  const length = fc.double({ min: 0, max: 500_000, noNaN: true });
  const multiplier = fc.integer({ min: 10, max: 30 }).map((tenths) => tenths / 10);
  fc.assert(
    fc.property(length, length, length, length, multiplier, multiplier, (d1, d2, t1, t2, s1, s2) => {
      const less = { distanceMeters: Math.min(d1, d2), durationSeconds: Math.min(t1, t2) };
      const more = { distanceMeters: Math.max(d1, d2), durationSeconds: Math.max(t1, t2) };
      const low = totalMinor(priceLines(van, less, Math.min(s1, s2)));
      const high = totalMinor(priceLines(van, more, Math.max(s1, s2)));
      expect(Number.isSafeInteger(low)).toBe(true);
      expect(low).toBeGreaterThanOrEqual(van.minimumMinor);
      expect(high).toBeGreaterThanOrEqual(low);
    }),
  );
});

test('as many drivers as searches is no scarcity; a surge fades, goes in steps, and stops at the cap', () => {
  expect(scarcity(5, 5)).toBe(1);
  expect(scarcity(10, 5)).toBe(1.5);
  expect(faded(2, 300)).toBe(1.5);
  expect(shownMultiplier(1.49, 2)).toBe(1.4);
  expect(shownMultiplier(7, 2)).toBe(2);
});
