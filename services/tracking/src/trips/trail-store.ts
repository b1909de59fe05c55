import { transactWithEvents } from '@logi/events';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { maxSpeedOf } from '../judging/rules.ts';
import type { TrackingTx, TripRow } from '../tables.ts';
import { simplifyTrail } from './simplify-trail.ts';
import { foldTrail, type Trail, type TrailPoint } from './trail.ts';

/** A day of one point a second; what lies beyond is cut off at the end. */
const MAX_TRAIL_POINTS = 86_400;
/** How far a kept trail may be from what was recorded. Receivers are hardly better. */
const TOLERANCE_METERS = 5;
/** No point is taken that is older than retention; one taken before that may wait for the database for a while. */
const SETTLE_HOURS = 1;
const TRIPS_AT_ONCE = 100;

/** The way driven on a trip: from its points, and after their retention from what was kept of them. */
export async function readTrail(ctx: Pick<Context, 'db' | 'config'>, trip: TripRow): Promise<Trail> {
  const limits = { gapMs: ctx.config.TRAIL_GAP_MS, maxSpeed: maxSpeedOf(trip.vehicleType, ctx.config) };
  if (trip.compactedAt === null) return foldTrail(await trailPoints(ctx, trip), limits);
  const row = await ctx.db
    .selectFrom('trail')
    .selectAll()
    .where('bookingId', '=', trip.bookingId)
    .where('driverId', '=', trip.driverId)
    .where('startedAt', '=', trip.startedAt)
    .executeTakeFirst();
  if (!row) return foldTrail([], limits);
  const points = row.times.map((recordedAt, i) => ({
    recordedAt,
    latitude: row.latitudes[i] ?? 0,
    longitude: row.longitudes[i] ?? 0,
    accuracy: null,
  }));
  const segments = row.segmentStarts.map((first, i): [number, number] => {
    return [first, (row.segmentStarts[i + 1] ?? points.length) - 1];
  });
  return { points, distanceMeters: row.distanceMeters, segments };
}

/** Keeps the trail of each trip so old that no point of it can come any more. Until then its days are kept. */
export async function compactTrails(ctx: Context, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    const trips = await settledTrips(ctx);
    if (trips.length === 0) return;
    for (const trip of trips) {
      const trail = simplifyTrail(await readTrail(ctx, trip), TOLERANCE_METERS);
      await transactWithEvents(ctx.db, (tx) => keep(tx, trip, trail));
    }
  }
}

/** Deletes kept trails past a retention of their own. */
export async function dropOldTrails({ db, config }: Context): Promise<void> {
  const ageDays = config.KEPT_TRAIL_RETENTION_DAYS;
  await sql`delete from trail where ended_at < now() - make_interval(days => ${ageDays}::int)`.execute(db);
}

function settledTrips({ db, config }: Context): Promise<TripRow[]> {
  const settled = sql<Date>`now() - make_interval(days => ${config.TRAIL_RETENTION_DAYS}::int, hours => ${SETTLE_HOURS}::int)`;
  return db
    .selectFrom('trip')
    .selectAll()
    .where('compactedAt', 'is', null)
    .where('startedAt', '<', settled) // for the index
    .where('endedAt', '<', settled)
    .orderBy('startedAt')
    .limit(TRIPS_AT_ONCE)
    .execute();
}

async function keep(tx: TrackingTx, trip: TripRow, { points, distanceMeters, segments }: Trail): Promise<void> {
  const { bookingId, driverId, startedAt, endedAt, version } = trip;
  const marked = await tx
    .updateTable('trip')
    .set({ compactedAt: sql<Date>`now()` })
    .where('bookingId', '=', bookingId)
    .where('version', '=', version)
    .where('compactedAt', 'is', null) // another instance was faster
    .returning('bookingId')
    .executeTakeFirst();
  if (!marked || endedAt === null) return;
  await tx
    .insertInto('trail')
    .values({
      bookingId,
      driverId,
      startedAt,
      endedAt,
      distanceMeters,
      times: points.map((point) => point.recordedAt),
      latitudes: points.map((point) => point.latitude),
      longitudes: points.map((point) => point.longitude),
      segmentStarts: segments.map(([first]) => first),
    })
    .execute();
}

/**
 * The usable points of the trip's driver in the trip's time. Repeats are folded, and the order is total, so that neither
 * depends on arrival. The same point again is known by the time that its device gave it, however that was corrected.
 */
async function trailPoints({ db }: Pick<Context, 'db'>, trip: TripRow): Promise<TrailPoint[]> {
  const saidAt = sql`coalesce(nullif(device_time, '-infinity'), recorded_at)`;
  const { rows } = await sql<TrailPoint>`
    select recorded_at, latitude, longitude, accuracy from (
      select distinct on (${saidAt}, coalesce(seq, -1), latitude, longitude)
        recorded_at, latitude, longitude, accuracy, coalesce(seq, -1) as seq
      from position
      where driver_id = ${trip.driverId} and recorded_at >= ${trip.startedAt}
        and recorded_at <= ${trip.endedAt ?? sql`'infinity'::timestamptz`} and flaw is null
      order by ${saidAt}, coalesce(seq, -1), latitude, longitude, recorded_at, accuracy) point
    order by recorded_at, seq, latitude, longitude, accuracy
    limit ${MAX_TRAIL_POINTS}`.execute(db);
  return rows;
}
