import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Database, isOutage, openDatabase, type Tx, transact, WITH_COMMIT } from '@logi/persistence';
import { sql } from 'kysely';
import { openSql, type Rows } from '../support/database.ts';
import { createTestServers, type TestServers } from '../support/servers.ts';
import { silent } from '../support/services/event-consumers.ts';

type Tables = { thing: { thingId: string; version: number } };

let servers: TestServers;
let asAdmin: Rows;
let closeSql: () => Promise<void>;
let db: Database<Tables>;

beforeAll(async () => {
  servers = await createTestServers();
  ({ sql: asAdmin, close: closeSql } = await openSql(servers.databaseUrl));
  await asAdmin('create table booking.thing (thing_id text primary key, version integer not null)');
  await asAdmin(`insert into booking.thing values ('one', 1)`);
  const url = servers.urls.booking.databaseUrl;
  db = openDatabase<Tables>({ url, schema: 'booking', name: 'persistence test', log: silent, poolSize: 2 });
});
afterAll(async () => {
  await db.destroy();
  await closeSql();
  await servers.discard();
});

const read = (from: Pick<Database<Tables>, 'selectFrom'>) =>
  from.selectFrom('thing').selectAll().where('thingId', '=', 'one').executeTakeFirstOrThrow();
const raise = (by: Pick<Database<Tables>, 'updateTable'>) =>
  by
    .updateTable('thing')
    .set((row) => ({ version: row('version', '+', 1) }))
    .where('thingId', '=', 'one')
    .returningAll()
    .executeTakeFirstOrThrow();

test('a column that a migration adds under a running service fails neither a query nor a transaction', async () => {
  const inTransaction = () => transact(db, async (tx) => [await read(tx), await raise(tx)]);
  const [before] = [await read(db), await inTransaction()];
  await asAdmin('alter table booking.thing add column note text');
  expect(await read(db)).toEqual({ ...before, version: before.version + 1, note: null });
  await asAdmin('alter table booking.thing add column remark text');
  expect(await inTransaction()).toHaveLength(2);
  expect(await read(db)).toEqual({ ...before, version: before.version + 2, note: null, remark: null });
});

test('rows read the same the first time a statement is asked and ever after, also when there are none', async () => {
  const ask = async (areThere: boolean) => {
    const { rows } =
      await sql`select 'a' as one_text, 12::bigint as big_number, '2026-01-01T00:00:00Z'::timestamptz as at,
      '{"snake_key": [{"a_b": 1}]}'::jsonb as some_json, array[1, 2] as some_list, null::text as no_text
      where ${areThere}::boolean`.execute(db);
    return rows;
  };
  const row = {
    oneText: 'a',
    bigNumber: 12,
    at: new Date('2026-01-01T00:00:00Z'),
    someJson: { snake_key: [{ a_b: 1 }] },
    someList: [1, 2],
    noText: null,
  };
  for (const areThere of [true, false, true]) expect(await ask(areThere)).toEqual(areThere ? [row] : []);
  expect(await Promise.all([true, true, false].map(ask))).toEqual([[row], [row], []]);
});

test('what a transaction did before it failed is undone, whatever it began with', async () => {
  const { version } = await read(db);
  const fail = () => Promise.reject(new Error('on purpose'));
  await expect(transact(db, async (tx) => [await raise(tx), await fail()])).rejects.toThrow('on purpose');
  await expect(transact(db, async (tx) => [await read(tx), await raise(tx), await fail()])).rejects.toThrow(
    'on purpose',
  );
  await expect(transact(db, fail)).rejects.toThrow('on purpose');
  expect((await read(db)).version).toBe(version);
});

test('what comes after a transaction without a statement is committed by itself', async () => {
  await transact(db, async () => undefined);
  const { version } = await raise(db);
  expect(await asAdmin('select version from booking.thing')).toEqual([{ version }]);
});

test('a transaction whose first statement is refused leaves nothing behind, and its connection is as good as new', async () => {
  const { version } = await read(db);
  const addTwice = (tx: Tx<Tables>) => tx.insertInto('thing').values({ thingId: 'one', version: 1 }).execute();
  const raiseAll = (tx: Tx<Tables>) =>
    tx
      .updateTable('thing')
      .set({ version: version + 1 })
      .executeTakeFirst();
  // More often than there are connections: the first transaction of each prepares what the others need to begin.
  for (let i = 0; i < 4; i += 1) {
    await expect(transact(db, addTwice)).rejects.toThrow('duplicate key');
    await expect(transact(db, async (tx) => [await raiseAll(tx), await addTwice(tx)])).rejects.toThrow('duplicate key');
    expect((await read(db)).version).toBe(version);
  }
  expect(await transact(db, raiseAll)).toMatchObject({ numUpdatedRows: 1n });
  expect((await read(db)).version).toBe(version + 1);
});

const raiseWithCommit = async (tx: Tx<Tables>, by: number | null) => {
  await sql`${sql.raw(WITH_COMMIT)}update thing set version = version + ${by} where thing_id = 'one'`.execute(tx);
};

test('what is sent along with the commit is a part of the transaction: done with it, and undone with it', async () => {
  const { version } = await read(db);
  await transact(db, async (tx) => raiseWithCommit(tx, 1));
  await transact(db, async (tx) => [await raise(tx), await raiseWithCommit(tx, 1)]);
  await transact(db, async (tx) => [await raiseWithCommit(tx, 1), await raise(tx)]); // not the last, after all
  expect((await read(db)).version).toBe(version + 5);
  const toNothing = transact(db, async (tx) => [await raise(tx), await raiseWithCommit(tx, null)]);
  await expect(toNothing).rejects.toThrow('not-null');
  const fail = () => Promise.reject(new Error('on purpose'));
  await expect(transact(db, async (tx) => [await raiseWithCommit(tx, 1), await fail()])).rejects.toThrow('on purpose');
  await transact(db, async (tx) => read(tx)); // on the same connection, nothing is left of it
  expect((await read(db)).version).toBe(version + 5);
});

test.each([
  ['takes too long', 'statement_timeout', sql`select pg_sleep(10)`],
  ['waits too long for a lock', 'lock_timeout', sql`lock table thing`],
])('a statement that %s is an outage, not a refusal', async (_name, limit, statement) => {
  await asAdmin('begin');
  await asAdmin('lock table booking.thing');
  const failing = transact(db, async (tx) => {
    await sql`select set_config(${limit}, '50', true)`.execute(tx);
    await statement.execute(tx);
  });
  const err = await failing.catch((err: unknown) => err);
  await asAdmin('rollback');
  expect(err).toBeInstanceOf(Error);
  expect(isOutage(err)).toBe(true);
});
