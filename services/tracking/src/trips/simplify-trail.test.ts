import { expect, test } from '@jest/globals';
import { distanceMeters } from '@logi/contracts';
import fc from 'fast-check';
import { positionAt, simplifyTrail } from './simplify-trail.ts';
import { foldTrail, type TrailPoint } from './trail.ts';

const START = Date.UTC(2026, 0, 1);
const GAP_MS = 120_000;
const LIMITS = { gapMs: GAP_MS, maxSpeed: 70 };
const TOLERANCE = 5;
/** Metres that are lost in reckoning. */
const ROUNDING = 0.001;

/** Metres north and east of a place on the antimeridian. */
function at(seconds: number, north: number, east = 0): TrailPoint {
  const longitude = 180 + east / 111_195;
  const onMap = longitude > 180 ? longitude - 360 : longitude;
  return { recordedAt: new Date(START + seconds * 1_000), latitude: north / 111_195, longitude: onMap, accuracy: null };
}
const simplified = (points: TrailPoint[]) => simplifyTrail(foldTrail(points, LIMITS), TOLERANCE);

test('of an even drive on a straight road its ends are kept', () => {
  const drive = Array.from({ length: 200 }, (_, i) => at(i, i * 10));
  expect(simplified(drive).points).toEqual([drive[0], drive[199]]);
});

test('of a stop on a straight road it is kept when it began and ended', () => {
  const drive = Array.from({ length: 30 }, (_, i) => at(i, Math.min(i, 10) * 10 + Math.max(0, i - 20) * 10));
  expect(simplified(drive).points).toEqual([drive[0], drive[10], drive[20], drive[29]]);
});

test('each stretch between gaps is kept by itself, also one of a single position', () => {
  const stretches = [Array.from({ length: 9 }, (_, i) => at(i, i * 10)), [at(200, 0)], [at(400, 0), at(401, 10)]];
  const { points, segments } = simplified(stretches.flat());
  expect(segments).toEqual([
    [0, 1],
    [2, 2],
    [3, 4],
  ]);
  expect(points).toEqual(stretches.flatMap((stretch) => [...new Set([stretch[0], stretch.at(-1)])]));
});

test('a trail of no points stays one', () => {
  expect(simplified([])).toEqual({ points: [], distanceMeters: 0, segments: [] });
});

test('at any recorded moment the kept line is within the tolerance of what was recorded', () => {
  const step = fc.record({ seconds: fc.integer({ min: 1, max: 150 }), north: fc.nat(40), east: fc.nat(40) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 600 }), (steps) => {
      let [seconds, sign] = [0, 1];
      const points = steps.map((each) => {
        seconds += each.seconds;
        sign = -sign;
        return at(seconds, each.north, sign * each.east);
      });
      const trail = foldTrail(points, LIMITS);
      const simple = simplifyTrail(trail, TOLERANCE);
      expect(simple.distanceMeters).toBe(trail.distanceMeters);
      expect(simple.segments).toHaveLength(trail.segments.length);
      for (const [i, [first, last]] of trail.segments.entries()) {
        const kept = simple.points.slice(simple.segments[i]?.[0], (simple.segments[i]?.[1] ?? 0) + 1);
        for (const point of trail.points.slice(first, last + 1)) {
          expect(
            Math.min(
              ...kept.slice(0, -1).map((from, k) => offBy(from, kept[k + 1] ?? from, point)),
              aloneOffBy(kept, point),
            ),
          ).toBeLessThanOrEqual(TOLERANCE + ROUNDING);
        }
      }
    }),
  );
});

/** Infinite unless the point is within the time of this stretch. */
function offBy(from: TrailPoint, to: TrailPoint, point: TrailPoint): number {
  const isWithin = from.recordedAt <= point.recordedAt && point.recordedAt <= to.recordedAt;
  return isWithin ? distanceMeters(positionAt(from, to, point.recordedAt), point) : Infinity;
}

function aloneOffBy([only, ...others]: TrailPoint[], point: TrailPoint): number {
  return only && others.length === 0 ? distanceMeters(only, point) : Infinity;
}
