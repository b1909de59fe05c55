import { sql } from 'kysely';
import type { Context } from '../context.ts';

/** Partitions exist this far ahead, so that a few days without this service do no harm. */
const DAYS_AHEAD = 3;

/**
 * Makes the daily partitions of the trail ahead of time and drops those past retention, but none that holds points of a
 * trip whose trail has yet to be made of them.
 */
export async function maintainPartitions({ db, config }: Pick<Context, 'db' | 'config'>): Promise<void> {
  // One day more than retention, since days begin at other times elsewhere.
  const oldest = sql`(now() at time zone 'UTC')::date - ${config.TRAIL_RETENTION_DAYS + 1}::int`;
  const newest = sql`(now() at time zone 'UTC')::date + ${DAYS_AHEAD}::int`;
  const needed = sql`(select (min(started_at) at time zone 'UTC')::date from trip
    where ended_at is not null and compacted_at is null)`;
  await sql`select tracking.maintain_partitions(${oldest}, ${newest}, least(${oldest}, ${needed}))`.execute(db);
}
