import { expect, test } from '@jest/globals';
import { createRandom } from '../../testing/random.ts';
import { buildCity, findPath, fromLatLon, isInCity, pathMeters, pointAlong, randomPoint, toLatLon } from './city.ts';

const random = createRandom('city.test');
const city = buildCity(random);
const trips = Array.from({ length: 200 }, () => {
  const ends = [randomPoint(city, random), randomPoint(city, random)] as const;
  return { from: ends[0], to: ends[1], path: findPath(city, [ends[0], ends[1]], random) };
});

test('a way leads from its start to its end', () => {
  for (const { from, to, path } of trips) expect([path.at(0), path.at(-1)]).toEqual([from, to]);
});

test('every leg of a way runs along one street', () => {
  const isOn = (offsets: readonly number[], a: number, b: number) => a === b && offsets.includes(a);
  for (const { path } of trips) {
    for (const [index, to] of path.slice(1).entries()) {
      const from = path[index] ?? to;
      expect(isOn(city.columns, from.x, to.x) || isOn(city.rows, from.y, to.y)).toBe(true);
    }
  }
});

test('a way is at most two blocks longer than the shortest that a grid allows', () => {
  for (const { from, to, path } of trips) {
    const shortest = Math.abs(from.x - to.x) + Math.abs(from.y - to.y);
    expect(pathMeters(path)).toBeGreaterThanOrEqual(shortest - 0.001);
    expect(pathMeters(path)).toBeLessThanOrEqual(shortest + 520);
  }
});

test('one is where one has gone to, and nowhere beyond the end', () => {
  const path = [
    { x: 0, y: 0 },
    { x: 100, y: 0 },
    { x: 100, y: 50 },
  ];
  expect(pointAlong(path, 40)?.point).toEqual({ x: 40, y: 0 });
  expect(pointAlong(path, 120)?.point).toEqual({ x: 100, y: 20 });
  expect(pointAlong(path, 150)).toBeUndefined();
});

test('a place survives the way to degrees and back within a centimetre or two', () => {
  for (const { from } of trips) {
    const back = fromLatLon(toLatLon(from));
    expect(Math.hypot(back.x - from.x, back.y - from.y)).toBeLessThan(0.02);
  }
});

test('places of the city are in it, others are not', () => {
  expect(trips.every(({ from }) => isInCity(city, fromLatLon(toLatLon(from))))).toBe(true);
  expect(isInCity(city, fromLatLon({ latitude: 48.1, longitude: 11.6 }))).toBe(false);
});
