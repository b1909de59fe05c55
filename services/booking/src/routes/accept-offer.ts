import { booking, DomainError } from '@logi/contracts';
import type { HttpApp } from '@logi/service';
import { bookingPath, lockBooking, presentBooking } from '../bookings/booking-store.ts';
import { changeStatus } from '../bookings/change-status.ts';
import { type Context, commit } from '../context.ts';
import { startJob } from '../search/drivers.ts';
import { findOffer, acceptOffer as takeOffer } from '../search/offers.ts';
import { withdrawOffers } from '../search/withdraw-offers.ts';
import type { BookingRow, BookingTx } from '../tables.ts';

export function acceptOffer(app: HttpApp, ctx: Context): void {
  app.post(
    '/v1/bookings/:booking_id/accept',
    {
      config: { roles: ['driver'] },
      schema: { summary: 'Accept the open offer of this booking', params: bookingPath, response: { 200: booking } },
    },
    async (request) => {
      const { params, principal } = request;
      const accepted = await commit(ctx, (tx) => accept(tx, params.booking_id, principal.id));
      if (ctx.config.MAX_OPEN_OFFERS_PER_DRIVER > 1) await withdrawOffers(ctx, principal.id);
      return presentBooking(accepted);
    },
  );
}

/**
 * One winner. The lock on the booking puts all accepts, cancels and expiries of it in a line, and each then sees what
 * the one before it left.
 */
async function accept(tx: BookingTx, bookingId: string, driverId: string): Promise<BookingRow> {
  const row = await lockBooking(tx, bookingId);
  const hasWon = row.status === 'Searching' && (await takeOffer(tx, row, driverId));
  if (!hasWon) return answerLoser(tx, row, driverId);
  if (!(await startJob(tx, driverId, { booking: row, byOffer: true }))) throw notOpen(row);
  return changeStatus(tx, row, { to: 'Accepted', actor: { role: 'driver', id: driverId }, set: { driverId } });
}

/** Asking again after having won is answered as the first time: the answer may have been lost. */
async function answerLoser(tx: BookingTx, row: BookingRow, driverId: string): Promise<BookingRow> {
  const offer = await findOffer(tx, row, driverId);
  if (!offer) throw new DomainError('booking_not_found');
  if (offer.state === 'accepted' && row.status === 'Accepted' && row.driverId === driverId) return row;
  throw notOpen(row);
}

function notOpen({ status }: BookingRow): DomainError {
  return new DomainError('offer_not_open', { details: { status } });
}
