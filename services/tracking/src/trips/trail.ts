import { distanceMeters } from '@logi/contracts';

export type TrailPoint = { recordedAt: Date; latitude: number; longitude: number; accuracy: number | null };

/** No vehicle of ours goes faster, in metres per second. */
const MAX_SPEED = 70;
/** Many apps report whole seconds only, so two points may be this much further apart in time than they say. */
const CLOCK_GRAIN_MS = 1_000;
/** Lines of points that are followed at once; a receiver that jumps between more places than this is of no use. */
const MAX_LINES = 8;

export type Trail = {
  points: TrailPoint[];
  distanceMeters: number;
  /** First and last index of each stretch without a gap. */
  segments: [number, number][];
};

/**
 * The way that was driven, from a driver's points in order of device time. Each point continues the longest line whose
 * end it can have been driven from, or begins another; the longest line is the trail, and all others are jumps. Judged
 * here, over all points, and not when a point comes in: a jump shows by its neighbours, of which some may come later.
 */
export function foldTrail(sorted: readonly TrailPoint[], gapMs: number): Trail {
  const points = longestLine(sorted);
  const trail: Trail = { points, distanceMeters: 0, segments: [] };
  let first = 0;
  for (const [index, point] of points.entries()) {
    const previous = points[index - 1];
    if (!previous) continue;
    trail.distanceMeters += distanceMeters(previous, point);
    if (point.recordedAt.getTime() - previous.recordedAt.getTime() <= gapMs) continue;
    trail.segments.push([first, index - 1]);
    first = index;
  }
  if (points.length > 0) trail.segments.push([first, points.length - 1]);
  return trail;
}

function longestLine(sorted: readonly TrailPoint[]): TrailPoint[] {
  const lines: TrailPoint[][] = []; // longest first
  for (const point of sorted) {
    const continued = lines.findIndex((line) => isReachable(line.at(-1), point));
    if (continued === -1) {
      if (lines.length === MAX_LINES) lines.pop();
      lines.push([point]);
      continue;
    }
    lines[continued]?.push(point);
    lines.sort((a, b) => b.length - a.length);
  }
  return lines[0] ?? [];
}

function isReachable(from: TrailPoint | undefined, to: TrailPoint): boolean {
  if (!from) return false;
  const seconds = (to.recordedAt.getTime() - from.recordedAt.getTime() + CLOCK_GRAIN_MS) / 1_000;
  const uncertainty = (from.accuracy ?? 0) + (to.accuracy ?? 0);
  return distanceMeters(from, to) - uncertainty <= MAX_SPEED * seconds;
}
