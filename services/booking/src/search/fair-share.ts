import { sql } from 'kysely';
import { lockUser } from '../bookings/caps.ts';
import type { Config } from '../config.ts';
import { cellsAround } from '../pricing/surge.ts';
import type { BookingRow, BookingTx } from '../tables.ts';

/** What is known of the place where a booking searches. */
export type Surroundings = {
  /** Drivers who are free there. */
  free: number;
  /** People who search there, this one among them. */
  people: number;
};

/**
 * How many drivers this round may reserve.
 *
 * Every search reserves a driver who then is asked by nobody else until they have answered. Somebody with twenty bookings
 * would so hold twenty drivers, and where there are not many more, the neighbours wait. So drivers are scarce for a user
 * where fewer are free than would leave one for each other person, and as many again as the user's own bookings want; then
 * all bookings of that user have MAX_RESERVED_WHILE_SCARCE drivers between them, and those that get none wait.
 */
export async function reservableBy(
  tx: BookingTx,
  config: Config,
  { booking, free, people }: Surroundings & { booking: BookingRow },
): Promise<number> {
  await lockUser(tx, booking.userId);
  const own = await searchesThere(tx, booking);
  const others = own.filter(({ bookingId }) => bookingId !== booking.bookingId);
  const isScarce = free < others.length + 1 + people;
  if (!isScarce) return config.OFFER_BATCH_SIZE;
  const reserved = others.reduce((sum, { openOffers }) => sum + openOffers, 0);
  return Math.min(config.OFFER_BATCH_SIZE, Math.max(config.MAX_RESERVED_WHILE_SCARCE - reserved, 0));
}

type Search = { bookingId: string; cell: string; openOffers: number };

/** The user's bookings that search around the same place for the same type. */
async function searchesThere(tx: BookingTx, booking: BookingRow): Promise<Search[]> {
  const { rows } = await sql<Search>`
    select booking.booking_id, cell, count(offer_id) as open_offers
    from booking left join offer on offer.booking_id = booking.booking_id and offer.state = 'open'
    where user_id = ${booking.userId} and booking.status = 'Searching' and vehicle_type = ${booking.vehicleType}
    group by booking.booking_id`.execute(tx);
  if (rows.length < 2) return rows; // as with nearly everybody
  const there = new Set(cellsAround({ latitude: booking.pickupLatitude, longitude: booking.pickupLongitude }));
  return rows.filter(({ cell }) => there.has(cell));
}
