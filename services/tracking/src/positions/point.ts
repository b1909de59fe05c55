import { z } from 'zod';
import type { Config } from '../config.ts';
import { type Message, REFUSED_FIELDS, type ReadPoint, readPoint } from '../reading/read-point.ts';

/** Device clocks lie; one that is further ahead than this would make every later point look old. */
const MAX_AHEAD_MS = 60_000;
const DAY_MS = 86_400_000;

/** Points in one request or frame. */
export const MAX_POINTS = 500;

/** Why a point is kept but neither joins the trail nor moves the marker. `0,0` is what a receiver without a fix reports. */
export type Flaw = 'null_island' | 'inaccurate' | 'mock';

/** A point that was taken in. */
export type Point = {
  driverId: string;
  latitude: number;
  longitude: number;
  recordedAt: Date;
  receivedAt: Date;
  accuracy: number | null;
  speed: number | null;
  heading: number | null;
  battery: number | null;
  seq: number | null;
  flaw: Flaw | null;
};

/** What a message of a tracker may bring instead of a point. */
export const SKIPPED = ['encrypted', 'no_position', 'not_understood'] as const;

export const REJECTION_CODES = ['invalid_point', 'recorded_in_future', 'too_old', ...SKIPPED] as const;

export const rejection = z.object({
  index: z.int(),
  code: z.enum(REJECTION_CODES),
  field: z.enum(REFUSED_FIELDS).describe('What refused it'),
  final: z.boolean().describe('Sending it again cannot help'),
});
export type Rejection = z.infer<typeof rejection>;

/** What a driver app is told about what it sent. */
export const receipt = z.object({
  accepted: z.int(),
  rejected: z.array(rejection),
  more_rejected: z.int().optional().describe('So many more than are listed'),
});
export type Receipt = z.infer<typeof receipt>;

export type Judgement = { points: Point[]; rejected: Rejection[] };

/**
 * Judges each point by itself: a bad one never takes its neighbours with it, and what becomes of a point does not depend
 * on what came before it.
 */
export function judgePoints(
  candidates: readonly unknown[],
  { driverId, now, config, message }: { driverId: string; now: Date; config: Config; message?: Message },
): Judgement {
  const points: Point[] = [];
  const rejected: Rejection[] = [];
  const newest = now.getTime() + MAX_AHEAD_MS;
  const oldest = now.getTime() - config.TRAIL_RETENTION_DAYS * DAY_MS;
  for (const [index, candidate] of candidates.entries()) {
    const reading = readPoint(candidate, message);
    if (!reading.ok) {
      rejected.push({ index, code: reading.code, field: reading.field, final: true });
      continue;
    }
    const { recordedAt, latitude, longitude, accuracy, speed, heading, battery, seq } = reading.point;
    // Without times of their own, points keep the order in which they stand, a millisecond apart.
    const time = recordedAt ?? now.getTime() - (candidates.length - 1 - index);
    if (time > newest) rejected.push({ index, code: 'recorded_in_future', field: 'recorded_at', final: false });
    else if (time < oldest) rejected.push({ index, code: 'too_old', field: 'recorded_at', final: true });
    else {
      points.push({
        driverId,
        latitude,
        longitude,
        recordedAt: new Date(time),
        receivedAt: now,
        accuracy,
        speed,
        heading,
        battery,
        seq,
        flaw: flawOf(reading.point, config.MAX_ACCURACY_METERS),
      });
    }
  }
  return { points, rejected };
}

function flawOf(point: ReadPoint, maxAccuracyMeters: number): Flaw | null {
  if (point.isMock) return 'mock';
  if (point.latitude === 0 && point.longitude === 0) return 'null_island';
  return point.isInvalidFix || (point.accuracy ?? 0) > maxAccuracyMeters ? 'inaccurate' : null;
}

/**
 * Which of two points of a driver is the newer one. Total: two points of one instant are told apart by `seq`, then by
 * place, so that the winner is the same whichever came first.
 */
export function isNewer(a: Point, b: Point): boolean {
  const difference =
    a.recordedAt.getTime() - b.recordedAt.getTime() ||
    (a.seq ?? -1) - (b.seq ?? -1) ||
    a.latitude - b.latitude ||
    a.longitude - b.longitude;
  return difference > 0;
}
