import { type EventOf, fromGeoPoint } from '@logi/contracts';
import { compiledOnce } from '@logi/persistence';
import { type Insertable, sql } from 'kysely';
import { relabelDriver } from '../drivers/driver-label.ts';
import type { Tables, TrackingTx } from '../tables.ts';
import { legIn } from '../trips/leg.ts';

/** Booking took or freed a driver: the label follows, and a trip begins or ends at the time booking says it did. */
export async function driverWorkChanged(tx: TrackingTx, event: EventOf<'driver.work_changed'>): Promise<void> {
  const { data } = event;
  const { driver_id: driverId, work, booking_id: bookingId, user_id: userId } = data;
  const at = new Date(event.occurred_at);
  const isOnJob = work === 'On Job';
  const { before, after } = await relabelDriver(tx, driverId, {
    work,
    bookingId: isOnJob ? bookingId : null,
    userId: isOnJob ? userId : null,
    jobSince: isOnJob ? at : null,
  });
  // An event that was overtaken never comes: whatever trip it would have ended ends here.
  if (before.bookingId !== null) await endTrip.withNext(tx, { driverId, at });
  if (!isOnJob || bookingId === null || userId === null) return;
  const [pickup, dropoff] = [data.pickup_location, data.dropoff_location].map((place) => place && fromGeoPoint(place));
  await beginTrip.withNext(tx, {
    bookingId,
    driverId,
    userId,
    vehicleType: after.vehicleType,
    startedAt: at,
    endedAt: null,
    pickupLatitude: pickup?.latitude ?? null,
    pickupLongitude: pickup?.longitude ?? null,
    dropoffLatitude: dropoff?.latitude ?? null,
    dropoffLongitude: dropoff?.longitude ?? null,
    leg: legIn(data.booking_status ?? 'Accepted'), // handed over, with the goods on board: to the drop-off
    closestMeters: null,
    closestAt: null,
    stalled: null,
  });
}

const endTrip = compiledOnce<Tables, { driverId: string; at: Date }, unknown>((tx, { driverId, at }) =>
  tx.updateTable('trip').set({ endedAt: at }).where('driverId', '=', driverId).where('endedAt', 'is', null),
);

const beginTrip = compiledOnce<Tables, Insertable<Tables['trip']>, unknown>((tx, trip) =>
  tx.insertInto('trip').values({
    ...trip,
    version: sql`(select coalesce(max(version), 0) + 1 from trip where booking_id = ${trip.bookingId})`,
  }),
);
