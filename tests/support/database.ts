import pg from 'pg';

export type Rows = (text: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;

/** SQL as the superuser, to arrange what would take the API hours and to see what it wrote. Ends with `close`. */
export async function openSql(databaseUrl: string): Promise<{ sql: Rows; close: () => Promise<void> }> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  return {
    sql: async (text, values) => (await client.query(text, values)).rows,
    close: () => client.end(),
  };
}
