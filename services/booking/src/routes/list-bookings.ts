import {
  apiSchemas,
  BOOKING_EXAMPLE,
  BOOKING_STATUSES,
  booking,
  bookingStatus,
  isTerminal,
  principalId,
  timestamp,
  vehicleType,
} from '@logi/contracts';
import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import { type BookingFilter, listBookings as findBookings, presentBooking } from '../bookings/booking-store.ts';
import type { Context } from '../context.ts';
import { pageOf, readCursor, writeCursor } from '../cursor.ts';

const MAX_PAGE = 100;

const listQuery = z.strictObject({
  status: bookingStatus.optional(),
  active: z.enum(['true', 'false']).optional(),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(20),
  cursor: z.string().max(512).optional(),
  user_id: principalId.optional(),
  driver_id: principalId.optional(),
  vehicle_type: vehicleType.optional(),
  from: timestamp.optional(),
  to: timestamp.optional(),
});

const page = z
  .object({ items: z.array(booking), next_cursor: z.string().nullable() })
  .register(apiSchemas, { id: 'BookingPage', examples: [{ items: [BOOKING_EXAMPLE], next_cursor: null }] });

export function listBookings(app: HttpApp, ctx: Context): void {
  app.get(
    '/v1/bookings',
    {
      config: { roles: ['user', 'driver', 'admin'] },
      schema: {
        operationId: 'listBookings',
        tags: ['Bookings'],
        summary: 'Bookings, newest first: one’s own, or all for an admin',
        querystring: listQuery,
        response: { 200: page },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query;
      const after = cursor === undefined ? undefined : readCursor(cursor);
      const rows = await findBookings(ctx, request.principal, {
        filter: readFilter(request.query),
        after,
        limit: limit + 1,
      });
      const { page: shown, next_cursor } = pageOf(rows, limit, ({ createdAt: at, bookingId: id }) =>
        writeCursor({ at, id }),
      );
      return { items: shown.map(presentBooking), next_cursor };
    },
  );
}

/** Whose bookings may be seen at all is not decided here: a filter only narrows. */
function readFilter(query: z.infer<typeof listQuery>): BookingFilter {
  const { user_id: userId, driver_id: driverId, vehicle_type: vehicleType, from, to } = query;
  return {
    statuses: wantedStatuses(query),
    userId,
    driverId,
    vehicleType,
    from: from === undefined ? undefined : new Date(from),
    to: to === undefined ? undefined : new Date(to),
  };
}

function wantedStatuses({ status, active }: z.infer<typeof listQuery>) {
  if (status === undefined && active === undefined) return undefined;
  return BOOKING_STATUSES.filter(
    (candidate) =>
      (status === undefined || candidate === status) &&
      (active === undefined || isTerminal(candidate) === (active === 'false')),
  );
}
