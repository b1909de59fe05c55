import { fileURLToPath } from 'node:url';
import { migrate } from '@logi/persistence';
import pg from 'pg';

const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url));

/** Migrated once for the whole run; every test file's database is a copy of it. */
export const TEMPLATE_DATABASE = 'logi_template';

export async function makeTemplate(databaseUrl: string): Promise<void> {
  const server = new pg.Client({ connectionString: databaseUrl });
  await server.connect();
  try {
    await server.query(`create database ${TEMPLATE_DATABASE}`);
  } finally {
    await server.end();
  }
  const url = new URL(databaseUrl);
  url.pathname = `/${TEMPLATE_DATABASE}`;
  await migrate({ url: url.href, directory: MIGRATIONS });
}
