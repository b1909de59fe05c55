import { DomainError } from '@logi/contracts';
import { withNext } from '@logi/persistence';
import { sql } from 'kysely';
import type { Config } from '../config.ts';
import type { BookingTx } from '../tables.ts';

/** Tells these locks from others of two numbers. */
const USER_LOCKS = 1_001;

/**
 * Whoever counts what a user has, to let them have one more, does so one after the other: whatever is asked next waits for
 * it. Until the transaction ends; a booking is locked before it, drivers after it.
 */
export async function lockUser(tx: BookingTx, userId: string): Promise<void> {
  await withNext(tx, sql`select pg_advisory_xact_lock(${USER_LOCKS}, hashtext(${userId}))`);
}

/** Throws when the user has as many bookings of that status as one may. */
export async function assertRoom(
  tx: BookingTx,
  config: Config,
  { userId, status }: { userId: string; status: 'Searching' | 'Scheduled' },
): Promise<void> {
  const max = status === 'Searching' ? config.MAX_SEARCHING_PER_USER : config.MAX_SCHEDULED_PER_USER;
  if (await hasRoom(tx, { userId, status, max })) return;
  throw new DomainError(status === 'Searching' ? 'too_many_bookings' : 'too_many_scheduled', { details: { max } });
}

/** Whether one more booking of the user may search; the answer holds until the transaction ends. */
export async function maySearch(tx: BookingTx, config: Config, userId: string): Promise<boolean> {
  return hasRoom(tx, { userId, status: 'Searching', max: config.MAX_SEARCHING_PER_USER });
}

async function hasRoom(
  tx: BookingTx,
  { userId, status, max }: { userId: string; status: 'Searching' | 'Scheduled'; max: number },
): Promise<boolean> {
  await lockUser(tx, userId);
  const { count } = await tx
    .selectFrom('booking')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('userId', '=', userId)
    .where('status', '=', status)
    .executeTakeFirstOrThrow();
  return count < max;
}

/** Throws when the user has cancelled as often as one may in an hour, with the time until the oldest of these is past it. */
export async function assertMayCancel(tx: BookingTx, config: Config, userId: string): Promise<void> {
  await lockUser(tx, userId);
  const { rows } = await sql<{ retryAfterMs: number }>`
    select extract(epoch from at + interval '1 hour' - clock_timestamp())::float8 * 1000 as retry_after_ms
    from history
    where actor_role = 'user' and to_status in ('Cancelled', 'Returning') and actor_id = ${userId}
      and at > clock_timestamp() - interval '1 hour'
    order by at desc offset ${config.MAX_CANCELS_PER_HOUR - 1} limit 1`.execute(tx);
  const [full] = rows;
  if (full) throw new DomainError('too_many_cancels', { retryAfterMs: Math.max(full.retryAfterMs, 1) });
}
