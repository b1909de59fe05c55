import { ASSIGNED_STATUSES } from '@logi/contracts';

/** What must hold in every committed state, whatever happened before. Each query finds those for whom it does not. */
const INVARIANTS = {
  'no driver has two active bookings': `
    select driver_id from booking.booking where status = any($1) group by driver_id having count(*) > 1`,
  'a driver is on a job exactly while a booking has the driver': `
    select booking_id, d.driver_id from (select * from booking.booking where status = any($1)) b
    full join (select * from booking.driver where job_booking_id is not null) d
      on d.driver_id = b.driver_id and d.job_booking_id = b.booking_id
    where b.booking_id is null or d.driver_id is null`,
  'a driver is reserved by as many offers as are open': `
    select driver_id from booking.driver d
    where open_offers <> (select count(*) from booking.offer o where o.driver_id = d.driver_id and o.state = 'open')`,
  'only a booking that searches has open offers': `
    select booking_id from booking.booking b where status <> 'Searching'
      and exists (select from booking.offer o where o.booking_id = b.booking_id and o.state = 'open')`,
  'the history replays to the row': `
    select booking_id from booking.booking b where exists (
      select from booking.history h where h.booking_id = b.booking_id and h.version > b.version) or not exists (
      select from booking.history h
      where h.booking_id = b.booking_id and h.version = b.version and h.to_status = b.status)`,
  'every change in the history begins where the one before ended': `
    select booking_id from (
      select booking_id, version, from_status, lag(to_status) over line as before, lag(version) over line as previous
      from booking.history window line as (partition by booking_id order by version)) h
    where from_status is distinct from before or (previous is not null and version <> previous + 1)`,
  'every change has exactly one event': `
    select booking_id from booking.history h where 1 <> (
      select count(*) from booking.outbox o
      where o.aggregate_id = h.booking_id::text and o.version = h.version and o.type like 'booking.%')`,
};

/** SQL as a superuser. */
type Rows = (text: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;

/** The invariants that do not hold, each with those for whom. */
export async function brokenInvariants(sql: Rows): Promise<{ invariant: string; broken: Record<string, unknown>[] }[]> {
  const found = [];
  for (const [invariant, query] of Object.entries(INVARIANTS)) {
    const broken = await sql(query, query.includes('$1') ? [ASSIGNED_STATUSES] : []);
    if (broken.length > 0) found.push({ invariant, broken });
  }
  return found;
}
