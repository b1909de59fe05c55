import { DomainError } from '@logi/contracts';
import type { Config } from '../config.ts';
import type { BookingRow, BookingTx } from '../tables.ts';

/** Who is not to be asked about a booking. */
export type Exclusions = {
  /** For good: they said no, gave it back, have missed it too often, or an operator does not want them. */
  forGood: string[];
  /** They let an offer expire, and are asked again once nobody else is left. */
  untilNobodyIsLeft: string[];
};

/** Somebody who had an offer of the booking, or whom an operator took off it; there can be both. */
export type Asked = { driverId: string; isForGood: boolean };

export const NOBODY_EXCLUDED: Exclusions = { forGood: [], untilNobodyIsLeft: [] };

export function exclusionsFrom(asked: readonly Asked[]): Exclusions {
  const out = new Set(asked.flatMap(({ driverId, isForGood }) => (isForGood ? [driverId] : [])));
  const missed = asked.flatMap(({ driverId }) => (out.has(driverId) ? [] : [driverId]));
  return { forGood: [...out], untilNobodyIsLeft: missed };
}

/** The widest radius has been asked, and nobody of it was free. */
export function isNobodyLeft(config: Config, booking: Pick<BookingRow, 'searchRadiusStep'>): boolean {
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
