import { sql } from 'kysely';
import type { Context } from '../context.ts';

/** Expired quotes are kept for a while, so that a late client is told "expired" and not "unknown". */
const KEEP_QUOTES_HOURS = 1;
const BATCH = 5_000;

/** Deletes, in small batches, what nobody will ask for any more. */
export async function deleteOutdated({ db, config }: Context): Promise<void> {
  await sql`
    delete from quote where quote_id in (
      select quote_id from quote where expires_at < now() - make_interval(hours => ${KEEP_QUOTES_HOURS})
      limit ${BATCH})`.execute(db);
  await sql`
    delete from idempotency_key where (role, user_id, key) in (
      select role, user_id, key from idempotency_key
      where created_at < now() - make_interval(hours => ${config.IDEMPOTENCY_KEY_HOURS}) limit ${BATCH})`.execute(db);
  await sql`
    delete from search_round where (booking_id, round) in (
      select booking_id, round from search_round
      where requested_at < now() - make_interval(days => ${config.DISPATCH_RETENTION_DAYS}) limit ${BATCH})`.execute(
    db,
  );
}
