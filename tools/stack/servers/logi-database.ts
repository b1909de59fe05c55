import { Client } from 'pg';

export const LOGI_DATABASE = 'logi';

/** Makes the database, empty, unless it is there. `url` is the superuser's, of any other database. */
export async function createLogiDatabase(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [LOGI_DATABASE]);
    if (found.rowCount === 0) await client.query(`create database ${LOGI_DATABASE}`);
  } finally {
    await client.end();
  }
}
