import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';

/** Two `migrate` runs at once: the second waits here for the first. Any number that nothing else locks. */
const MIGRATION_LOCK = 7_064_202;
/** Up to so long, each another time, so that those who met do not meet again. */
const ALTER_PAUSE_MS = 100;
const MAX_ALTER_TRIES = 10;

/**
 * Runs every `*.sql` file in the folder that this database has not seen, in the order of their names, each in its own
 * transaction. Returns the names of those it ran.
 */
export async function migrate(options: { url: string; directory: string }): Promise<string[]> {
  const client = new pg.Client({ connectionString: options.url, application_name: 'migrate' });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await client.query(
      'create table if not exists public.migration (name text primary key, at timestamptz not null default now())',
    );
    const { rows } = await client.query<{ name: string }>('select name from public.migration');
    const seen = new Set(rows.map((row) => row.name));
    const files = (await readdir(options.directory)).filter((name) => name.endsWith('.sql')).sort();
    const pending = files.filter((name) => !seen.has(name));
    for (const name of pending) await runFile(client, join(options.directory, name), name);
    return pending;
  } finally {
    await client.end();
  }
}

async function runFile(client: pg.Client, path: string, name: string): Promise<void> {
  const sql = await readFile(path, 'utf8');
  try {
    await client.query('begin');
    await client.query(sql);
    await client.query('insert into public.migration (name) values ($1)', [name]);
    await client.query('commit');
  } catch (err) {
    await client.query('rollback');
    throw new Error(`migration ${name} failed`, { cause: err });
  }
}

/**
 * Lets a role of the migrations log in with this password. Roles belong to the whole server, where no lock of one
 * database reaches: when the `migrate` of another changes the role at the same time, one of them has to try again.
 */
export async function setRolePassword(options: { url: string; role: string; password: string }): Promise<void> {
  const client = new pg.Client({ connectionString: options.url, application_name: 'migrate' });
  await client.connect();
  try {
    const role = client.escapeIdentifier(options.role);
    const statement = `alter role ${role} login password ${client.escapeLiteral(options.password)}`;
    for (let tries = 1; ; tries += 1) {
      try {
        await client.query(statement);
        return;
      } catch (err) {
        if (tries === MAX_ALTER_TRIES || !isCatalogConflict(err)) throw err;
        await setTimeout(Math.random() * ALTER_PAUSE_MS);
      }
    }
  } finally {
    await client.end();
  }
}

function isCatalogConflict(err: unknown): boolean {
  return err instanceof pg.DatabaseError && err.message === 'tuple concurrently updated'; // a code of its own it has not
}
