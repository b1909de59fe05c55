import pg from 'pg';

export type DatabaseState = { version: string; postgis: string | null; hasTables: boolean };

const CONNECT_TIMEOUT_MS = 5_000;

/** Connects once and looks at what is there, or rejects with why that cannot be. Changes nothing. */
export async function reachDatabase(url: string): Promise<DatabaseState> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => undefined); // what breaks it rejects the call that waits, too
  await client.connect();
  try {
    const { rows } = await client.query<DatabaseState>(`
      select current_setting('server_version') as version,
        (select extversion from pg_extension where extname = 'postgis') as postgis,
        exists (select from pg_tables where schemaname = 'booking' and tablename = 'booking') as "hasTables"`);
    const [state] = rows;
    if (!state) throw new Error('the database answers nothing');
    return state;
  } finally {
    await client.end();
  }
}
