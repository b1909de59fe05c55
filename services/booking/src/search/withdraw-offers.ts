import { lockBooking } from '../bookings/booking-store.ts';
import type { Config } from '../config.ts';
import { type Context, commit } from '../context.ts';
import type { BookingTx } from '../tables.ts';
import { closeOffers } from './offers.ts';
import { continueSearch } from './search.ts';

/** Takes one offer back from a driver who can no longer accept it; the search of that booking goes on. */
export async function withdrawOffer(
  tx: BookingTx,
  config: Config,
  { bookingId, driverId }: { bookingId: string; driverId: string },
): Promise<void> {
  const booking = await lockBooking(tx, bookingId);
  const closed = await closeOffers(tx, booking, { as: 'withdrawn', driverId });
  if (closed > 0) await continueSearch(tx, config, booking);
}

/** The bookings that a driver is being asked about. */
export async function openOffersOf(db: Pick<BookingTx, 'selectFrom'>, driverId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('offer')
    .select('bookingId')
    .where('driverId', '=', driverId)
    .where('state', '=', 'open')
    .execute();
  return rows.map((row) => row.bookingId);
}

/**
 * Takes back what a driver with a job is still being asked about. Each booking in a transaction of its own: one that held
 * two bookings could deadlock. What this misses expires by itself.
 */
export async function withdrawOffers(ctx: Context, driverId: string): Promise<void> {
  for (const bookingId of await openOffersOf(ctx.db, driverId)) {
    await commit(ctx, (tx) => withdrawOffer(tx, ctx.config, { bookingId, driverId }));
  }
}
