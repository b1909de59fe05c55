import { distanceMeters } from '@logi/contracts';
import { isReachable } from '../judging/reachable.ts';

export type TrailPoint = { recordedAt: Date; latitude: number; longitude: number; accuracy: number | null };

/** Lines of points that are followed at once; a receiver that jumps between more places than this is of no use. */
const MAX_LINES = 8;
/** Receivers that stand wander; less than this is no way. */
const LEAST_WAY_METERS = 50;
/** A line that covers less than this share of another's time is no match for it, however far it goes. */
const COMPARABLE_SHARE = 0.5;

export type Trail = {
  points: TrailPoint[];
  distanceMeters: number;
  /** First and last index of each stretch without a gap. */
  segments: [number, number][];
};

export type TrailLimits = {
  /** Silence after which a new segment begins. */
  gapMs: number;
  /** In metres per second. */
  maxSpeed: number;
};

/**
 * The way that was driven, from a driver's points in order of device time. Each point continues the best line whose end
 * it can have been driven from, or begins another; the best line is the trail, and all others are jumps. Judged here,
 * over all points, and not when a point comes in: a jump shows by its neighbours, of which some may come later.
 */
export function foldTrail(sorted: readonly TrailPoint[], { gapMs, maxSpeed }: TrailLimits): Trail {
  const points = bestLine(sorted, { gapMs, maxSpeed });
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

/**
 * What speaks for a line: the time that it covers, gaps left out, and the way that it goes, from one place to another
 * that is surely elsewhere. Not the number of its points: of two phones, the old one at home may send thrice as often.
 */
type Line = { points: TrailPoint[]; end: TrailPoint; coveredMs: number; wayMeters: number; turn: TrailPoint };

function bestLine(sorted: readonly TrailPoint[], { gapMs, maxSpeed }: TrailLimits): TrailPoint[] {
  const lines: Line[] = []; // best first
  for (const point of sorted) {
    const line = lines.find(({ end }) => isReachable(end, point, maxSpeed));
    if (line) {
      extend(line, point, gapMs);
    } else {
      if (lines.length === MAX_LINES) lines.pop();
      lines.push({ points: [point], end: point, coveredMs: 0, wayMeters: 0, turn: point });
    }
    lines.sort(byWorth);
  }
  return lines[0]?.points ?? [];
}

function extend(line: Line, point: TrailPoint, gapMs: number): void {
  line.coveredMs += Math.min(gapMs, point.recordedAt.getTime() - line.end.recordedAt.getTime());
  line.points.push(point);
  line.end = point;
  const meters = distanceMeters(line.turn, point);
  if (meters < LEAST_WAY_METERS + (line.turn.accuracy ?? 0) + (point.accuracy ?? 0)) return;
  line.wayMeters += meters;
  line.turn = point;
}

/** Of two that cover as much time as makes a line, the one that goes further; else the one that covers more. */
function byWorth(a: Line, b: Line): number {
  const isComparable = Math.min(a.coveredMs, b.coveredMs) >= COMPARABLE_SHARE * Math.max(a.coveredMs, b.coveredMs);
  return (
    (isComparable ? b.wayMeters - a.wayMeters : 0) || b.coveredMs - a.coveredMs || b.points.length - a.points.length
  );
}
