import { actorRole, bookingStatus } from '@logi/contracts';
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
  actor: z.object({ role: actorRole, id: z.string() }),
  reason: z.string().nullable(),
  at: z.string(),
});

export function listHistory(app: HttpApp, ctx: Context): void {
  app.get(
    '/v1/bookings/:booking_id/events',
    {
      config: { roles: ['user', 'driver', 'admin'] },
      schema: {
        summary: 'Every change of status this booking went through, oldest first',
        params: bookingPath,
        response: { 200: z.object({ items: z.array(change) }) },
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
      return { items: history.map(presentChange) };
    },
  );
}

function presentChange(row: HistoryRow): z.infer<typeof change> {
  return {
    version: row.version,
    from: row.fromStatus,
    to: row.toStatus,
    driver_id: row.driverId,
    actor: { role: row.actorRole, id: row.actorId },
    reason: row.reason,
    at: row.at.toISOString(),
  };
}
