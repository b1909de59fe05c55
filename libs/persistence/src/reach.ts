import type pg from 'pg';
import { connectOnce } from './servers.ts';

export type DatabaseState = {
  version: string;
  postgis: string | null;
  hasTables: boolean;
  /** What would be lost with the primary, if anything would. */
  risk: string | undefined;
};

const CONNECT_TIMEOUT_MS = 5_000;

/** Connects once and looks at what is there, or rejects with why that cannot be. Changes nothing. */
export async function reachDatabase(url: string): Promise<DatabaseState> {
  const client = await connectOnce(url, { connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  try {
    const { rows } = await client.query<Omit<DatabaseState, 'risk'>>(`
      select current_setting('server_version') as version,
        (select extversion from pg_extension where extname = 'postgis') as postgis,
        exists (select from pg_tables where schemaname = 'booking' and tablename = 'booking') as "hasTables"`);
    const [state] = rows;
    if (!state) throw new Error('the database answers nothing');
    return { ...state, risk: await findReplicationRisk(client) };
  } finally {
    await client.end();
  }
}

/** Every role may ask this, and sees of the standbys of others no more than that they are there. */
const REPLICATION = `
  select current_setting('synchronous_standby_names') = '' or current_setting('synchronous_commit') in ('off', 'local')
      as "isAsynchronous",
    (select count(*) from pg_stat_replication) -
      (select count(*) from pg_replication_slots where slot_type = 'logical' and active) as standbys`;

/**
 * A standby that is not synchronous is behind: when it takes over, what the last moments brought is gone, and people have
 * been answered that it was done.
 */
export async function findReplicationRisk(db: Pick<pg.ClientBase, 'query'>): Promise<string | undefined> {
  const { rows } = await db.query<{ isAsynchronous: boolean; standbys: number }>(REPLICATION);
  const [state] = rows;
  if (!state?.isAsynchronous || Number(state.standbys) < 1) return undefined;
  return (
    'the database has a standby, and none that is synchronous: when it takes over, changes that people were told of are ' +
    "lost. Set synchronous_standby_names, such as 'ANY 1 (*)'"
  );
}
