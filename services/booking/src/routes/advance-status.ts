import { allowedTransitions, apiSchemas, booking, bookingStatus, DomainError, isAssigned } from '@logi/contracts';
import { recordAct } from '@logi/events';
import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import { assertVisible, bookingPath, lockBooking, presentBooking } from '../bookings/booking-store.ts';
import { changeStatus } from '../bookings/change-status.ts';
import { type Context, commit } from '../context.ts';
import { endJob } from '../search/drivers.ts';

const advanceBody = z
  .strictObject({ status: bookingStatus })
  .register(apiSchemas, { id: 'StatusRequest', examples: [{ status: 'En Route to Pickup' }] });

export function advanceStatus(app: HttpApp, ctx: Context): void {
  app.post(
    '/v1/bookings/:booking_id/status',
    {
      config: { roles: ['driver', 'admin'] },
      schema: {
        operationId: 'advanceStatus',
        tags: ['Bookings'],
        errors: ['booking_not_found', 'illegal_transition'],
        summary: 'Move a booking on, as its driver or an admin',
        params: bookingPath,
        body: advanceBody,
        response: { 200: booking },
      },
    },
    async (request) => {
      const { params, principal } = request;
      const to = request.body.status;
      const advanced = await commit(ctx, async (tx) => {
        const row = await lockBooking(tx, params.booking_id);
        assertVisible(row, principal);
        if (row.status === to) return row; // asked again: the first answer may have been lost
        const allowed = allowedTransitions(row.status, 'advance', principal.role);
        if (!allowed.includes(to)) {
          throw new DomainError('illegal_transition', { details: { status: row.status, allowed } });
        }
        const changed = await changeStatus(tx, row, { to, actor: principal });
        recordAct(tx, request, {
          act: 'booking.advanced',
          subject: { kind: 'booking', id: row.bookingId },
          details: { from: row.status, to, user_id: row.userId, driver_id: row.driverId },
        });
        if (!isAssigned(to) && changed.driverId !== null) await endJob(tx, changed.driverId);
        return changed;
      });
      return presentBooking(advanced);
    },
  );
}
