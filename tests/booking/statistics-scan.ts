import { BOOKING_STATUSES, isTerminal } from '@logi/contracts';
import { createRandom, type Random } from '../../tools/testing/random.ts';
import type { Rows } from '../support/database.ts';

/* Bookings of all fates, straight into the tables, and what a scan of the tables makes of them: what the statistics have to say. */

const MINUTE_MS = 60_000;
const DRIVERS = 12;
const TYPES = ['bike', 'car', 'van', 'truck'];
const REASONS = [null, 'changed_plans', 'unsafe', 'Ana has moved', 'no_driver_nearby', 'other'];
const CLOSED = ['declined', 'expired', 'withdrawn', 'abandoned'];
const WITHOUT_DRIVER = ['Scheduled', 'Searching', 'No Driver Found'];

/** So many bookings made from then on, over so many days, each with up to three offers. */
export async function addBookings(
  sql: Rows,
  { seed, count, first, days }: { seed: string; count: number; first: Date; days: number },
) {
  const random = createRandom(seed);
  const after = (at: number, mostMinutes: number) => at + Math.floor(random.next() * mostMinutes * MINUTE_MS);
  const maybe = (value: number) => (random.chance(0.8) ? new Date(value) : null);
  const rows = Array.from({ length: count }, (_, n) => {
    // Many at the full hour to the millisecond, where ranges begin and end.
    const any = first.getTime() + random.next() * days * 1_440 * MINUTE_MS;
    const createdAt = random.chance(0.1) ? Math.floor(any / 3_600_000) * 3_600_000 : Math.floor(any);
    const status = random.pick(BOOKING_STATUSES);
    const acceptedAt = after(createdAt, 5);
    const collectedAt = after(acceptedAt, 60);
    const driverId = isTerminal(status) ? `driver ${Math.floor(random.next() * DRIVERS)}` : `driver of ${seed} ${n}`;
    return {
      ...{ status, vehicle_type: random.pick(TYPES), currency: random.pick(['EUR', 'JPY']) },
      driver_id: WITHOUT_DRIVER.includes(status) ? null : driverId,
      price_minor: Math.floor(random.next() * 100_000),
      created_at: new Date(createdAt),
      scheduled_at: random.chance(0.2) ? new Date('2100-01-01') : null,
      ...{ offered_at: maybe(acceptedAt), accepted_at: maybe(acceptedAt), collected_at: maybe(collectedAt) },
      ended_at: isTerminal(status) ? maybe(after(collectedAt, 120)) : null,
      end_reason: isTerminal(status) ? random.pick(REASONS) : null,
      offers: status === 'Scheduled' ? [] : offersOf(random, createdAt),
    };
  });
  await sql(
    `with row as materialized (
       select gen_random_uuid() as id, * from jsonb_to_recordset($1) as row (status text, vehicle_type text, currency text,
         driver_id text, price_minor integer, created_at timestamptz, scheduled_at timestamptz, offered_at timestamptz,
         accepted_at timestamptz, collected_at timestamptz, ended_at timestamptz, end_reason text, offers jsonb)
     ), booked as (
       insert into booking.booking (booking_id, user_id, status, version, pickup_latitude, pickup_longitude, dropoff_latitude,
         dropoff_longitude, cell, search_deadline, dispatch_due_at, vehicle_type, currency, driver_id, price_minor, created_at,
         scheduled_at, offered_at, accepted_at, collected_at, ended_at, end_reason)
       select id, 'many', status, 1, 1, 1, 1, 1, 'none', '2100-01-01', case when status = 'Searching' then timestamptz '2100-01-01' end,
         vehicle_type, currency, driver_id, price_minor, created_at, scheduled_at, offered_at, accepted_at, collected_at,
         ended_at, end_reason from row
       returning booking_id)
     insert into booking.offer (offer_id, booking_id, driver_id, round, rank, distance_meters, state, created_at, expires_at)
     select gen_random_uuid(), id, offer.driver_id, round, 1, 1, state, offer.created_at, offer.created_at
     from row join booked on booking_id = id,
       jsonb_to_recordset(offers) as offer (driver_id text, round integer, state text, created_at timestamptz)`,
    [JSON.stringify(rows)],
  );
}

function offersOf(random: Random, createdAt: number) {
  const states = [...CLOSED, ...CLOSED, 'accepted'];
  return Array.from({ length: Math.floor(random.next() * 4) }, (_, round) => ({
    round,
    driver_id: `driver ${Math.floor(random.next() * DRIVERS)}`,
    state: states.splice(Math.floor(random.next() * states.length), 1)[0],
    created_at: new Date(createdAt + Math.floor(random.next() * 200 * MINUTE_MS)),
  }));
}

