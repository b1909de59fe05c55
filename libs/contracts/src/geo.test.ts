import { expect, test } from '@jest/globals';
import { distanceMeters, sentPoint } from './geo.ts';

test('distances are right across the antimeridian, at the poles and between antipodes', () => {
  const degree = 111_195;
  expect(distanceMeters({ latitude: 0, longitude: 179.5 }, { latitude: 0, longitude: -179.5 })).toBeCloseTo(degree, -2);
  expect(distanceMeters({ latitude: 90, longitude: 0 }, { latitude: 90, longitude: 123 })).toBeCloseTo(0);
  expect(distanceMeters({ latitude: 0, longitude: 0 }, { latitude: 0, longitude: 180 })).toBeCloseTo(180 * degree, -4);
});

test('a Point may have an altitude and members of its own, and is the place alone', () => {
  const place = { type: 'Point', coordinates: [13.4, 52.5] };
  for (const sent of [
    place,
    { ...place, coordinates: [13.4, 52.5, 34] },
    { ...place, coordinates: [13.4, 52.5, null, 'x'] },
    { ...place, bbox: [1, 2, 3, 4], id: 'x', crs: null },
  ])
    expect(sentPoint.parse(sent)).toEqual(place);
});
