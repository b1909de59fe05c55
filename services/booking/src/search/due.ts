import { compiledOnce } from '@logi/persistence';
import { sql, type UpdateObject } from 'kysely';
import type { BookingRow, BookingTx, Tables } from '../tables.ts';

/** When somebody must look at the search again, whatever happens until then; but never later than its deadline. */
export function dueIn(ms: number, now: Date, { searchDeadline }: Pick<BookingRow, 'searchDeadline'>): Date {
  return earlier(new Date(now.getTime() + ms), searchDeadline);
}

/** Writes down where the search stands now: each step once. */
export async function moveSearch(
  tx: BookingTx,
  { bookingId }: BookingRow,
  set: Change & { dispatchDueAt: Date },
): Promise<void> {
  await updateSearch.withNext(tx, { bookingId, ...set });
}

type Change = Omit<UpdateObject<Tables, 'booking'>, 'bookingId'>;

const updateSearch = compiledOnce<Tables, Change & { bookingId: string }, unknown>((tx, { bookingId, ...set }) =>
  tx.updateTable('booking').set(set).where('bookingId', '=', bookingId),
);

/** Deadlines are set and judged by one clock, the database's; a search knows it by its look (round-store.ts). */
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
