import { sql } from 'kysely';
import { type Context, commit } from '../context.ts';
import { cellOf } from '../pricing/surge.ts';

const BATCH = 2_000;

type OldRow = { bookingId: string; latitude: number; longitude: number };

/**
 * Names the cells of bookings anew that were made when cells were squares of degrees (migrations/0013_cells.sql): of open
 * ones first, which searches nearby and surge are found by, and of the others some at a time.
 */
export async function rekeyCells(ctx: Context): Promise<void> {
  for (const which of [sql`status in ('Scheduled', 'Searching')`, sql`true`]) {
    await commit(ctx, async (tx) => {
      const { rows } = await sql<OldRow>`
        select booking_id, pickup_latitude as latitude, pickup_longitude as longitude from booking
        where cell like '%:%' and ${which} limit ${BATCH} for update skip locked`.execute(tx);
      if (rows.length === 0) return;
      const ids = rows.map(({ bookingId }) => bookingId);
      await sql`
        update booking set cell = renamed.cell
        from unnest(${ids}::uuid[], ${rows.map(cellOf)}::text[]) as renamed (booking_id, cell)
        where booking.booking_id = renamed.booking_id`.execute(tx);
    });
  }
}
