import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  ACTOR_ROLES,
  ASSIGNED_STATUSES,
  BOOKING_STATUSES,
  driverStatus,
  driverWork,
  TRANSITIONS,
} from '@logi/contracts';
import { migrate, setRolePassword } from '@logi/persistence';
import { openSql, type Rows } from '../support/database.ts';
import { createTestServers, type TestServers } from '../support/servers.ts';

const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url));

let servers: TestServers;
let sql: Rows;
let closeSql: () => Promise<void>;
beforeAll(async () => {
  servers = await createTestServers();
  ({ sql, close: closeSql } = await openSql(servers.databaseUrl));
});
afterAll(async () => {
  await closeSql();
  await servers.discard();
});

/** An empty database beside the file's own, for as long as `work` takes. */
async function withEmptyDatabase(work: (url: string) => Promise<unknown>): Promise<void> {
  const url = new URL(servers.databaseUrl);
  const name = `empty_${randomBytes(6).toString('hex')}`;
  url.pathname = `/${name}`;
  await sql(`create database ${name}`);
  try {
    await work(url.href);
  } finally {
    await sql(`drop database ${name} with (force)`);
  }
}

async function withFolder(files: Record<string, string>, work: (directory: string) => Promise<unknown>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'logi-migrations-'));
  await fill(directory, files);
  await work(directory);
  await rm(directory, { recursive: true });
}

async function fill(directory: string, files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
}

/** The tables and columns in the order in which they were made. */
async function columnsIn(url: string, ...tables: string[]): Promise<string[]> {
  const database = await openSql(url);
  const list = tables.map((table) => `'${table}'`).join(', ');
  const rows = await database.sql(`
    select relname || '.' || attname as name from pg_attribute join pg_class on pg_class.oid = attrelid
    where relname in (${list}) and attnum > 0 order by pg_class.oid, attnum`);
  await database.close();
  return rows.map(({ name }) => String(name));
}

/** The texts in quotes in a definition as PostgreSQL prints it. */
async function quotedIn(query: string): Promise<string[]> {
  const [row] = await sql(`select (${query}) as definition`);
  return [...String(row?.['definition']).matchAll(/'([^']+)'::text/g)].map(([, text = '']) => text);
}

function check(table: string, name: string): Promise<string[]> {
  return quotedIn(
    `select pg_get_constraintdef(oid) from pg_constraint where conrelid = '${table}'::regclass and conname = '${name}'`,
  );
}

test('migrations run once each, in order, although three start at once, and a later run has nothing to do', async () => {
  const files = (await readdir(MIGRATIONS)).sort();
  await withEmptyDatabase(async (url) => {
    const run = () => migrate({ url, directory: MIGRATIONS });
    const ran = await Promise.all([run(), run(), run()]);
    expect(ran.flat()).toEqual(files);
    expect(await run()).toEqual([]);
  });
});

test('a migration that fails is named, leaves nothing behind, and keeps those after it from running', async () => {
  const files = {
    '1_good.sql': 'create table good ()',
    '2_bad.sql': 'create table half (); create table good ()',
    '3_never.sql': 'create table never ()',
  };
  await withFolder(files, (directory) =>
    withEmptyDatabase(async (url) => {
      await expect(migrate({ url, directory })).rejects.toThrow('2_bad.sql');
      const database = await openSql(url);
      const tables = await database.sql(`select relname from pg_class where relname in ('good', 'half', 'never')`);
      await database.close();
      expect(tables).toEqual([{ relname: 'good' }]);
    }),
  );
});

const FIRST = { '1_first.sql': 'create table first (\n  a int\n);\n' };
const SECOND = { '2_second.sql': 'create table second (b int)' };
const THIRD = { '3_third.sql': 'create table third (c int)' };

