import { expect, test } from '@jest/globals';
import { distanceMeters } from './geo.ts';

test('distances are right across the antimeridian, at the poles and between antipodes', () => {
  const degree = 111_195;
  expect(distanceMeters({ latitude: 0, longitude: 179.5 }, { latitude: 0, longitude: -179.5 })).toBeCloseTo(degree, -2);
  expect(distanceMeters({ latitude: 90, longitude: 0 }, { latitude: 90, longitude: 123 })).toBeCloseTo(0);
  expect(distanceMeters({ latitude: 0, longitude: 0 }, { latitude: 0, longitude: 180 })).toBeCloseTo(180 * degree, -4);
});
