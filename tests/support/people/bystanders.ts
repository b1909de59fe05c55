import type { Rows } from '../database.ts';
import type { System } from '../services/system.ts';
import { acceptOffered, advance, book, goOnDuty, place } from './people.ts';

/** A user and a driver with a booking under way, one that waits for its time, and one that is over. */
export async function liveThrough(
  system: System,
  { user, driver, at }: { user: string; driver: string; at: number },
): Promise<string[]> {
  await goOnDuty(system, driver, { at: place(at) });
  const done = await book(system, user, { at: place(at) });
  await acceptOffered(system, driver, done.booking_id);
  await advance(system, driver, done.booking_id, [
    'En Route to Pickup',
    'Arrived at Pickup',
    'In Transit',
    'Arrived at Drop-off',
    'Delivered',
  ]);
  const underWay = await book(system, user, { at: place(at) });
  await acceptOffered(system, driver, underWay.booking_id);
  await advance(system, driver, underWay.booking_id, ['En Route to Pickup', 'Arrived at Pickup', 'In Transit']);
  const scheduled = await book(system, user, { at: place(at), scheduledAt: new Date(Date.now() + 86_400_000) });
  return [done, underWay, scheduled].map(({ booking_id }) => booking_id);
}

/** All that is vic's and val's, who do nothing while others attack, and that time does not change. */
export async function belongings(sql: Rows): Promise<unknown> {
  return {
    bookings: await sql(`select * from booking.booking where user_id = 'vic' order by booking_id`),
    history: await sql(
      `select history.* from booking.history join booking.booking using (booking_id) where user_id = 'vic'
       order by booking_id, version`,
    ),
    offers: await sql(`select * from booking.offer where driver_id = 'val' order by offer_id`),
    excluded: await sql(`select * from booking.excluded_driver where driver_id = 'val'`),
    quotes: await sql(`select * from booking.quote where owner_id in ('vic', 'val')`),
    keys: await sql(`select * from booking.idempotency_key where user_id in ('vic', 'val')`),
    blocks: await sql(`select * from booking.block`),
    rates: await sql(`select * from booking.vehicle_type order by vehicle_type`),
    duty: await sql(`select driver_id, duty, vehicle_type, booking_id from tracking.driver where driver_id = 'val'`),
    points: await sql(`select * from tracking.position where driver_id = 'val' order by recorded_at, received_at`),
    trips:
      await sql(`select booking_id, driver_id, user_id, started_at, ended_at from tracking.trip where user_id = 'vic'
      order by started_at`),
    acts: await sql(`select * from booking.audit where act <> 'map.read'`), // an admin may look, which is put on record
  };
}
