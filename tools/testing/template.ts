import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { migrate } from '@logi/persistence';
import pg from 'pg';

const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url));
const DIGEST_CHARACTERS = 12;
/** Whoever comes second waits, and then has nothing to do. Any number that nothing else locks. */
const TEMPLATE_LOCK = 7_064_204;

/**
 * Migrated once; every test file's database is a copy of it. Servers that are kept running meet other migrations from one
 * run to the next, so the name says which are in it. Returns the name.
 */
export async function makeTemplate(databaseUrl: string): Promise<string> {
  const name = `logi_template_${digestOfMigrations()}`;
  const half = `${name}_half`;
  const server = new pg.Client({ connectionString: databaseUrl });
  await server.connect();
  try {
    await server.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    const { rowCount } = await server.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 0) {
      await server.query(`drop database if exists ${half} with (force)`); // of a run that was killed
      await server.query(`create database ${half}`);
      await migrate({ url: withPath(databaseUrl, half), directory: MIGRATIONS });
      await server.query(`alter database ${half} rename to ${name}`);
    }
  } finally {
    await server.end();
  }
  return name;
}

function digestOfMigrations(): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(MIGRATIONS).sort()) hash.update(file).update(readFileSync(join(MIGRATIONS, file)));
  return hash.digest('hex').slice(0, DIGEST_CHARACTERS);
}

function withPath(url: string, name: string): string {
  const target = new URL(url);
  target.pathname = `/${name}`;
  return target.href;
}
