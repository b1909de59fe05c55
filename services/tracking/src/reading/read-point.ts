import { isRecord, latitude, longitude, principalId } from '@logi/contracts';
import { readTime } from './read-time.ts';

/** What one candidate says, as far as it makes sense, before anybody judges whether it can be. */
export type ReadPoint = {
  latitude: number;
  longitude: number;
  /** By the clock of the device, in milliseconds since 1970, and of any year; null when it does not say. */
  recordedAt: number | null;
  /** When the message was sent, by the same clock; together with the time of receipt it shows how that clock goes. */
  sentAt: number | null;
  /** When the message was made, by the same clock. It may have waited since, so it shows nothing of how the clock goes. */
  createdAt: number | null;
  accuracy: number | null;
  speed: number | null;
  heading: number | null;
  battery: number | null;
  seq: number | null;
  device: string | null;
  app: string | null;
  /** The device itself says that this is no fix, such as by an accuracy of -1. */
  isInvalidFix: boolean;
  /** The place was set by a person, not found by a receiver. */
  isMock: boolean;
};

/** What a message says of all its points. What a point says itself comes first. */
export type Message = { device: string | null; app: string | null; sentAt: number | null };
const NO_MESSAGE: Message = { device: null, app: null, sentAt: null };

/** Without any of these there is no point; everything else is an extra, and costs none. */
export const REFUSED_FIELDS = ['point', 'latitude', 'longitude', 'recorded_at'] as const;
export type RefusedField = (typeof REFUSED_FIELDS)[number];
export type Reading = { ok: true; point: ReadPoint } | { ok: false; field: RefusedField; code: 'invalid_point' };

const MAX_ACCURACY_METERS = 1_000_000;
const GREATEST = { speed: 1_000, heading: 360, battery: 100 };

/**
 * Reads one point: metres, metres per second, degrees from north, battery percent. Place and time can refuse it. Extras
 * cannot: phones say null, -1, 360.5 or "unknown" for what they do not know, and what makes no sense is left out. A
 * browser's GeolocationPosition, with `coords` and `timestamp`, is a point, too.
 */
export function readPoint(candidate: unknown, message: Message = NO_MESSAGE): Reading {
  if (!isRecord(candidate)) return refuse('point');
  const place = isRecord(candidate['coords']) ? { ...candidate, ...candidate['coords'] } : candidate;
  const lat = latitude.safeParse(place['latitude']);
  if (!lat.success) return refuse('latitude');
  const lon = longitude.safeParse(place['longitude']);
  if (!lon.success) return refuse('longitude');
  const time = candidate['recorded_at'] ?? candidate['timestamp'] ?? null;
  const recordedAt = time === null ? null : readTime(time);
  if (recordedAt === undefined) return refuse('recorded_at');
  const { accuracy, seq } = place;
  return {
    ok: true,
    point: {
      latitude: lat.data,
      longitude: lon.data,
      recordedAt,
      sentAt: readTime(candidate['sent_at']) ?? message.sentAt,
      createdAt: readTime(candidate['created_at']) ?? null,
      accuracy: measurement(accuracy, MAX_ACCURACY_METERS),
      speed: measurement(place['speed'], GREATEST.speed),
      heading: measurement(place['heading'], GREATEST.heading),
      battery: measurement(place['battery'], GREATEST.battery),
      seq: Number.isSafeInteger(seq) && Number(seq) >= 0 ? Number(seq) : null,
      device: label(candidate['device']) ?? message.device,
      app: label(candidate['app']) ?? message.app,
      // Left out as an extra, a bad accuracy would make the fix look exact.
      isInvalidFix: candidate['valid'] === false || isBeyond(accuracy, MAX_ACCURACY_METERS),
      isMock: candidate['mock'] === true || candidate['mocked'] === true,
    },
  };
}

export function readMessage(said: { device?: unknown; app?: unknown; sent_at?: unknown }): Message {
  return { device: label(said.device), app: label(said.app), sentAt: readTime(said.sent_at) ?? null };
}

function refuse(field: RefusedField): Reading {
  return { ok: false, field, code: 'invalid_point' };
}

/** Kept in single precision, and rounded to it here: the database refuses what is too small for it, such as 1e-50. */
function measurement(value: unknown, max: number): number | null {
  return typeof value === 'number' && value >= 0 && value <= max ? Math.fround(value) : null;
}

function isBeyond(value: unknown, max: number): boolean {
  return typeof value === 'number' && !(value >= 0 && value <= max);
}

function label(value: unknown): string | null {
  if (typeof value !== 'string') return typeof value === 'number' ? String(value) : null;
  const text = principalId.safeParse(value); // as long, and as free of what the database cannot store
  return text.success ? text.data : null;
}
