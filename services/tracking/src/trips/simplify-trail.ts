import { distanceMeters } from '@logi/contracts';
import type { Trail, TrailPoint } from './trail.ts';

/** So many positions are looked at together: of a receiver that hops to and fro, halving looks at all for each it keeps. */
const MAX_STRETCH = 256;

/**
 * The positions of a trail that matter: at the time of any that is left out, the driver was no further than this from
 * where the line between its neighbours says. So not only the way is kept but also when it was driven, and each stop.
 */
export function simplifyTrail({ points, distanceMeters, segments }: Trail, toleranceMeters: number): Trail {
  const simple: Trail = { points: [], distanceMeters, segments: [] };
  for (const [first, last] of segments) {
    const from = simple.points.length;
    for (const index of keptIndexes(points.slice(first, last + 1), toleranceMeters)) {
      const point = points[first + index];
      if (point) simple.points.push(point);
    }
    simple.segments.push([from, simple.points.length - 1]);
  }
  return simple;
}

/** Douglas and Peucker's halving, with the distance of a position measured to where its time falls on the line. */
function keptIndexes(points: readonly TrailPoint[], toleranceMeters: number): number[] {
  const last = points.length - 1;
  const kept = new Set([0, last]);
  const stretches: [number, number][] = [];
  for (let first = 0; first < last; first += MAX_STRETCH) {
    kept.add(first);
    stretches.push([first, Math.min(first + MAX_STRETCH, last)]);
  }
  for (let stretch = stretches.pop(); stretch; stretch = stretches.pop()) {
    const farthest = farthestWithin(points, stretch);
    if (farthest.meters <= toleranceMeters) continue;
    kept.add(farthest.index);
    stretches.push([stretch[0], farthest.index], [farthest.index, stretch[1]]);
  }
  return [...kept].sort((a, b) => a - b);
}

function farthestWithin(points: readonly TrailPoint[], [first, last]: [number, number]) {
  const farthest = { index: first, meters: 0 };
  const [from, to] = [points[first], points[last]];
  if (!from || !to) return farthest;
  for (let index = first + 1; index < last; index += 1) {
    const point = points[index];
    const meters = point ? distanceMeters(point, positionAt(from, to, point.recordedAt)) : 0;
    if (meters > farthest.meters) Object.assign(farthest, { index, meters });
  }
  return farthest;
}

/** Where somebody is at a time who goes evenly from one position to the other. */
export function positionAt(from: TrailPoint, to: TrailPoint, time: Date) {
  const whole = to.recordedAt.getTime() - from.recordedAt.getTime();
  const share = whole === 0 ? 0 : (time.getTime() - from.recordedAt.getTime()) / whole;
  const east = ((to.longitude - from.longitude + 540) % 360) - 180; // the short way, also over the antimeridian
  return {
    latitude: from.latitude + share * (to.latitude - from.latitude),
    longitude: ((from.longitude + share * east + 540) % 360) - 180,
  };
}
