import { actorRole, apiSchemas, bookingStatus, type Principal, timestamp } from '@logi/contracts';
import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import { bookingPath, findBooking } from '../bookings/booking-store.ts';
import type { Context } from '../context.ts';
import type { HistoryRow } from '../tables.ts';

const change = z.object({
  version: z.int(),
  from: bookingStatus.nullable(),
  to: bookingStatus,
  driver_id: z.string().nullable(),
  actor: z.object({ role: actorRole, id: z.string().nullable().describe('Of an admin only to admins') }),
  reason: z.string().nullable(),
  at: timestamp,
});

const changes = z.object({ items: z.array(change) }).register(apiSchemas, {
  id: 'BookingHistory',
  examples: [
    {
      items: [
        {
          version: 3,
          from: 'Searching',
          to: 'Accepted',
          driver_id: 'dro',
          actor: { role: 'driver', id: 'dro' },
          reason: null,
          at: '2026-01-31T12:01:00.000Z',
        },
      ],
    },
  ],
});

export function listHistory(app: HttpApp, ctx: Context): void {
  app.get(
    '/v1/bookings/:booking_id/events',
    {
      config: { roles: ['user', 'driver', 'admin'] },
      schema: {
        operationId: 'listHistory',
        tags: ['Bookings'],
        errors: ['booking_not_found'],
        summary: 'Every change of status this booking went through, oldest first',
        params: bookingPath,
        response: { 200: changes },
      },
    },
    async (request) => {
      const row = await findBooking(ctx, request.params.booking_id, request.principal);
      const history = await ctx.db
        .selectFrom('history')
        .selectAll()
        .where('bookingId', '=', row.bookingId)
        .orderBy('version')
        .execute();
      return { items: history.map((row) => presentChange(row, request.principal)) };
    },
  );
}

/** Who of the operator's people it was is the operator's business. */
function presentChange(row: HistoryRow, viewer: Principal): z.infer<typeof change> {
  const isHidden = row.actorRole === 'admin' && viewer.role !== 'admin';
  return {
    version: row.version,
    from: row.fromStatus,
    to: row.toStatus,
    driver_id: row.driverId,
    actor: { role: row.actorRole, id: isHidden ? null : row.actorId },
    reason: row.reason,
    at: row.at.toISOString(),
  };
}
