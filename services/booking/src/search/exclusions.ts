import { DomainError } from '@logi/contracts';
import { sql } from 'kysely';
import type { Config } from '../config.ts';
import type { BookingRow, BookingTx } from '../tables.ts';

/** Who is not to be asked about a booking. */
export type Exclusions = {
  /** For good: they said no, gave it back, have missed it too often, or an operator does not want them. */
  forGood: string[];
  /** They let an offer expire, and are asked again once nobody else is left. */
  untilNobodyIsLeft: string[];
};

export async function exclusionsOf(tx: BookingTx, config: Config, { bookingId }: BookingRow): Promise<Exclusions> {
  const { rows } = await sql<{ driverId: string; isForGood: boolean }>`
    select driver_id, bool_or(state in ('declined', 'accepted', 'abandoned'))
        or count(*) filter (where state = 'expired') > ${config.MISSED_OFFER_REPEATS} as is_for_good
      from offer where booking_id = ${bookingId} and state in ('declined', 'expired', 'accepted', 'abandoned')
      group by driver_id
    union all
    select driver_id, true from excluded_driver where booking_id = ${bookingId}`.execute(tx);
  const out = new Set(rows.flatMap(({ driverId, isForGood }) => (isForGood ? [driverId] : [])));
  const missed = rows.flatMap(({ driverId }) => (out.has(driverId) ? [] : [driverId]));
  return { forGood: [...out], untilNobodyIsLeft: missed };
}

/** The widest radius has been asked, and nobody of it was free. */
export function isNobodyLeft(config: Config, booking: BookingRow): boolean {
  return booking.searchRadiusStep >= config.SEARCH_RADII_METERS.length;
}

/** An operator does not want this driver on this booking. */
export async function isExcluded(tx: BookingTx, { bookingId }: BookingRow, driverId: string): Promise<boolean> {
  const row = await tx
    .selectFrom('excludedDriver')
    .select('driverId')
    .where('bookingId', '=', bookingId)
    .where('driverId', '=', driverId)
    .executeTakeFirst();
  return row !== undefined;
}

export async function assertNotExcluded(tx: BookingTx, booking: BookingRow, driverId: string): Promise<void> {
  if (await isExcluded(tx, booking, driverId)) throw new DomainError('driver_excluded');
}