const COUNTS = `count(*)::int as bookings, count(offered_at)::int as offered, count(accepted_at)::int as accepted,
  count(collected_at)::int as collected, (count(*) filter (where status = 'Delivered'))::int as trips_completed,
  (count(*) filter (where status = 'Cancelled'))::int as cancelled,
  (count(*) filter (where status = 'No Driver Found'))::int as no_driver_found,
  (avg(extract(epoch from ended_at - collected_at)) filter (where status = 'Delivered'))::float8 as average_trip_seconds,
  (avg(extract(epoch from accepted_at - created_at)) filter (where scheduled_at is null))::float8 as average_search_seconds`;
const MADE = 'created_at >= $1 and created_at < $2';
const HOUR = `to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24":00:00.000Z"')`;

/** The same figures, from each row. */
export async function scan(sql: Rows, from: string, to: string) {
  const ask = (text: string) => sql(text, [from, to]);
  const counted = (columns: string, groups: string) =>
    ask(
      `with counted as (select ${columns} ${COUNTS} from booking.booking where ${MADE} ${groups}) select * from counted`,
    );
  const values = await ask(`
    select vehicle_type, hour, currency, minor from (
      select vehicle_type, ${HOUR} as hour, currency, sum(price_minor)::float8 as minor
      from booking.booking where ${MADE} and status = 'Delivered'
      group by currency, grouping sets ((), (vehicle_type), (${HOUR}))) sums order by currency`);
  const withValue = (row: Record<string, unknown>) => {
    const { vehicle_type = null, hour = null } = row;
    const completed_values = values.flatMap((value) =>
      value['vehicle_type'] === vehicle_type && value['hour'] === hour
        ? { currency: value['currency'], amount: Number(value['minor']) / (value['currency'] === 'JPY' ? 1 : 100) }
        : [],
    );
    return {
      ...row,
      completed_value: completed_values.length > 1 ? null : (completed_values[0]?.amount ?? 0),
      completed_values,
    };
  };
  const [total] = (await counted('', '')).map(withValue);
  const reasons = await ask(`
    select status, case
        when status = 'No Driver Found' then coalesce(end_reason, 'none')
        when end_reason is null then 'none'
        when exists (select from booking.cancellation_reason where reason = end_reason) then end_reason
        else 'other' end as reason, count(*)::int as bookings
    from booking.booking where ${MADE} and status in ('Cancelled', 'No Driver Found', 'Returned')
    group by 1, 2 order by 3 desc, 1, 2`);
  return {
    funnel: { ...total, reasons },
    by_vehicle_type: (await counted('vehicle_type,', 'group by vehicle_type order by vehicle_type')).map(withValue),
    by_hour: (await counted(`${HOUR} as hour,`, `group by ${HOUR} order by 1`)).map(withValue),
    by_status: await ask(
      `select status, count(*)::int as bookings from booking.booking where ${MADE} group by 1 order by 1`,
    ),
    by_both: await ask(`
      select vehicle_type, hour, bookings, trips_completed, average_trip_seconds, average_search_seconds
      from (select vehicle_type, ${HOUR} as hour, ${COUNTS} from booking.booking where ${MADE} group by 1, 2) counted order by 2, 1`),
    drivers: await ask(`
      with trips as (
        select driver_id, count(*)::int as trips_completed,
          avg(extract(epoch from ended_at - collected_at))::float8 as average_trip_seconds
        from booking.booking where ${MADE} and status = 'Delivered' group by driver_id
      ), answers as (
        select driver_id, count(*)::int as offers,
          (count(*) filter (where state in ('accepted', 'abandoned')))::int as accepted,
          (count(*) filter (where state = 'declined'))::int as declined,
          (count(*) filter (where state = 'expired'))::int as expired,
          (count(*) filter (where state = 'abandoned'))::int as given_back
        from booking.offer where ${MADE} group by driver_id
      )
      select driver_id, coalesce(trips_completed, 0) as trips_completed, average_trip_seconds, coalesce(offers, 0) as offers,
        coalesce(accepted, 0) as accepted, coalesce(declined, 0) as declined, coalesce(expired, 0) as expired,
        coalesce(given_back, 0) as given_back
      from trips full join answers using (driver_id) order by trips_completed desc, driver_id limit 100`),
  };
}
