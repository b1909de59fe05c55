import { BOOKING_STATUSES, type BookingStatus, isTerminal } from '@logi/contracts';
import type { Database } from '@logi/persistence';
import { type RawBuilder, sql } from 'kysely';
import type { Tables } from '../tables.ts';

/*
 * To look at each booking of a month takes seconds. So those that have ended stand in sums, by the hour or the day in which they
 * were made (migrations/0024_statistics.sql), and what is asked for is put together of three parts that never overlap:
 *
 *   from ─ edge ─┬────────── whole hours ──────────┬─ edge ─ to
 *     each booking   sums of those that ended and      each booking
 *                    were counted; each that is active,
 *                    or ended and is not counted yet
 *
 * A booking goes from the second kind to the first in one transaction, so a statement sees it in one of them, and the figures
 * are those of a scan, to the last digit.
 */

export type Range = { from: Date; to: Date };
type Spans = Range & { wholeFrom: Date; wholeTo: Date };

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

function spansOf({ from, to }: Range, unitMs: number): Spans {
  const wholeFrom = new Date(Math.ceil(from.getTime() / unitMs) * unitMs);
  const wholeTo = new Date(Math.floor(to.getTime() / unitMs) * unitMs);
  // Within one unit nothing is whole, and all is edge.
  return wholeFrom < wholeTo ? { from, wholeFrom, wholeTo, to } : { from, wholeFrom: to, wholeTo: to, to };
}

// In the text, not as values: the planner shall know how few these are, whatever the values of the others.
const listed = (statuses: readonly BookingStatus[]) => sql.join(statuses.map((status) => sql.lit(status)));
const ACTIVE = BOOKING_STATUSES.filter((status) => !isTerminal(status));
const ENDED = BOOKING_STATUSES.filter((status) => isTerminal(status));
/** Nobody is asked about a scheduled one. */
const SEARCHED = ACTIVE.filter((status) => status !== 'Scheduled');

/** Of the bookings in these statuses, each that no sum of the range stands for. `offset 0`: by the key, however many are expected. */
function eachBooking(
  columns: RawBuilder<unknown>,
  spans: Spans,
  statuses: readonly BookingStatus[],
): RawBuilder<unknown> {
  const { from, wholeFrom, wholeTo, to } = spans;
  const inWhole = sql`created_at >= ${wholeFrom} and created_at < ${wholeTo}`;
  const uncounted = sql`
    select ${columns} from ended_uncounted cross join lateral (
      select * from booking where booking.booking_id = ended_uncounted.booking_id offset 0) booking
    where ${inWhole} and status in (${listed(statuses)})`;
  const active = statuses.filter((status) => ACTIVE.includes(status));
  return sql`
    select ${columns} from booking
    where created_at >= ${from} and created_at < ${wholeFrom} and status in (${listed(statuses)})
    union all
    select ${columns} from booking
    where created_at >= ${wholeTo} and created_at < ${to} and status in (${listed(statuses)})
    union all ${uncounted}
    ${active.length === 0 ? sql`` : sql`union all select ${columns} from booking where status in (${listed(active)}) and ${inWhole}`}`;
}

export type Group = {
  vehicleType: string | null;
  hour: Date | null;
  currency: string | null;
  status: BookingStatus | null;
  bookings: number;
  offered: number;
  accepted: number;
  collected: number;
  tripsCompleted: number;
  cancelled: number;
  noDriverFound: number;
  averageTripSeconds: number | null;
  averageSearchSeconds: number | null;
  completedMinor: number;
};

const BOOKING_SUMS = sql`date_trunc('hour', created_at, 'UTC') as hour, vehicle_type, currency, status, 1 as bookings,
  (offered_at is not null)::integer as offered, (accepted_at is not null)::integer as accepted,
  (collected_at is not null)::integer as collected,
  (ended_at - collected_at is not null)::integer as trips_timed, milliseconds(collected_at, ended_at) as trip_ms,
  (accepted_at is not null and scheduled_at is null)::integer as searches_timed,
  case when scheduled_at is null then milliseconds(created_at, accepted_at) end as search_ms, price_minor`;

/** As `avg` makes it of seconds with six decimals. */
const mean = (ms: RawBuilder<unknown>, count: RawBuilder<unknown>) =>
  sql`(round(${ms} / 1000, 6) / nullif(${count}, 0))::float8`;

/**
 * The whole, and by vehicle type, hour, both, status, and currency: what a group is not of is null in it. A trip lasts from the
 * collection of the goods to their delivery, a search from the booking to the acceptance; one for a later pickup begins at a
 * time of its own, and is no measure of how long people wait.
 */
