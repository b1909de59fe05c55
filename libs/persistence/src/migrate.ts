import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { connectOnce } from './servers.ts';

/** Two `migrate` runs at once: the second waits here for the first. Any number that nothing else locks. */
const MIGRATION_LOCK = 7_064_202;
/** Up to so long, each another time, so that those who met do not meet again. */
const ALTER_PAUSE_MS = 100;
const MAX_ALTER_TRIES = 10;

type Migration = { name: string; sql: string; checksum: string };

/**
 * Runs every `*.sql` file in the folder that this database has not seen, in the order of their names, each in its own
 * transaction. Returns the names of those it ran.
 *
 * Names alone would let two mistakes pass. An older version started on the database of a newer one would find nothing to
 * run, and work on tables that it does not know. And a file that was edited after it had run would make other tables in
 * the next database than in this one. So the checksum of each file is kept with its name, and both are refused before
 * anything runs.
 */
export async function migrate(options: { url: string; directory: string }): Promise<string[]> {
  const migrations = await readMigrations(options.directory);
  const client = await connectOnce(options.url, { application_name: 'migrate' });
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await client.query(
      'create table if not exists public.migration (name text primary key, at timestamptz not null default now())',
    );
    // Databases made before checksums were kept have none. What the file says now is all that is known of what ran there.
    await client.query('alter table public.migration add column if not exists checksum text');
    const { rows } = await client.query<{ name: string; checksum: string | null }>(
      'select name, checksum from public.migration order by name',
    );
    const applied = new Map(rows.map(({ name, checksum }) => [name, checksum]));
    refuseNewerDatabase(migrations, applied);
    refuseEdited(migrations, applied);
    const unchecked = migrations.filter(({ name }) => applied.get(name) === null);
    for (const { name, checksum } of unchecked)
      await client.query('update public.migration set checksum = $2 where name = $1', [name, checksum]);
    const pending = migrations.filter(({ name }) => !applied.has(name));
    for (const migration of pending) await run(client, migration);
    return pending.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

/** With the line ends of the repository, whichever a checkout has: those are no edit. */
async function readMigrations(directory: string): Promise<Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort();
  const read = async (name: string) => {
    const sql = (await readFile(join(directory, name), 'utf8')).replaceAll('\r\n', '\n');
    return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
  };
  return Promise.all(names.map(read));
}

function refuseNewerDatabase(migrations: Migration[], applied: Map<string, string | null>): void {
  const known = new Set(migrations.map(({ name }) => name));
  const unknown = [...applied.keys()].filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  throw new Error(
    `the database is newer than this code, which does not have ${unknown.join(', ')}. Nothing was run. ` +
      'Run the version that has it, or a later one; migrations only go forward, so the way back is a backup.',
  );
}

function refuseEdited(migrations: Migration[], applied: Map<string, string | null>): void {
  const edited = migrations.filter(({ name, checksum }) => (applied.get(name) ?? checksum) !== checksum);
  if (edited.length === 0) return;
  throw new Error(
    `${edited.map(({ name }) => name).join(', ')} was edited after it had run in this database. Nothing was run. ` +
      'Put back the text that ran, and write the change as a new migration.',
  );
}

async function run(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  try {
    await client.query('begin');
    await client.query(sql);
    await client.query('insert into public.migration (name, checksum) values ($1, $2)', [name, checksum]);
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
  const client = await connectOnce(options.url, { application_name: 'migrate' });
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
