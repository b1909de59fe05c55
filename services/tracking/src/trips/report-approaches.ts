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
    for (const step of steps) await advance(tx, step);
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

/** Only if the trip is still as it was judged; else the driver's next point is judged against what it has become. */
async function advance(tx: TrackingTx, { trip, point, distance, after }: Step): Promise<void> {
  const updated = await tx
    .updateTable('trip')
    .set({
      stage: after.stage,
      closestMeters: after.closestMeters,
      closestAt: after.closestAt,
      version: trip.version + 1,
      ...(after.isProgress && { progressAt: sql<Date>`now()`, stalled: null, warnedAt: null }),
    })
    .where('bookingId', '=', trip.bookingId)
    .where('version', '=', trip.version)
    .where('endedAt', 'is', null)
    .returning('version')
    .executeTakeFirst();
  const stage = ARRIVAL_STAGES[after.stage - 1];
  if (!updated || !stage || !trip.leg || after.stage <= trip.stage) return;
  appendEvent(tx, {
    type: 'driver.approaching',
    aggregateId: trip.bookingId,
    version: updated.version,
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
