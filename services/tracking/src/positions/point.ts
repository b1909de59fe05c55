import { latitude, longitude, timestamp } from '@logi/contracts';
import { z } from 'zod';
import type { Config } from '../config.ts';

/** Device clocks lie; one that is further ahead than this would make every later point look old. */
const MAX_AHEAD_MS = 60_000;
const DAY_MS = 86_400_000;

/** Points in one request or frame. */
export const MAX_POINTS = 500;

/** A point as a driver app sends it: metres, metres per second, degrees from north, battery percent. */
export const point = z.object({
  latitude,
  longitude,
  recorded_at: timestamp.optional(),
  accuracy: measurement(1_000_000),
  speed: measurement(1_000),
  heading: measurement(360),
  battery: measurement(100),
  seq: z.int().min(0).optional(),
});

/** Kept in single precision, and rounded to it here: the database refuses what is too small for it, such as 1e-50. */
function measurement(max: number) {
  return z.number().min(0).max(max).transform(Math.fround).optional();
}

/** Why a point is kept but neither joins the trail nor moves the marker. `0,0` is what a receiver without a fix reports. */
export type Flaw = 'null_island' | 'inaccurate';

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

export const rejection = z.object({
  index: z.int(),
  code: z.enum(['invalid_point', 'recorded_in_future', 'too_old']),
});
export type Rejection = z.infer<typeof rejection>;

/** What a driver app is told about what it sent. */
export const receipt = z.object({ accepted: z.int(), rejected: z.array(rejection) });
export type Receipt = z.infer<typeof receipt>;

export type Judgement = { points: Point[]; rejected: Rejection[] };

/**
 * Judges each point by itself: a bad one never takes its neighbours with it, and what becomes of a point does not depend
 * on what came before it.
 */
export function judgePoints(
  candidates: readonly unknown[],
  { driverId, now, config }: { driverId: string; now: Date; config: Config },
): Judgement {
  const points: Point[] = [];
  const rejected: Rejection[] = [];
  const newest = now.getTime() + MAX_AHEAD_MS;
  const oldest = now.getTime() - config.TRAIL_RETENTION_DAYS * DAY_MS;
  for (const [index, candidate] of candidates.entries()) {
    const parsed = point.safeParse(candidate);
    if (!parsed.success) {
      rejected.push({ index, code: 'invalid_point' });
      continue;
    }
    const { recorded_at, latitude, longitude, accuracy, speed, heading, battery, seq } = parsed.data;
    // Without times of their own, points keep the order in which they stand, a millisecond apart.
    const time = recorded_at === undefined ? now.getTime() - (candidates.length - 1 - index) : Date.parse(recorded_at);
    if (time > newest) rejected.push({ index, code: 'recorded_in_future' });
    else if (time < oldest) rejected.push({ index, code: 'too_old' });
    else {
      points.push({
        driverId,
        latitude,
        longitude,
        recordedAt: new Date(time),
        receivedAt: now,
        accuracy: accuracy ?? null,
        speed: speed ?? null,
        heading: heading ?? null,
        battery: battery ?? null,
        seq: seq ?? null,
        flaw: flawOf(parsed.data, config.MAX_ACCURACY_METERS),
      });
    }
  }
  return { points, rejected };
}

function flawOf({ latitude, longitude, accuracy = 0 }: z.infer<typeof point>, maxAccuracyMeters: number): Flaw | null {
  if (latitude === 0 && longitude === 0) return 'null_island';
  return accuracy > maxAccuracyMeters ? 'inaccurate' : null;
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
