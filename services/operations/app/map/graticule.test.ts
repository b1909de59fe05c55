import { expect, test } from '@jest/globals';
import { graticule } from './graticule.ts';

const labels = (edge: string, box: Parameters<typeof graticule>[0]) =>
  graticule(box).flatMap(({ properties }) => ('text' in properties && properties.edge === edge ? properties.text : []));

test('a city has lines every few hundred metres, the world every 30 degrees or so', () => {
  const city = { west: 13.3, south: 52.48, east: 13.5, north: 52.56 };
  expect(labels('bottom', city)).toEqual(['13.35°', '13.40°', '13.45°']);
  expect(labels('left', city)).toEqual(['52.50°', '52.55°']);
  expect(labels('bottom', { west: -90, south: -60, east: 90, north: 60 })).toEqual([
    '-60°',
    '-30°',
    '0°',
    '30°',
    '60°',
  ]);
});

test('across 180° the degrees go on on the other side', () => {
  expect(labels('bottom', { west: 177, south: 0, east: 183.5, north: 4 })).toEqual([
    '178°',
    '179°',
    '-180°',
    '-179°',
    '-178°',
    '-177°',
  ]);
});

test('whatever shows, the lines are few', () => {
  for (const width of [0.0001, 0.003, 0.7, 9, 111, 720]) {
    const lines = graticule({ west: 0, south: -width / 4, east: width, north: width / 4 });
    expect(lines.length).toBeLessThan(250);
  }
});
