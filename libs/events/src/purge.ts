import type { Database } from '@logi/persistence';
import { sql } from 'kysely';

const KEEP_PUBLISHED_HOURS = 24;
const KEEP_INBOX_DAYS = 30;
const PURGE_BATCH = 5_000;

/** Removes a batch of the oldest rows of outbox and inbox that are kept long enough. Returns whether there may be more. */
export async function purge<Tables>(db: Database<Tables>): Promise<boolean> {
  const published = await sql`
    delete from outbox where id in (
      select id from outbox where published_at < now() - make_interval(hours => ${KEEP_PUBLISHED_HOURS})
      limit ${PURGE_BATCH})`.execute(db);
  const seen = await sql`
    delete from inbox where ctid in (
      select ctid from inbox where received_at < now() - make_interval(days => ${KEEP_INBOX_DAYS})
      limit ${PURGE_BATCH})`.execute(db);
  return [published, seen].some(({ numAffectedRows }) => numAffectedRows === BigInt(PURGE_BATCH));
}
