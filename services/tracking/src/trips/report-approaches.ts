import { ARRIVAL_STAGES, distanceMeters, type LatLon } from '@logi/contracts';
import { appendEvent, transactWithEvents } from '@logi/events';
import type { Database } from '@logi/persistence';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Point } from '../positions/point.ts';
import type { Moved } from '../positions/position-store.ts';
import type { Tables, TrackingTx, TripRow } from '../tables.ts';
import { approach } from './approach.ts';

type Step = { trip: TripRow; point: Point; distance: number; after: ReturnType<typeof approach> };

/** Drivers on a job go up a ladder of distances to where they are going: each stage that they reach is told. */
export async function reportApproaches(ctx: Pick<Context, 'db'>, batch: readonly Moved[]): Promise<void> {
  const points = new Map(batch.flatMap(({ job, point }) => (job ? [[point.driverId, point]] : [])));
  if (points.size === 0) return;
  const trips = await tripsWithGoal(ctx.db, [...points.keys()]);
  const steps = trips.flatMap((trip) => stepOf(trip, points.get(trip.driverId)));
  if (steps.length === 0) return;
  await transactWithEvents(ctx.db, async (tx) => {
    const versions = await advance(tx, steps);
    for (const step of steps) tellOfStage(tx, step, versions.get(step.trip.bookingId));
  });
}

function tripsWithGoal(db: Database<Tables>, driverIds: string[]): Promise<TripRow[]> {
  return db
    .selectFrom('trip')
    .selectAll()
    .where('driverId', '=', sql<string>`any(${driverIds}::text[])`)
    .where('endedAt', 'is', null)
    .where('leg', 'is not', null)
    .orderBy('bookingId')
    .execute();
}

/** What this point changes in its trip, if anything. */
function stepOf(trip: TripRow, point: Point | undefined): Step[] {
  const goal = goalOf(trip);
  if (!goal || !point) return [];
  const distance = distanceMeters(point, goal);
  const after = approach(trip, distance, point);
  return after.closestAt !== trip.closestAt || after.stage !== trip.stage ? [{ trip, point, distance, after }] : [];
}

export function goalOf({
  leg,
  pickupLatitude,
  pickupLongitude,
  dropoffLatitude,
  dropoffLongitude,
}: TripRow): LatLon | undefined {
  const [latitude, longitude] =
    leg === 'pickup' ? [pickupLatitude, pickupLongitude] : [dropoffLatitude, dropoffLongitude];
  return latitude === null || longitude === null ? undefined : { latitude, longitude };
}

/**
 * Each only if the trip is still as it was judged; else the driver's next point is judged against what it has become. Only
 * a stage that is told raises the version: by what comes nearer a long trip would be a thousand versions ahead of what was
 * told of it, and nobody would believe the next. Returns the versions of those that were.
 */
async function advance(tx: TrackingTx, steps: readonly Step[]): Promise<Map<string, number>> {
  const { rows } = await sql<{ bookingId: string; version: number }>`
    update trip set stage = step.stage, closest_meters = step.closest_meters, closest_at = step.closest_at,
      version = case when is_told then trip.version + 1 else trip.version end,
      progress_at = case when is_progress then now() else progress_at end,
      stalled = case when is_progress then null else stalled end,
      warned_at = case when is_progress then null else warned_at end
    from unnest(${steps.map(({ trip }) => trip.bookingId)}::uuid[], ${steps.map(({ trip }) => trip.version)}::integer[],
      ${steps.map(({ trip }) => trip.closestAt)}::timestamptz[], ${steps.map(({ after }) => after.stage)}::integer[],
      ${steps.map(({ after }) => after.closestMeters)}::float8[], ${steps.map(({ after }) => after.closestAt)}::timestamptz[],
      ${steps.map(({ after }) => after.isProgress)}::boolean[], ${steps.map(isTold)}::boolean[])
      as step (booking_id, version, was_closest_at, stage, closest_meters, closest_at, is_progress, is_told)
    where trip.booking_id = step.booking_id and trip.version = step.version
      and trip.closest_at is not distinct from step.was_closest_at and ended_at is null
    returning trip.booking_id, trip.version`.execute(tx);
  return new Map(rows.map(({ bookingId, version }) => [bookingId, version]));
}

/** Upwards only. */
function isTold({ trip, after }: Step): boolean {
  return trip.leg !== null && after.stage > trip.stage;
}

/** Once the step was taken, and so has a version. */
function tellOfStage(tx: TrackingTx, step: Step, version: number | undefined): void {
  const { trip, point, distance, after } = step;
  const stage = ARRIVAL_STAGES[after.stage - 1];
  if (version === undefined || !stage || !trip.leg || !isTold(step)) return;
  appendEvent(tx, {
    type: 'driver.approaching',
    aggregateId: trip.bookingId,
    version,
    data: {
      booking_id: trip.bookingId,
      driver_id: trip.driverId,
      leg: trip.leg,
      stage,
      distance_meters: Math.round(distance),
      recorded_at: point.recordedAt.toISOString(),
    },
  });
}
