import { appendEvent } from '@logi/events';
import { sql } from 'kysely';
import type { DriverRow, TrackingTx } from '../tables.ts';

/** The user of the booking at hand is told when its driver goes Dark, and when they are back. Stale comes and goes. */
export async function tellSignal(tx: TrackingTx, before: DriverRow, after: DriverRow): Promise<void> {
  const { driverId, bookingId, userId, signal } = after;
  if ((before.signal === 'Dark') === (signal === 'Dark') || bookingId === null || userId === null) return;
  const { rows } = await sql<{ version: number; heardAt: Date | null }>`
    update trip set version = trip.version + 1 from driver
      left join driver_latest latest using (driver_id) left join driver_heard heard using (driver_id)
    where trip.booking_id = ${bookingId} and trip.driver_id = ${driverId} and trip.ended_at is null
      and driver.driver_id = trip.driver_id
    returning trip.version, greatest(latest.heard_at, heard.heard_at, driver.status_call_at) as heard_at`.execute(tx);
  const [trip] = rows;
  if (!trip) return;
  const { version, heardAt } = trip;
  appendEvent(tx, {
    type: 'driver.signal_changed',
    aggregateId: bookingId,
    version,
    data: {
      booking_id: bookingId,
      driver_id: driverId,
      user_id: userId,
      signal,
      heard_at: heardAt?.toISOString() ?? null,
    },
  });
}