export async function countByGroup(db: Database<Tables>, range: Range): Promise<Group[]> {
  const spans = spansOf(range, HOUR_MS);
  const delivered = sql`filter (where status = 'Delivered')`;
  const { rows } = await sql<Group>`
    with each as (
      ${eachBooking(BOOKING_SUMS, spans, BOOKING_STATUSES)}
      union all
      select hour, vehicle_type, currency, status, bookings, offered, accepted, collected, trips_timed, trip_ms,
        searches_timed, search_ms, price_minor
      from ended_hour where hour >= ${spans.wholeFrom} and hour < ${spans.wholeTo}
    )
    select vehicle_type, hour, currency, status, coalesce(sum(bookings), 0) as bookings,
      coalesce(sum(offered), 0) as offered, coalesce(sum(accepted), 0) as accepted,
      coalesce(sum(collected), 0) as collected,
      coalesce(sum(bookings) ${delivered}, 0) as trips_completed,
      coalesce(sum(bookings) filter (where status = 'Cancelled'), 0) as cancelled,
      coalesce(sum(bookings) filter (where status = 'No Driver Found'), 0) as no_driver_found,
      ${mean(sql`sum(trip_ms) ${delivered}`, sql`sum(trips_timed) ${delivered}`)} as average_trip_seconds,
      ${mean(sql`sum(search_ms)`, sql`sum(searches_timed)`)} as average_search_seconds,
      coalesce(sum(price_minor) ${delivered}, 0)::bigint as completed_minor
    from each
    group by grouping sets ((), (vehicle_type), (hour), (hour, vehicle_type), (status),
      (currency), (currency, vehicle_type), (currency, hour))
    order by hour, vehicle_type, currency, status`.execute(db);
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
export async function countByDriver(db: Database<Tables>, range: Range, max: number): Promise<DriverCounts[]> {
  const spans = spansOf(range, DAY_MS);
  const { from, wholeFrom, wholeTo, to } = spans;
  const trip = sql`driver_id, 1 as trips, (ended_at - collected_at is not null)::integer as trips_timed,
    milliseconds(collected_at, ended_at) as trip_ms,
    0 as offers, 0 as accepted, 0 as declined, 0 as expired, 0 as given_back`;
  const answer = sql`driver_id, 0, 0, null::bigint, 1, (state in ('accepted', 'abandoned'))::integer,
    (state = 'declined')::integer, (state = 'expired')::integer, (state = 'abandoned')::integer`;
  const { rows } = await sql<DriverCounts>`
    with each as (
      ${eachBooking(trip, spans, ['Delivered'])}
      union all
      select ${answer} from offer where created_at >= ${from} and created_at < ${wholeFrom}
      union all
      select ${answer} from offer where created_at >= ${wholeTo} and created_at < ${to}
      union all
      select ${answer}
      from (select booking_id from booking where status in (${listed(SEARCHED)})
        union all select booking_id from ended_uncounted) uncounted
      cross join lateral (select * from offer where offer.booking_id = uncounted.booking_id offset 0) offer
      where created_at >= ${wholeFrom} and created_at < ${wholeTo}
      union all
      select driver_id, trips, trips_timed, trip_ms, offers, accepted, declined, expired, given_back
      from driver_day where day >= ${wholeFrom} and day < ${wholeTo}
    )
    select driver_id, sum(trips) as trips_completed,
      ${mean(sql`sum(trip_ms)`, sql`sum(trips_timed)`)} as average_trip_seconds,
      sum(offers) as offers, sum(accepted) as accepted, sum(declined) as declined, sum(expired) as expired,
      sum(given_back) as given_back
    from each group by driver_id
    order by trips_completed desc, driver_id limit ${max}`.execute(db);
  return rows;
}

/** Why bookings ended without a trip. Reasons that are nobody's code are counted together. */
export async function countReasons(db: Database<Tables>, range: Range) {
  const spans = spansOf(range, HOUR_MS);
  const reason = sql`status, counted_reason(status, end_reason) as reason, 1 as bookings`;
  const { rows } = await sql<{ status: string; reason: string; bookings: number }>`
    select status, reason, sum(bookings) as bookings
    from (
      ${eachBooking(
        reason,
        spans,
        ENDED.filter((status) => status !== 'Delivered'),
      )}
      union all
      select status, reason, bookings from ended_reason where hour >= ${spans.wholeFrom} and hour < ${spans.wholeTo}
    ) each
    group by 1, 2 order by 3 desc, 1, 2`.execute(db);
  return rows;
}

const COUNTED_AT_ONCE = 5_000;

/** Adds what has ended to the sums. */
export async function countEnded(db: Database<Tables>, stopping: AbortSignal): Promise<void> {
  let counted = COUNTED_AT_ONCE;
  while (counted === COUNTED_AT_ONCE && !stopping.aborted) {
    const { rows } = await sql<{ counted: number }>`select count_ended(${COUNTED_AT_ONCE}) as counted`.execute(db);
    counted = rows[0]?.counted ?? 0;
  }
}
