import { principalId } from '@logi/contracts';
import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import { bookingPath, lockBooking } from '../bookings/booking-store.ts';
import { type Context, commit } from '../context.ts';
import { withdrawOffer } from '../search/withdraw-offers.ts';

const PATH = '/v1/bookings/:booking_id/excluded-drivers/:driver_id';
const params = bookingPath.extend({ driver_id: principalId });

/** What an operator knows and the search does not: a quarrel, a dog, a van too small. */
export function excludeDriver(app: HttpApp, ctx: Context): void {
  app.put(
    PATH,
    {
      config: { roles: ['admin'] },
      schema: {
        summary: 'Keep a driver from being asked about this booking; an open offer is withdrawn, a job goes on',
        params,
        response: { 204: z.null() },
      },
    },
    async ({ params, principal }, reply) => {
      await commit(ctx, async (tx) => {
        const { bookingId } = await lockBooking(tx, params.booking_id);
        const { driver_id: driverId } = params;
        await tx
          .insertInto('excludedDriver')
          .values({ bookingId, driverId, excludedBy: principal.id })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
        await withdrawOffer(tx, ctx.config, { bookingId, driverId });
      });
      return reply.code(204).send(null);
    },
  );
  app.delete(
    PATH,
    {
      config: { roles: ['admin'] },
      schema: {
        summary: 'Let a driver be asked about this booking again',
        params,
        response: { 204: z.null() },
      },
    },
    async ({ params }, reply) => {
      await commit(ctx, async (tx) => {
        const { bookingId } = await lockBooking(tx, params.booking_id);
        await tx
          .deleteFrom('excludedDriver')
          .where('bookingId', '=', bookingId)
          .where('driverId', '=', params.driver_id)
          .execute();
      });
      return reply.code(204).send(null);
    },
  );
}
