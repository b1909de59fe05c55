import { principalId } from '@logi/contracts';
import { type Act, recordAct } from '@logi/events';
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
        operationId: 'excludeDriver',
        tags: ['Operators'],
        errors: ['booking_not_found'],
        summary: 'Keep a driver from being asked about this booking; an open offer is withdrawn, a job goes on',
        params,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { params, principal } = request;
      await commit(ctx, async (tx) => {
        const { bookingId } = await lockBooking(tx, params.booking_id);
        const { driver_id: driverId } = params;
        const { numInsertedOrUpdatedRows } = await tx
          .insertInto('excludedDriver')
          .values({ bookingId, driverId, excludedBy: principal.id })
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst();
        if (numInsertedOrUpdatedRows === 0n) return;
        recordAct(tx, request, { act: 'driver.excluded', ...aboutDriver(bookingId, driverId) });
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
        operationId: 'readmitDriver',
        tags: ['Operators'],
        errors: ['booking_not_found'],
        summary: 'Let a driver be asked about this booking again',
        params,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { booking_id, driver_id: driverId } = request.params;
      await commit(ctx, async (tx) => {
        const { bookingId } = await lockBooking(tx, booking_id);
        const { numDeletedRows } = await tx
          .deleteFrom('excludedDriver')
          .where('bookingId', '=', bookingId)
          .where('driverId', '=', driverId)
          .executeTakeFirst();
        if (numDeletedRows > 0n)
          recordAct(tx, request, { act: 'driver.readmitted', ...aboutDriver(bookingId, driverId) });
      });
      return reply.code(204).send(null);
    },
  );
}

function aboutDriver(bookingId: string, driverId: string): Pick<Act, 'subject' | 'details'> {
  return { subject: { kind: 'driver', id: driverId }, details: { booking_id: bookingId } };
}
