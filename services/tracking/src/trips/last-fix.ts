import type { LivePosition } from '@logi/contracts';
import type { Database } from '@logi/persistence';
import { sql } from 'kysely';
import type { Config } from '../config.ts';
import { belongsToTrip, isLive, type KnownFix, type Shown } from '../judging/live.ts';
import type { Tables } from '../tables.ts';

type LiveSettings = Pick<Config, 'LIVE_POSITION_MAX_AGE_MS' | 'SIGNAL_DARK_AFTER_MS'>;

/** The newest believed fix of a driver on a trip, and what decides whether it is shown. */
export type LastFix = KnownFix & {
  bookingId: string;
  userId: string;
  driverId: string;
  startedAt: Date;
  onDutySince: Date | null;
  latitude: number;
  longitude: number;
  accuracy: number | null;
  heading: number | null;
  speed: number | null;
};

/** Of trips under way: of all, or of some bookings. Those of drivers who never sent a fix are not among them. */
export async function loadLastFixes(db: Database<Tables>, bookingIds?: readonly string[]): Promise<LastFix[]> {
  const { rows } = await sql<LastFix>`
    select trip.booking_id, trip.user_id, trip.driver_id, trip.started_at, driver.on_duty_since, latest.latitude,
      latest.longitude, latest.accuracy, latest.heading, latest.speed, latest.recorded_at, latest.received_at,
      latest.stands, greatest(latest.heard_at, heard.heard_at, driver.status_call_at) as heard_at
    from trip join driver using (driver_id) join driver_latest latest using (driver_id)
      left join driver_heard heard using (driver_id)
    where trip.ended_at is null
      ${bookingIds ? sql`and trip.booking_id = any(${bookingIds}::uuid[])` : sql``}`.execute(db);
  return rows;
}

/** The moment from which on the fix is no more than where the driver was; undefined when it was never live. */
export function liveUntil(fix: KnownFix, shown: Shown, config: LiveSettings): Date | undefined {
  const whileFresh = fix.recordedAt.getTime() + config.LIVE_POSITION_MAX_AGE_MS;
  const whileHeard = fix.stands && fix.heardAt ? fix.heardAt.getTime() + config.SIGNAL_DARK_AFTER_MS : 0;
  const last = new Date(Math.max(whileFresh, whileHeard));
  return isLive(fix, shown, { now: last, config }) ? last : undefined;
}

/**
 * Whether a fix is the trip's. One from before the acceptance is, when the driver was on duty and it was live as the trip
 * began: what is older is of another customer's door.
 */
export function isOfTrip(fix: KnownFix, shown: Shown, config: LiveSettings): boolean {
  if (!belongsToTrip(fix.recordedAt, shown)) return false;
  const start = shown.tripStartedAt.getTime();
  if (fix.recordedAt.getTime() >= start - config.LIVE_POSITION_MAX_AGE_MS) return true;
  return (liveUntil(fix, shown, config)?.getTime() ?? 0) >= start;
}

export function shownFor({ startedAt, onDutySince }: Pick<LastFix, 'startedAt' | 'onDutySince'>): Shown {
  return { tripStartedAt: startedAt, onDutySince };
}

/** What gateways are told of it; undefined for a fix that is not the trip's. */
export function toLivePosition(fix: LastFix, config: LiveSettings): LivePosition | undefined {
  const shown = shownFor(fix);
  if (!isOfTrip(fix, shown, config)) return undefined;
  const { heading, speed } = fix;
  return {
    booking_id: fix.bookingId,
    user_id: fix.userId,
    driver_id: fix.driverId,
    latitude: fix.latitude,
    longitude: fix.longitude,
    recorded_at: fix.recordedAt.toISOString(),
    ...(heading !== null && { heading }),
    ...(speed !== null && { speed }),
    started_at: fix.startedAt.toISOString(),
    live_until: (liveUntil(fix, shown, config) ?? fix.recordedAt).toISOString(),
  };
}
