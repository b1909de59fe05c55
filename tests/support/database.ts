import pg from 'pg';
import { LONG_WAIT_MS, WAIT_MS, within } from '../../tools/testing/waiting.ts';
import { closeLater } from './cleanup.ts';

export type Rows = (text: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;

/** SQL as the superuser, to arrange what would take the API hours and to see what it wrote. Ends with `close`. */
export async function openSql(databaseUrl: string): Promise<{ sql: Rows; close: () => Promise<void> }> {
  const client = await connectSql(databaseUrl);
  return {
    sql: async (text, values) => (await within(client.query(text, values), `the answer to ${text}`)).rows,
    close: () => client.end(),
  };
}

/** The same as a client of the library's, with a limit for each statement. What a failed test began in it ends with it. */
export async function connectSql(databaseUrl: string): Promise<pg.Client> {
  const limits = { connectionTimeoutMillis: WAIT_MS, statement_timeout: LONG_WAIT_MS };
  const client = new pg.Client({ connectionString: databaseUrl, ...limits });
  await client.connect();
  closeLater(() => client.end());
  return client;
}
