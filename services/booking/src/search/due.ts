import { sql } from 'kysely';
import type { BookingRow, BookingTx } from '../tables.ts';

/** When somebody must look at the search again, whatever happens until then; but never later than its deadline. */
export async function setDue(
  tx: BookingTx,
  booking: BookingRow,
  { dueInMs, now }: { dueInMs: number; now: Date },
): Promise<void> {
  const dispatchDueAt = earlier(new Date(now.getTime() + dueInMs), booking.searchDeadline);
  await tx.updateTable('booking').set({ dispatchDueAt }).where('bookingId', '=', booking.bookingId).execute();
}

/** Deadlines are set and judged by one clock, the database's. */
export async function databaseNow(tx: BookingTx): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(tx);
  const now = rows[0]?.now;
  if (!now) throw new Error('the database told no time');
  return now;
}

export function later(a: Date, b: Date | null): Date {
  return b && b > a ? b : a;
}

export function earlier(a: Date, b: Date | null): Date {
  return b && b < a ? b : a;
}
