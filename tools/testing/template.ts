import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { provisionDatabase } from '../stack/provision.ts';

const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url));
/** Of the services' roles, which belong to the whole server, and so to every copy. */
export const TEST_PASSWORDS = {
  booking: 'booking',
  tracking: 'tracking',
  gateway: 'gateway',
  operations: 'operations',
};
const DIGEST_CHARACTERS = 12;
/** Whoever comes second waits, and then has nothing to do. Any number that nothing else locks. */
const TEMPLATE_LOCK = 7_064_204;

/**
 * Made ready once; every test file's database is a copy of it. Servers that are kept running meet other migrations from one
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
      await provisionDatabase({
        databaseUrl: withPath(databaseUrl, half),
        passwords: TEST_PASSWORDS,
        log: () => undefined,
      });
      await thin(withPath(databaseUrl, half));
      await server.query(`alter database ${half} rename to ${name}`);
    }
  } finally {
    await server.end();
  }
  return name;
}

/** Of PostGIS's 8,500 systems of reference, a third of what is copied each time, ours are of one. */
async function thin(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('delete from spatial_ref_sys where srid <> 4326');
    await client.query('vacuum full analyze');
  } finally {
    await client.end();
  }
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
