import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { foldTrail, type TrailPoint } from './trail.ts';

const START = Date.UTC(2026, 0, 1);
const GAP_MS = 120_000;
const LIMITS = { gapMs: GAP_MS, maxSpeed: 70 };

/** About 11 m north for each 0.0001 of `north`. */
function at(seconds: number, north: number, accuracy: number | null = null): TrailPoint {
  return { recordedAt: new Date(START + seconds * 1_000), latitude: 52 + north, longitude: 13, accuracy };
}
const drive = (count: number, from = 0) => Array.from({ length: count }, (_, i) => at(from + i, (from + i) * 0.0001));

test('the distance is that of the line, and without a gap there is one segment', () => {
  const { distanceMeters, segments } = foldTrail(drive(11), LIMITS);
  expect(distanceMeters).toBeCloseTo(111.2, 0);
  expect(segments).toEqual([[0, 10]]);
});

test('a trail of no points has no segment', () => {
  expect(foldTrail([], LIMITS)).toEqual({ points: [], distanceMeters: 0, segments: [] });
});

test('a silence begins a new segment when it is longer than the limit, and not when it is as long', () => {
  const points = [at(0, 0), at(120, 0.001), at(241, 0.002)];
  expect(foldTrail(points, LIMITS).segments).toEqual([
    [0, 1],
    [2, 2],
  ]);
});

test('a jump in the middle, at the beginning or at the end is left out', () => {
  const good = drive(10);
  for (const position of [0, 5, 10]) {
    const jump = at(position - 0.5, 3);
    const points = [...good.slice(0, position), jump, ...good.slice(position)];
    expect(foldTrail(points, LIMITS).points).toEqual(good);
  }
});

test('a receiver that jumps to and fro, or to many places, leaves only the way that can be driven', () => {
  const good = drive(40);
  const points = good.flatMap((point, i) => (i % 3 === 1 ? [point, at(i + 0.5, 1 + (i % 12))] : [point]));
  expect(foldTrail(points, LIMITS).points).toEqual(good);
});

test('of two phones, the trail is the way of the one that moves, however often the other one sends', () => {
  const road = Array.from({ length: 30 }, (_, i) => at(i * 10, i * 0.0009));
  const home = Array.from({ length: 90 }, (_, i) => at(i * 3.3 + 0.1, 1 + (i % 3) * 0.0001));
  const sorted = [...road, ...home].sort((a, b) => a.recordedAt.getTime() - b.recordedAt.getTime());
  expect(foldTrail(sorted, LIMITS).points).toEqual(road);
});

test('a jump that goes far in little time is no match for a driver who stands for long', () => {
  const stood = Array.from({ length: 100 }, (_, i) => at(i * 10, (i % 2) * 0.0001));
  const jump = Array.from({ length: 20 }, (_, i) => at(300.5 + i, 2 + i * 0.0005));
  const sorted = [...stood, ...jump].sort((a, b) => a.recordedAt.getTime() - b.recordedAt.getTime());
  expect(foldTrail(sorted, LIMITS).points).toEqual(stood);
});

test('what an inexact receiver cannot know is no jump', () => {
  const points = [at(0, 0, 90), at(1, 0.002, 90), at(2, 0, 90)];
  expect(foldTrail(points, LIMITS).points).toEqual(points);
});

test('a motorway is driven at full speed without a jump, a flight is none of ours', () => {
  const motorway = Array.from({ length: 20 }, (_, i) => at(i * 10, i * 10 * 0.00045)); // 50 m/s
  expect(foldTrail(motorway, LIMITS).points).toHaveLength(20);
  const flight = Array.from({ length: 20 }, (_, i) => at(i * 10, i * 10 * 0.002)); // 220 m/s
  expect(foldTrail(flight, LIMITS).points).toHaveLength(1);
});

test('a way over the antimeridian is as long as it is', () => {
  const points = [179.9995, -179.9995].map((longitude, i) => ({ ...at(i * 10, -52), longitude }));
  expect(foldTrail(points, LIMITS).distanceMeters).toBeCloseTo(111.2, 0);
});

test('the trail is a part of what was sent, in its order, and each step of it can be driven', () => {
  const anyPoint = fc.record({ seconds: fc.nat(600), north: fc.double({ min: -1, max: 1, noNaN: true }) });
  fc.assert(
    fc.property(fc.array(anyPoint, { maxLength: 60 }), (raw) => {
      const sorted = raw.map(({ seconds, north }) => at(seconds, north)).sort((a, b) => +a.recordedAt - +b.recordedAt);
      const { points, segments } = foldTrail(sorted, LIMITS);
      expect(points).toEqual(sorted.filter((point) => points.includes(point)));
      for (const [i, point] of points.entries()) {
        const previous = points[i - 1] ?? point;
        const seconds = (+point.recordedAt - +previous.recordedAt) / 1_000;
        expect(Math.abs(point.latitude - previous.latitude) * 111_195).toBeLessThan(70 * (seconds + 1) + 1);
      }
      expect(segments.flatMap(([first, last]) => points.slice(first, last + 1))).toEqual(points);
    }),
  );
});
