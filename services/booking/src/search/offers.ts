import { randomUUID } from 'node:crypto';
import { appendEvent } from '@logi/events';
import { compiledOnce, withNext } from '@logi/persistence';
import { type Insertable, type RawBuilder, sql } from 'kysely';
import { presentRequest } from '../bookings/booking-store.ts';
import type { BookingRow, BookingTx, OfferRow, Tables } from '../tables.ts';
import { releaseOffer } from './drivers.ts';
import { isExcluded } from './exclusions.ts';

export async function createOffer(
  tx: BookingTx,
  booking: BookingRow,
  offer: { round: number; driverId: string; rank: number; distanceMeters: number; createdAt: Date; expiresAt: Date },
): Promise<void> {
  const row = {
    ...offer,
    offerId: randomUUID(),
    bookingId: booking.bookingId,
    closedAt: null,
  };
  await insertOffer.withNext(tx, row);
  appendEvent(tx, {
    type: 'offer.created',
    aggregateId: row.offerId,
    version: 1,
    orderingKey: booking.bookingId,
    data: {
      offer_id: row.offerId,
      driver_id: offer.driverId,
      distance_meters: offer.distanceMeters,
      expires_at: offer.expiresAt.toISOString(),
      ...presentRequest(booking),
    },
  });
}

const insertOffer = compiledOnce<Tables, Insertable<Tables['offer']>, unknown>((tx, offer) =>
  tx.insertInto('offer').values(offer),
);

/** An admin gives the booking to a driver without asking: on the record it is an offer that was accepted at once. */
export async function recordAssignment(tx: BookingTx, booking: BookingRow, driverId: string): Promise<void> {
  const now = sql<Date>`clock_timestamp()`;
  const accepted = tx
    .insertInto('offer')
    .values({
      offerId: randomUUID(),
      bookingId: booking.bookingId,
      driverId,
      round: booking.searchRound,
      rank: 0,
      distanceMeters: 0,
      state: 'accepted',
      createdAt: now,
      expiresAt: now,
      closedAt: now,
    })
    .onConflict((conflict) =>
      conflict.columns(['bookingId', 'driverId', 'round']).doUpdateSet({ state: 'accepted', closedAt: now }),
    );
  await withNext(tx, accepted);
}

