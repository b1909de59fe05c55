import { randomUUID } from 'node:crypto';
import type pg from 'pg';

export type PreparedOffer = { bookingId: string; driverId: string };

/** Bookings that search, each with one open offer to a driver of its own, as dispatch would have made them. */
export async function prepareOffers(db: pg.Pool, count: number): Promise<PreparedOffer[]> {
  const batch = randomUUID();
  const offers = Array.from({ length: count }, (_, n) => ({ bookingId: randomUUID(), driverId: `${batch} ${n}` }));
  const bookingIds = offers.map((offer) => offer.bookingId);
  const driverIds = offers.map((offer) => offer.driverId);
  await db.query(
    `insert into booking.booking (booking_id, user_id, status, version, pickup_latitude, pickup_longitude,
       dropoff_latitude, dropoff_longitude, vehicle_type, price_minor, currency, cell, search_deadline, dispatch_due_at)
     select id, 'bench', 'Searching', 1, 52.52, 13.4, 52.5, 13.45, 'van', 2000, 'EUR', 'bench',
       now() + interval '1 hour', now() + interval '1 hour' from unnest($1::uuid[]) id`,
    [bookingIds],
  );
  await db.query(
    `insert into booking.driver (driver_id, open_offers, work_version) select id, 1, 1 from unnest($1::text[]) id`,
    [driverIds],
  );
  await db.query(
    `insert into booking.offer (offer_id, booking_id, driver_id, round, rank, distance_meters, created_at, expires_at)
     select gen_random_uuid(), b, d, 1, 1, 100, now(), now() + interval '1 hour' from unnest($1::uuid[], $2::text[]) o (b, d)`,
    [bookingIds, driverIds],
  );
  await db.query(
    `insert into booking.history (booking_id, version, to_status, actor_role, actor_id, at)
    select booking_id, 1, 'Searching', 'user', 'bench', now() from booking.booking where booking_id = any($1)`,
    [bookingIds],
  );
  return offers;
}

/**
 * The limit: what an acceptance must write at least, as one transaction of plain SQL on prepared statements, with no
 * HTTP, no token, no validation and one event.
 */
export async function bareAccept(db: pg.Pool, { bookingId, driverId }: PreparedOffer): Promise<void> {
  const client = await db.connect();
  try {
    await client.query('begin');
    await client.query({
      name: 'bare offer',
      text: `update booking.offer set state = 'accepted', closed_at = now()
        where booking_id = $1 and driver_id = $2 and state = 'open' and expires_at > now()`,
      values: [bookingId, driverId],
    });
    await client.query({
      name: 'bare driver',
      text: `update booking.driver set job_booking_id = $1, open_offers = 0, work_version = work_version + 1
        where driver_id = $2 and job_booking_id is null`,
      values: [bookingId, driverId],
    });
    await client.query({
      name: 'bare booking',
      text: `update booking.booking set status = 'Accepted', driver_id = $2, version = version + 1,
        search_deadline = null, dispatch_due_at = null, accepted_at = now()
        where booking_id = $1 and status = 'Searching'`,
      values: [bookingId, driverId],
    });
    await client.query({
      name: 'bare history',
      text: `insert into booking.history (booking_id, version, from_status, to_status, driver_id, actor_role, actor_id, at)
        values ($1, 2, 'Searching', 'Accepted', $2, 'driver', $2, now())`,
      values: [bookingId, driverId],
    });
    await client.query({
      name: 'bare outbox',
      text: `insert into booking.outbox (event_id, type, aggregate_id, version, ordering_key, body, published_at)
        values (gen_random_uuid(), 'booking.accepted', $1, 2, $1, $2, now())`,
      values: [bookingId, EVENT_SIZED_TEXT],
    });
    await client.query('commit');
  } finally {
    client.release();
  }
}

const EVENT_SIZED_TEXT = 'x'.repeat(700);

/** Bookings that wait for their time, some days ahead. */
export async function addScheduled(db: pg.Pool, count: number): Promise<void> {
  await db.query(
    `insert into booking.booking (booking_id, user_id, status, version, pickup_latitude, pickup_longitude,
       dropoff_latitude, dropoff_longitude, vehicle_type, price_minor, currency, cell, scheduled_at, dispatch_due_at)
     select gen_random_uuid(), 'bench', 'Scheduled', 1, 52.52, 13.4, 52.5, 13.45, 'van', 2000, 'EUR', 'bench', at, at
     from (select now() + interval '1 day' + n * interval '1 second' as at from generate_series(1, $1::int) n) due`,
    [count],
  );
}

export const PAST_DAYS = 30;

/** Trips that are over, evenly over the last days, each with its one offer. */
export async function addPast(db: pg.Pool, count: number): Promise<void> {
  await db.query(
    `with past as (
       insert into booking.booking (booking_id, user_id, driver_id, status, version, pickup_latitude, pickup_longitude,
         dropoff_latitude, dropoff_longitude, vehicle_type, price_minor, currency, cell, created_at, offered_at,
         accepted_at, collected_at, ended_at)
       select gen_random_uuid(), 'user ' || n % 50000, 'driver ' || n % 5000, 'Delivered', 8, 52.52, 13.4, 52.5, 13.45,
         case n % 3 when 0 then 'van' else 'car' end, 2000 + n % 500, 'EUR', 'bench', at, at + interval '2 s',
         at + interval '9 s', at + interval '10 min', at + interval '35 min'
       from (select n, now() - n * $2::int * interval '1 day' / $1::int as at from generate_series(1, $1::int) n) trip
       returning booking_id, driver_id, created_at)
     insert into booking.offer (offer_id, booking_id, driver_id, round, rank, distance_meters, state, created_at,
       expires_at, closed_at)
     select gen_random_uuid(), booking_id, driver_id, 1, 1, 100, 'accepted', created_at, created_at + interval '15 s',
       created_at + interval '9 s' from past`,
    [count, PAST_DAYS],
  );
  await db.query('vacuum analyze booking.booking, booking.offer');
}

/** Brings what has ended into the sums, which the service would do in a minute or so. */
export async function countPast(db: pg.Pool): Promise<void> {
  for (let left = true; left; ) {
    await db.query('select booking.count_ended(null)'); // does nothing while the service is at it
    const { rows } = await db.query('select from booking.ended_uncounted limit 1');
    left = rows.length > 0;
  }
  await db.query(
    'vacuum analyze booking.ended_uncounted, booking.ended_hour, booking.ended_reason, booking.driver_day',
  );
}

/** One tick of the dispatcher when nothing is due: its time on the server, in milliseconds, and whether by the index. */
export async function idleTick(db: pg.Pool): Promise<{ milliseconds: number; byIndex: boolean }> {
  const { rows } = await db.query<{ 'QUERY PLAN': [{ 'Execution Time': number; Plan: unknown }] }>(
    `explain (analyze, format json) select * from booking.booking where dispatch_due_at <= now()
     order by dispatch_due_at limit 1 for update skip locked`,
  );
  const [plan] = rows[0]?.['QUERY PLAN'] ?? [];
  if (!plan) throw new Error('no plan');
  return { milliseconds: plan['Execution Time'], byIndex: JSON.stringify(plan.Plan).includes('booking_dispatch_due') };
}
