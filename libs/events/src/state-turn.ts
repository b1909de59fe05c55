import type { Database } from '@logi/persistence';
import { sql } from 'kysely';

/**
 * Whether this instance is to write the next whole snapshot of a state stream. Each asks as often as it likes; one of
 * them is told so, once in `everyMs`.
 */
export async function takeStateTurn<Tables>(
  db: Database<Tables>,
  { name, everyMs }: { name: string; everyMs: number },
): Promise<boolean> {
  const { rows } = await sql`
    insert into state_turn as turn (name, taken_at) values (${name}, clock_timestamp())
    on conflict (name) do update set taken_at = excluded.taken_at
      where turn.taken_at <= excluded.taken_at - make_interval(secs => ${everyMs / 1_000})
    returning name`.execute(db);
  return rows.length > 0;
}
