import { DomainError } from '@logi/contracts';
import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import { bookingPath, lockBooking } from '../bookings/booking-store.ts';
import { type Context, commit } from '../context.ts';
import { closeOffers, findOffer } from '../search/offers.ts';
import { continueSearch } from '../search/search.ts';

export function declineOffer(app: HttpApp, ctx: Context): void {
  app.post(
    '/v1/bookings/:booking_id/decline',
    {
      config: { roles: ['driver'] },
      schema: {
        operationId: 'declineOffer',
        tags: ['Offers'],
        errors: ['booking_not_found', 'offer_not_open'],
        summary: 'Decline the open offer; the next driver is asked',
        params: bookingPath,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { params, principal } = request;
      await commit(ctx, async (tx) => {
        const row = await lockBooking(tx, params.booking_id);
        const offer = await findOffer(tx, row, principal.id);
        if (!offer) throw new DomainError('booking_not_found');
        if (offer.state === 'declined') return; // asked again: the first answer may have been lost
        if ((await closeOffers(tx, row, { as: 'declined', driverId: principal.id })) === 0) {
          throw new DomainError('offer_not_open', { details: { status: row.status } });
        }
        await continueSearch(tx, ctx.config, row);
      });
      return reply.code(204).send(null);
    },
  );
}
