import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { migrate } from '@logi/persistence';
import { openSql, type Rows } from '../support/database.ts';
import { createEmptyDatabase } from '../support/servers.ts';
import { ACCEPTANCES, OPEN_OFFER, REFUSALS, type Row, VALID } from './constraint-cases.ts';
import { EMPTY, INDEXED } from './structure-cases.ts';

/* What only the database holds: nothing in the code would notice that a constraint is gone. */

const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url));
const SCHEMAS = `('booking', 'tracking', 'operations')`;

let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
let sql: Rows;
beforeAll(async () => {
  database = await createEmptyDatabase();
  await migrate({ url: database.databaseUrl, directory: MIGRATIONS });
  ({ sql } = await openSql(database.databaseUrl));
  for (const [table, row] of Object.entries(VALID)) await insert(table, row);
  await insert('booking.offer', OPEN_OFFER);
});
afterAll(() => database.discard());

async function insert(table: string, row: Row): Promise<void> {
  const columns = Object.keys(row);
  const places = columns.map((_, index) => `$${index + 1}`);
  // Ids that the database gives may be taken, too.
  await sql(`insert into ${table} (${columns}) overriding system value values (${places})`, Object.values(row));
}

/** The constraint that refuses the row; undefined when it is taken. Either way nothing stays. */
async function refusalOf(table: string, row: Row): Promise<unknown> {
  await sql('begin');
  try {
    await insert(table, row);
    return undefined;
  } catch (err) {
    if (err instanceof Error && 'constraint' in err) return err.constraint;
    throw err;
  } finally {
    await sql('rollback');
  }
}

test.each(REFUSALS)(
  '$table: $constraint refuses a row that differs in $changed',
  async ({ table, constraint, row }) => {
    expect(await refusalOf(table, row)).toBe(constraint);
  },
);

test.each(ACCEPTANCES)('$table: $why', async ({ table, row }) => {
  expect(await refusalOf(table, row)).toBeUndefined();
});

test('every constraint and every unique index of ours has been tried', async () => {
  const rows = await sql(`
    select conrelid::regclass::text as table, conname as name from pg_constraint
      where connamespace::regnamespace::text in ${SCHEMAS} and contype in ('c', 'f', 'p', 'u', 'x') and conrelid <> 0
    union
    select indrelid::regclass::text, relname from pg_index join pg_class on pg_class.oid = indexrelid
      where indisunique and relnamespace::regnamespace::text in ${SCHEMAS}`);
  const inDatabase = rows.map(({ table, name }) => `${table} ${name}`);
  const tried = new Set(REFUSALS.map(({ table, constraint }) => `${table} ${constraint}`));
  expect([...tried].sort()).toEqual(inDatabase.sort());
});

test('a column may be empty only where something may not be known', async () => {
  const rows = await sql(`
    select relnamespace::regnamespace || '.' || relname as table, string_agg(attname, ' ' order by attname) as columns
    from pg_attribute join pg_class on pg_class.oid = attrelid
    where relnamespace::regnamespace::text in ${SCHEMAS} and relkind in ('r', 'p') and not relispartition
      and attnum > 0 and not attisdropped and not attnotnull
    group by 1`);
  expect(Object.fromEntries(rows.map(({ table, columns }) => [table, columns]))).toEqual(EMPTY);
});

test.each(INDEXED)('$index finds what it is for', async ({ index, query, shown = index.split('.')[1], without }) => {
  await sql('begin');
  await sql('set local enable_seqscan = off');
  if (without) await sql(`drop index ${without}`);
  const plan = await sql(`explain ${query}`);
  await sql('rollback');
  expect(plan.map((row) => row['QUERY PLAN']).join('\n')).toMatch(new RegExp(`\\b${shown}\\b`));
});

test('every index that is no constraint has its query', async () => {
  const rows = await sql(`
    select relnamespace::regnamespace || '.' || relname as name from pg_index join pg_class on pg_class.oid = indexrelid
    where not indisunique and not relispartition and relnamespace::regnamespace::text in ${SCHEMAS}`);
  expect(INDEXED.map(({ index }) => index).sort()).toEqual(rows.map((row) => row['name']).sort());
});

test('events stand in the 64 partitions that relays look into, whatever they are ordered by', async () => {
  for (const schema of ['booking', 'tracking']) {
    await sql(`insert into ${schema}.outbox (id, event_id, type, aggregate_id, version, ordering_key, body)
      overriding system value
      select n + 9, gen_random_uuid(), 't', n, 9, n || ' ä', '{}' from generate_series(1, 5000) as n`);
    const rows = await sql(`select distinct mod(hashtext(ordering_key)::bigint + 2147483648, 64)::int as partition
      from ${schema}.outbox order by 1`);
    expect(rows.map(({ partition }) => partition)).toEqual(Array.from({ length: 64 }, (_, partition) => partition));
  }
});

test('how a search went goes with its candidates', async () => {
  await sql('begin');
  await sql('delete from booking.search_round');
  expect(await sql('select from booking.candidate')).toEqual([]);
  await sql('rollback');
});
