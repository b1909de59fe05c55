import { isOutage, isTimeout } from '@logi/persistence';
import { sql } from 'kysely';
import { LOCKED_AT } from '../bookings/booking-store.ts';
import { type Context, commit } from '../context.ts';
import { continueSearch, releaseScheduled } from './search.ts';

/** Searches at a time, each with a connection: one after the other, the way to the database would set the pace. */
const AT_ONCE = 4;
const POSTPONE_SECONDS = 5;

/**
 * Continues the searches that are due, and begins those of scheduled bookings. Every instance does so; a row claimed by
 * one is skipped by the others. Nothing is kept in memory: what is due stands in the table.
 */
export async function continueDueSearches(ctx: Context, stopping: AbortSignal): Promise<void> {
  if (!(await continueNextSearch(ctx))) return;
  const lane = async () => {
    while (!stopping.aborted && (await continueNextSearch(ctx)));
  };
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, lane));
  for (const each of ended) if (each.status === 'rejected') throw each.reason;
}

/** Continues the search that has been due for longest. False when none is due. */
async function continueNextSearch(ctx: Context): Promise<boolean> {
  let bookingId: string | undefined;
  try {
    return await commit(ctx, async (tx) => {
      const booking = await tx
        .selectFrom('booking')
        .selectAll()
        .select(LOCKED_AT)
        // now(), not clock_timestamp(): only a stable function lets the partial index find the due rows alone.
        .where('dispatchDueAt', '<=', (where) => where.fn<Date>('now'))
        .orderBy('dispatchDueAt')
        .limit(1)
        .forUpdate()
        .skipLocked()
        .executeTakeFirst();
      if (!booking) return false;
      bookingId = booking.bookingId;
      if (booking.status === 'Scheduled') await releaseScheduled(tx, ctx.config, booking);
      else await continueSearch(tx, ctx.config, booking);
      return true;
    });
  } catch (err) {
    if (bookingId !== undefined && (!isOutage(err) || isTimeout(err))) await postpone(ctx, bookingId);
    throw err;
  }
}

/** A search that cannot go on, by a fault of ours or since a lock is held, must not keep the others waiting behind it. */
async function postpone(ctx: Context, bookingId: string): Promise<void> {
  const dispatchDueAt = sql<Date>`now() + make_interval(secs => ${POSTPONE_SECONDS})`;
  await ctx.db
    .updateTable('booking')
    .set({ dispatchDueAt })
    .where('bookingId', '=', bookingId)
    .where('dispatchDueAt', 'is not', null)
    .execute();
}
