import type { LatLon } from '@logi/contracts';
import { withNext } from '@logi/persistence';
import { sql } from 'kysely';
import type { Config } from '../config.ts';
import { cellsAround } from '../pricing/surge.ts';
import type { BookingTx } from '../tables.ts';

/** One driver can take one booking; the others are for those who are further away than it seemed, or decline. */
const WOKEN_SEARCHES = 3;
/** The oldest is to be answered before the next one asks: one round takes less than this. */
const APART_SECONDS = 0.3;

/**
 * A driver is free at a place: those nearby that have waited for longest look again, one soon after the other, if they
 * rest. One that waits for an answer, which may have been given a moment too early, will rest only shortly after it.
 */
export async function wakeSearches(
  tx: BookingTx,
  config: Config,
  driver: LatLon & { vehicleType: string },
): Promise<void> {
  const wake = sql`
    with oldest as (
      select booking_id, created_at from booking
      where status = 'Searching' and cell = any(${cellsAround(driver)}::text[]) and vehicle_type = ${driver.vehicleType}
        and dispatch_due_at > now()
        and not exists (select from offer where offer.booking_id = booking.booking_id and state = 'open')
      order by created_at limit ${WOKEN_SEARCHES} for update skip locked),
    line as (select booking_id, row_number() over (order by created_at) - 1 as before from oldest)
    update booking set search_radius_step = least(search_radius_step, ${config.SEARCH_RADII_METERS.length - 1}),
      dispatch_due_at = case when search_round = 0 or exists (select from search_round asked
          where asked.booking_id = booking.booking_id and asked.round = booking.search_round
            and asked.answered_at is not null)
        then least(dispatch_due_at, now() + before * make_interval(secs => ${APART_SECONDS})) else dispatch_due_at end
    from line where booking.booking_id = line.booking_id`;
  await withNext(tx, wake);
}
