import type { Database } from '@logi/persistence';
import { sql } from 'kysely';
import type { Tables } from '../tables.ts';

type Range = { from: Date; to: Date };

export type GroupCounts = {
  vehicleType: string | null;
  hour: Date | null;
  bookings: number;
  offered: number;
  accepted: number;
  collected: number;
  tripsCompleted: number;
  cancelled: number;
  noDriverFound: number;
  averageTripSeconds: number | null;
  averageSearchSeconds: number | null;
};

/**
 * The whole, each vehicle type and each hour, in one pass over the bookings made in the range. A trip lasts from the
 * collection of the goods to their delivery, a search from the booking to the acceptance; one for a later pickup begins at
 * a time of its own, and is no measure of how long people wait.
 */
export async function countByGroup(db: Database<Tables>, { from, to }: Range): Promise<GroupCounts[]> {
  const { rows } = await sql<GroupCounts>`
    select vehicle_type, date_trunc('hour', created_at, 'UTC') as hour,
      count(*) as bookings, count(offered_at) as offered, count(accepted_at) as accepted,
      count(collected_at) as collected,
      count(*) filter (where status = 'Delivered') as trips_completed,
      count(*) filter (where status = 'Cancelled') as cancelled,
      count(*) filter (where status = 'No Driver Found') as no_driver_found,
      (avg(extract(epoch from ended_at - collected_at)) filter (where status = 'Delivered'))::float8
        as average_trip_seconds,
      (avg(extract(epoch from accepted_at - created_at)) filter (where scheduled_at is null))::float8
        as average_search_seconds
    from booking where created_at >= ${from} and created_at < ${to}
    group by grouping sets ((), (vehicle_type), (date_trunc('hour', created_at, 'UTC')))
    order by hour, vehicle_type`.execute(db);
  return rows;
}

export type GroupValue = { vehicleType: string | null; hour: Date | null; currency: string; completedMinor: number };

/** What the completed trips of the same groups were worth, each currency by itself. */
export async function valueByGroup(db: Database<Tables>, { from, to }: Range): Promise<GroupValue[]> {
  const { rows } = await sql<GroupValue>`
    select vehicle_type, date_trunc('hour', created_at, 'UTC') as hour, currency,
      sum(price_minor)::bigint as completed_minor
    from booking where created_at >= ${from} and created_at < ${to} and status = 'Delivered'
    group by currency, grouping sets ((), (vehicle_type), (date_trunc('hour', created_at, 'UTC')))
    order by currency`.execute(db);
  return rows;
}

export type DriverCounts = {
  driverId: string;
  tripsCompleted: number;
  averageTripSeconds: number | null;
  offers: number;
  accepted: number;
  declined: number;
  expired: number;
  givenBack: number;
};

/** The drivers with the most completed trips, and how they answered the offers made in the range. */
export async function countByDriver(db: Database<Tables>, { from, to }: Range, max: number): Promise<DriverCounts[]> {
  const { rows } = await sql<DriverCounts>`
    with trips as (
      select driver_id, count(*) as trips_completed,
        avg(extract(epoch from ended_at - collected_at))::float8 as average_trip_seconds
      from booking
      where created_at >= ${from} and created_at < ${to} and status = 'Delivered'
      group by driver_id
    ), answers as (
      select driver_id, count(*) as offers,
        count(*) filter (where state in ('accepted', 'abandoned')) as accepted,
        count(*) filter (where state = 'declined') as declined,
        count(*) filter (where state = 'expired') as expired,
        count(*) filter (where state = 'abandoned') as given_back
      from offer where created_at >= ${from} and created_at < ${to}
      group by driver_id
    )
    select driver_id, coalesce(trips_completed, 0) as trips_completed, average_trip_seconds,
      coalesce(offers, 0) as offers, coalesce(accepted, 0) as accepted, coalesce(declined, 0) as declined,
      coalesce(expired, 0) as expired, coalesce(given_back, 0) as given_back
    from trips full join answers using (driver_id)
    order by trips_completed desc, driver_id limit ${max}`.execute(db);
  return rows;
}

/** Why bookings ended without a trip. Reasons that are nobody's code are counted together. */
export async function countReasons(db: Database<Tables>, { from, to }: Range) {
  const { rows } = await sql<{ status: string; reason: string; bookings: number }>`
    select status, case
        when status = 'No Driver Found' then coalesce(end_reason, 'none')
        when end_reason is null then 'none'
        when exists (select from cancellation_reason where reason = end_reason) then end_reason
        else 'other' end as reason, count(*) as bookings
    from booking
    where created_at >= ${from} and created_at < ${to} and status in ('Cancelled', 'No Driver Found', 'Returned')
    group by 1, 2 order by 3 desc, 1, 2`.execute(db);
  return rows;
}
