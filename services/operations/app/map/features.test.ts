import { expect, test } from '@jest/globals';
import { brightness, circle, headingOf, unwrapped } from './features.ts';

test('a heading is told where a driver moves, and none where a receiver only wanders', () => {
  expect(headingOf([13.4, 52.5], [13.4, 52.51])).toBeCloseTo(0);
  expect(headingOf([13.4, 52.5], [13.41, 52.5])).toBeCloseTo(90);
  expect(headingOf([13.4, 52.5], [13.39, 52.5])).toBeCloseTo(270);
  expect(headingOf([13.4, 52.5], [13.40001, 52.50001])).toBeUndefined();
});

test('a circle is closed, and as far from its middle in the north as at the equator', () => {
  for (const latitude of [0, 60, -85]) {
    const [ring = []] = circle({ type: 'Point', coordinates: [10, latitude] }, 1_000).geometry.coordinates;
    expect(ring[0]).toEqual(ring.at(-1));
    for (const [longitude = 0, y = 0] of ring) {
      const east = (longitude - 10) * Math.cos((latitude * Math.PI) / 180);
      expect(Math.hypot(east, y - latitude) * 111_195).toBeCloseTo(1_000, 0);
    }
  }
});

test('a fix fades with its age, and never to nothing', () => {
  expect(brightness(10_000)).toBe(1);
  expect(brightness(120_000)).toBeLessThan(brightness(60_000));
  expect(brightness(9e9)).toBe(0.3);
});

test('a shape across 180° is whole, and one around a pole is closed over it', () => {
  expect(
    unwrapped([
      [179, 60],
      [-179, 60],
      [-179, 61],
      [179, 60],
    ]),
  ).toEqual([
    [179, 60],
    [181, 60],
    [181, 61],
    [179, 60],
  ]);
  expect(
    unwrapped([
      [1, 1],
      [2, 1],
      [1, 1],
    ]),
  ).toEqual([
    [1, 1],
    [2, 1],
    [1, 1],
  ]);
  const around = unwrapped([
    [-120, -70],
    [0, -71],
    [120, -70],
    [-120, -70],
  ]);
  expect(around).toEqual([
    [-120, -70],
    [0, -71],
    [120, -70],
    [240, -70],
    [240, -90],
    [-120, -90],
    [-120, -70],
  ]);
});