test('a database that is newer than the code is refused: what the code lacks is named, and nothing is run', async () => {
  await withEmptyDatabase(async (url) => {
    await withFolder({ ...FIRST, ...SECOND }, (directory) => migrate({ url, directory }));
    await withFolder({ ...FIRST, ...THIRD }, async (directory) => {
      await expect(migrate({ url, directory })).rejects.toThrow(/newer than this code.*2_second\.sql/);
    });
    expect(await columnsIn(url, 'first', 'second', 'third')).toEqual(['first.a', 'second.b']);
  });
});

test('a migration that was edited after it had run is refused: it is named, and nothing is run', async () => {
  await withEmptyDatabase((url) =>
    withFolder(FIRST, async (directory) => {
      await migrate({ url, directory });
      await fill(directory, { '1_first.sql': 'create table first (z int)', ...SECOND });
      await expect(migrate({ url, directory })).rejects.toThrow(/1_first\.sql was edited.*new migration/);
      expect(await columnsIn(url, 'first', 'second')).toEqual(['first.a']);
      await fill(directory, FIRST);
      expect(await migrate({ url, directory })).toEqual(['2_second.sql']);
    }),
  );
});

test('a checkout with other line ends is no edit', async () => {
  await withEmptyDatabase((url) =>
    withFolder(FIRST, async (directory) => {
      await migrate({ url, directory });
      await fill(directory, { '1_first.sql': FIRST['1_first.sql'].replaceAll('\n', '\r\n') });
      expect(await migrate({ url, directory })).toEqual([]);
    }),
  );
});

test('a database from before checksums were kept goes on, and an edit after that is refused', async () => {
  await withEmptyDatabase((url) =>
    withFolder({ ...FIRST, ...SECOND }, async (directory) => {
      const old = await openSql(url);
      await old.sql('create table migration (name text primary key, at timestamptz not null default now())');
      await old.sql(`insert into migration (name) values ('1_first.sql')`);
      await old.close();
      expect(await migrate({ url, directory })).toEqual(['2_second.sql']);
      await fill(directory, { '1_first.sql': 'create table other ()' });
      await expect(migrate({ url, directory })).rejects.toThrow('1_first.sql was edited');
    }),
  );
});

test("a role's password can be set from many sides at once", async () => {
  const role = `many_${randomBytes(6).toString('hex')}`;
  await sql(`create role ${role}`);
  const set = () => setRolePassword({ url: servers.databaseUrl, role, password: 'secret' });
  await Promise.all(Array.from({ length: 20 }, set));
  const url = new URL(servers.databaseUrl);
  url.username = role;
  url.password = 'secret';
  const database = await openSql(url.href);
  await database.close();
  await sql(`drop role ${role}`);
});

test("the database's changes of status are those of the contract", async () => {
  const rows = await sql('select from_status, to_status from booking.status_transition');
  const inDatabase = rows.map((row) => `${row['from_status']} → ${row['to_status']}`);
  const inContract = new Set(TRANSITIONS.map(({ from, to }) => `${from} → ${to}`));
  expect(inDatabase.sort()).toEqual([...inContract].sort());
});

test("the database's statuses are those of the contract", async () => {
  expect((await check('booking.booking', 'known_status')).sort()).toEqual([...BOOKING_STATUSES].sort());
});

test('the index that gives a driver one booking at a time covers the statuses in which a booking has a driver', async () => {
  const statuses = await quotedIn(`select pg_get_indexdef('booking.one_active_booking_per_driver'::regclass)`);
  expect(statuses.sort()).toEqual([...ASSIGNED_STATUSES].sort());
});

test.each([
  { table: 'booking.history', name: 'history_actor_role_check', values: ACTOR_ROLES },
  { table: 'tracking.driver', name: 'driver_work_check', values: driverWork.options },
  { table: 'tracking.driver', name: 'driver_status_check', values: driverStatus.options },
])('the check $name knows the values of the contract', async ({ table, name, values }) => {
  expect((await check(table, name)).sort()).toEqual([...values].sort());
});
