import { booking, DomainError } from '@logi/contracts';
import type { HttpApp } from '@logi/service';
import { bookingPath, lockBooking, presentBooking } from '../bookings/booking-store.ts';
import { changeStatus } from '../bookings/change-status.ts';
import type { Config } from '../config.ts';
import { type Context, commit } from '../context.ts';
import { startJob } from '../search/drivers.ts';
import { acceptExpiredOffer, findOffer, acceptOffer as takeOffer } from '../search/offers.ts';
import { withdrawOffers } from '../search/withdraw-offers.ts';
import type { BookingRow, BookingTx } from '../tables.ts';

export function acceptOffer(app: HttpApp, ctx: Context): void {
  app.post(
    '/v1/bookings/:booking_id/accept',
    {
      config: { roles: ['driver'] },
      schema: {
        operationId: 'acceptOffer',
        tags: ['Offers'],
        errors: ['booking_not_found', 'offer_not_open'],
        summary: 'Accept the offer of this booking: the open one, or an expired one while nobody else is asked',
        params: bookingPath,
        response: { 200: booking },
      },
    },
    async (request) => {
      const { params, principal } = request;
      const { row, mayHaveOthers } = await commit(ctx, (tx) => accept(tx, ctx.config, params.booking_id, principal.id));
      if (mayHaveOthers) await withdrawOffers(ctx, principal.id);
      return presentBooking(row);
    },
  );
}

/** The booking after the call, and whether the driver may be asked about other ones, too. */
type Answer = { row: BookingRow; mayHaveOthers: boolean };

/**
 * One winner. The lock on the booking puts all accepts, cancels and expiries of it in a line, and each then sees what
 * the one before it left.
 */
async function accept(tx: BookingTx, config: Config, bookingId: string, driverId: string): Promise<Answer> {
  const row = await lockBooking(tx, bookingId);
  const by = row.status === 'Searching' ? await win(tx, row, driverId) : undefined;
  if (!by) return { row: await answerLoser(tx, row, driverId), mayHaveOthers: false };
  if (!(await startJob(tx, driverId, { booking: row, by }))) throw notOpen(row);
  const actor = { role: 'driver', id: driverId } as const;
  const accepted = await changeStatus(tx, row, { to: 'Accepted', actor, set: { driverId } });
  return { row: accepted, mayHaveOthers: by === 'expired offer' || config.MAX_OPEN_OFFERS_PER_DRIVER > 1 };
}

async function win(tx: BookingTx, row: BookingRow, driverId: string) {
  if (await takeOffer(tx, row, driverId)) return 'open offer';
  return (await acceptExpiredOffer(tx, row, driverId)) ? 'expired offer' : undefined;
}

/**
 * Asking again after having won is answered as the first time, wherever the booking has gone since: the answer may have
 * been lost. But not where another has it now.
 */
async function answerLoser(tx: BookingTx, row: BookingRow, driverId: string): Promise<BookingRow> {
  const offer = await findOffer(tx, row, driverId);
  if (!offer) throw new DomainError('booking_not_found');
  if (offer.state === 'accepted' && row.driverId === driverId) return row;
  throw notOpen(row);
}

function notOpen({ status }: BookingRow): DomainError {
  return new DomainError('offer_not_open', { details: { status } });
}
