import { expect, test } from '@jest/globals';
import { distanceMeters, type LatLon } from '@logi/contracts';
import fc from 'fast-check';
import { middleOfCell } from './nearest-cells.ts';

const place = fc.record({
  latitude: fc.double({ min: -90, max: 90, noNaN: true }),
  longitude: fc.double({ min: -180, max: 180, noNaN: true }),
});
const wayToMiddle = (at: LatLon) => distanceMeters(at, middleOfCell(at));

test('a driver anywhere on Earth is shown at a place that exists, at most 650 m from where they are', () => {
  fc.assert(
    fc.property(place, (at) => {
      const middle = middleOfCell(at);
      expect(wayToMiddle(at)).toBeLessThan(650);
      expect(Math.abs(middle.latitude)).toBeLessThanOrEqual(90);
      expect(Math.abs(middle.longitude)).toBeLessThanOrEqual(180);
    }),
    { numRuns: 5_000 },
  );
});

test('cells are as wide in the far north, and at the antimeridian, as at the equator', () => {
  for (const at of [
    { latitude: 0.5, longitude: 30 },
    { latitude: 52.5, longitude: 13.4 },
    { latitude: 70, longitude: 25 },
    { latitude: 70, longitude: 179.999 },
    { latitude: -16.8, longitude: -179.999 },
  ]) {
    // Along a parallel, so many metres apart: the ways to the middles say how wide the cells are.
    const degreesPerMeter = 1 / (111_195 * Math.cos((at.latitude * Math.PI) / 180));
    const ways = Array.from({ length: 200 }, (_, n) => {
      const longitude = at.longitude + n * 100 * degreesPerMeter;
      return wayToMiddle({ ...at, longitude: ((longitude + 540) % 360) - 180 });
    });
    expect(Math.max(...ways)).toBeGreaterThan(350);
  }
});