/** The driver's newest offer of this booking, if they ever had one. */
export async function findOffer(tx: BookingTx, booking: BookingRow, driverId: string): Promise<OfferRow | undefined> {
  return tx
    .selectFrom('offer')
    .selectAll()
    .where('bookingId', '=', booking.bookingId)
    .where('driverId', '=', driverId)
    .orderBy('round', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/**
 * Accepts the driver's offer, if it is open and by the database's clock not yet expired, and withdraws those of all
 * others. False when there is nothing to accept.
 */
export async function acceptOffer(tx: BookingTx, { bookingId }: BookingRow, driverId: string): Promise<boolean> {
  const isInTime = sql`and exists (
    select from offer mine
    where mine.booking_id = ${bookingId} and mine.driver_id = ${driverId} and mine.state = 'open'
      and mine.expires_at > clock_timestamp())`;
  return (await settleOffers(tx, { bookingId, driverId }, isInTime)).length > 0;
}

/** An admin gives the booking to a driver. If that one is being asked, it is as if they had accepted. Whether they are. */
export async function acceptForDriver(tx: BookingTx, { bookingId }: BookingRow, driverId: string): Promise<boolean> {
  const settled = await settleOffers(tx, { bookingId, driverId }, sql``);
  return settled.some((offer) => offer.driverId === driverId);
}

/** Closes what is open, for the one who has the booking now and for all others. The others are free. */
async function settleOffers(
  tx: BookingTx,
  { bookingId, driverId }: { bookingId: string; driverId: string },
  condition: RawBuilder<unknown>,
): Promise<OfferRow[]> {
  const { rows: settled } = await sql<OfferRow>`
    update offer set closed_at = clock_timestamp(),
      state = case when driver_id = ${driverId} then 'accepted' else 'withdrawn' end
    where booking_id = ${bookingId} and state = 'open' ${condition}
    returning *`.execute(tx);
  for (const offer of inOrder(settled)) {
    const isMine = offer.driverId === driverId;
    announceClosed(tx, offer, { as: isMine ? 'accepted' : 'withdrawn' });
    if (!isMine) await releaseOffer(tx, offer.driverId);
  }
  return settled;
}

/**
 * Accepts the driver's offer although its time was up: why search on, where somebody wants the booking? But not over the
 * head of another driver who is thinking about it. False when there is nothing to accept.
 */
export async function acceptExpiredOffer(tx: BookingTx, booking: BookingRow, driverId: string): Promise<boolean> {
  await closeOffers(tx, booking, { as: 'expired', ifExpired: true });
  const [isAnotherAsked, isUnwanted, offer] = await Promise.all([
    isAnyOpen(tx, booking),
    isExcluded(tx, booking, driverId),
    findOffer(tx, booking, driverId),
  ]);
  if (isAnotherAsked || isUnwanted || offer?.state !== 'expired') return false;
  const accepted = tx.updateTable('offer').set({ state: 'accepted', closedAt: sql`clock_timestamp()` });
  await withNext(tx, accepted.where('offerId', '=', offer.offerId));
  announceClosed(tx, offer, { as: 'accepted', version: 3 });
  return true;
}

type ClosedState = 'declined' | 'expired' | 'withdrawn';

/** Closes the open offers of a locked booking, all or those that match, and frees their drivers. Returns how many. */
export async function closeOffers(
  tx: BookingTx,
  booking: BookingRow,
  close: { as: ClosedState; driverId?: string; ifExpired?: true },
): Promise<number> {
  let query = tx
    .updateTable('offer')
    .set({ state: close.as, closedAt: sql`clock_timestamp()` })
    .where('bookingId', '=', booking.bookingId)
    .where('state', '=', 'open');
  if (close.driverId !== undefined) query = query.where('driverId', '=', close.driverId);
  if (close.ifExpired) query = query.where('expiresAt', '<=', sql<Date>`clock_timestamp()`);
  const closed = await query.returningAll().execute();
  for (const offer of inOrder(closed)) {
    announceClosed(tx, offer, { as: close.as });
    await releaseOffer(tx, offer.driverId);
  }
  return closed.length;
}

/** The driver gives an accepted booking back. */
export async function abandonOffer(tx: BookingTx, booking: BookingRow): Promise<void> {
  const accepted = tx.updateTable('offer').where('bookingId', '=', booking.bookingId).where('state', '=', 'accepted');
  await withNext(tx, accepted.set({ state: 'abandoned' }));
}

async function isAnyOpen(tx: BookingTx, booking: BookingRow): Promise<boolean> {
  const row = await tx
    .selectFrom('offer')
    .select('offerId')
    .where('bookingId', '=', booking.bookingId)
    .where('state', '=', 'open')
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Drivers are locked in one order everywhere, so that two bookings that free the same ones cannot deadlock. */
function inOrder(offers: OfferRow[]): OfferRow[] {
  return offers.sort((a, b) => (a.driverId < b.driverId ? -1 : 1));
}

/** The third change of an offer, after created and closed, is that it was accepted all the same. */
function announceClosed(
  tx: BookingTx,
  offer: OfferRow,
  { as: outcome, version = 2 }: { as: ClosedState | 'accepted'; version?: 2 | 3 },
): void {
  const { offerId, bookingId, driverId } = offer;
  appendEvent(tx, {
    type: 'offer.closed',
    aggregateId: offerId,
    version,
    orderingKey: bookingId,
    data: { offer_id: offerId, booking_id: bookingId, driver_id: driverId, outcome },
  });
}
