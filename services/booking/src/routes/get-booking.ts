import { booking } from '@logi/contracts';
import type { HttpApp } from '@logi/service';
import { bookingPath, findBooking, presentBooking } from '../bookings/booking-store.ts';
import type { Context } from '../context.ts';

export function getBooking(app: HttpApp, ctx: Context): void {
  app.get(
    '/v1/bookings/:booking_id',
    {
      config: { roles: ['user', 'driver', 'admin'] },
      schema: {
        operationId: 'getBooking',
        tags: ['Bookings'],
        errors: ['booking_not_found'],
        summary: 'One booking; for a driver also one that they are being asked about',
        params: bookingPath,
        response: { 200: booking },
      },
    },
    async ({ params, principal }) =>
      presentBooking(await findBooking(ctx, params.booking_id, principal, { asOffered: true })),
  );
}
