import { apiSchemas } from '@logi/contracts';
import { z } from 'zod';
import type { Config } from '../config.ts';
import { isPossible } from '../judging/clock.ts';
import { deviceKey } from '../judging/devices.ts';
import type { Fix } from '../judging/fix.ts';
import { type Message, REFUSED_FIELDS, type ReadPoint, readPoint } from '../reading/read-point.ts';

const DAY_MS = 86_400_000;

/** Points in one request or frame. */
export const MAX_POINTS = 500;

/**
 * Why a point is kept but neither joins the trail nor moves the marker. `0,0` is what a receiver without a fix reports;
 * `other_device` is a phone that its driver has replaced by another one, which is elsewhere.
 */
export type Flaw = 'null_island' | 'inaccurate' | 'mock' | 'other_device';

/** A point that was taken in. Until it is written, `recordedAt` and `flaw` may be judged anew, by what else is known. */
export type Point = Fix & {
  driverId: string;
  heading: number | null;
  battery: number | null;
  flaw: Flaw | null;
  /** The time by the clock of the device, in milliseconds; null: it told none. */
  deviceTime: number | null;
  /** When the message was sent, by that clock. */
  sentAt: number | null;
};

/** What a message of a tracker may bring instead of a point. */
export const SKIPPED = ['encrypted', 'no_position', 'not_understood'] as const;

export const REJECTION_CODES = ['invalid_point', 'too_old', ...SKIPPED] as const;

export const rejection = z.object({
  index: z.int(),
  code: z.enum(REJECTION_CODES),
  field: z.enum(REFUSED_FIELDS).describe('What refused it'),
  final: z.boolean().describe('Sending it again cannot help'),
});
export type Rejection = z.infer<typeof rejection>;

/** What a driver app is told about what it sent. */
export const receipt = z
  .object({
    accepted: z.int(),
    rejected: z.array(rejection),
    more_rejected: z.int().optional().describe('So many more than are listed'),
  })
  .register(apiSchemas, {
    id: 'Receipt',
    examples: [{ accepted: 2, rejected: [{ index: 1, code: 'invalid_point', field: 'latitude', final: true }] }],
  });
export type Receipt = z.infer<typeof receipt>;

export type Judgement = { points: Point[]; rejected: Rejection[] };

/** Who sent a message, by which way, and when it came; `openedAt` is when its stream was opened. */
export type Sender = { driverId: string; way: string; openedAt?: number; now: Date };

/**
 * Judges each point by itself: a bad one never takes its neighbours with it, and what becomes of a point does not depend
 * on what came before it.
 */
export function judgePoints(
  candidates: readonly unknown[],
  { driverId, way, openedAt, now, config, message }: Sender & { config: Config; message?: Message },
): Judgement {
  const points: Point[] = [];
  const rejected: Rejection[] = [];
  const retentionMs = config.TRAIL_RETENTION_DAYS * DAY_MS;
  for (const [index, candidate] of candidates.entries()) {
    const reading = readPoint(candidate, message);
    if (!reading.ok) {
      rejected.push({ index, code: reading.code, field: reading.field, final: true });
      continue;
    }
    const { recordedAt, createdAt, sentAt, app, device, latitude, longitude, accuracy, speed, heading, battery, seq } =
      reading.point;
    const said = [recordedAt, createdAt].find((each) => each !== null && isPossible(each, now.getTime(), retentionMs));
    // Without times that can be, points keep the order in which they stand, a millisecond apart.
    const time = said ?? now.getTime() - (candidates.length - 1 - index);
    if (time < now.getTime() - retentionMs) {
      rejected.push({ index, code: 'too_old', field: 'recorded_at', final: true });
      continue;
    }
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
      device: deviceKey({ way, app, device, ...(openedAt !== undefined && { openedAt }) }),
      deviceTime: said ?? recordedAt,
      isDeviceTimed: said != null,
      sentAt,
    });
  }
  return { points, rejected };
}

function flawOf(point: ReadPoint, maxAccuracyMeters: number): Flaw | null {
  if (point.isMock) return 'mock';
  if (point.latitude === 0 && point.longitude === 0) return 'null_island';
  return point.isInvalidFix || (point.accuracy ?? 0) > maxAccuracyMeters ? 'inaccurate' : null;
}
