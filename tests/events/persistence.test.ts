import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Database, isOutage, openDatabase, type Tx, transact, withNext } from '@logi/persistence';
import { sql } from 'kysely';
import { openSql, type Rows } from '../support/database.ts';
import { startLine } from '../support/line.ts';
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
  await asAdmin('create sequence booking.counted');
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

/** Counts also where it is undone. */
const count = sql`select nextval('counted')`;
const counted = async () => Number((await asAdmin('select last_value from booking.counted'))[0]?.['last_value']);
const raiseWithNext = (tx: Tx<Tables>, by: number | null, thing = 'one') =>
  withNext(tx, sql`update thing set version = version + ${by} where thing_id = ${thing}`);
const addWithNext = (tx: Tx<Tables>, thing: string) =>
  withNext(tx, tx.insertInto('thing').values({ thingId: thing, version: 1 }));
const fail = () => Promise.reject(new Error('on purpose'));

/** What is held must have been asked once before, on each connection. */
async function prepareBoth(ask: (tx: Tx<Tables>) => Promise<unknown>): Promise<void> {
  const both = Promise.withResolvers<void>();
  let open = 0;
  const prepare = () =>
    transact(db, async (tx) => {
      await ask(tx);
      open += 1;
      if (open === 2) both.resolve();
      await both.promise;
      await fail();
    });
  const prepared = await Promise.allSettled([prepare(), prepare()]);
  expect(prepared.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
}
const prepareAll = () =>
  prepareBoth(async (tx) => {
    await withNext(tx, count);
    await raiseWithNext(tx, 0, 'none');
    await addWithNext(tx, randomUUID());
    await withNext(tx, raiseAndTell(0, 'none'));
    await withNext(tx, double('none'));
  });
const double = (thing = 'one') => sql`update thing set version = version * 2 where thing_id = ${thing}`;
const raiseAndTell = (by: number, thing = 'one') =>
  sql`update thing set version = version + ${by} where thing_id = ${thing} returning *`;

test('changes that nobody waits for are done in their order, before what comes next', async () => {
  await prepareAll();
  const { version } = await read(db);
  const seen = await transact(db, async (tx) => {
    await withNext(tx, raiseAndTell(1)); // what it tells is for nobody
    await withNext(tx, double());
    const between = await read(tx);
    await raiseWithNext(tx, 1);
    const raised = await raise(tx);
    await withNext(tx, double());
    await raiseWithNext(tx, 1);
    return [between.version, raised.version];
  });
  const doubled = (version + 1) * 2;
  expect(seen).toEqual([doubled, doubled + 2]);
  expect((await read(db)).version).toBe((doubled + 2) * 2 + 1);
});

test('more of them than are held at once are all done', async () => {
  await prepareAll();
  const { version } = await read(db);
  await transact(db, async (tx) => {
    for (let i = 0; i < 250; i += 1) await raiseWithNext(tx, 1);
  });
  expect((await read(db)).version).toBe(version + 250);
});

test('a hundred are held at the most, the begin among them', async () => {
  await prepareAll();
  const sentOf = async (many: number) => {
    const before = await counted();
    const undone = transact(db, async (tx) => {
      for (let i = 0; i < many; i += 1) await withNext(tx, count);
      await fail();
    });
    await expect(undone).rejects.toThrow('on purpose');
    return (await counted()) - before;
  };
  expect([await sentOf(99), await sentOf(100)]).toEqual([0, 100]);
});

test('what is held is not sent where its transaction is undone', async () => {
  await prepareAll();
  const [before, { version }] = [await counted(), await read(db)];
  await expect(transact(db, async (tx) => [await withNext(tx, count), await fail()])).rejects.toThrow('on purpose');
  await expect(transact(db, async (tx) => [await raise(tx), await withNext(tx, count), await fail()])).rejects.toThrow(
    'on purpose',
  );
  await transact(db, async (tx) => read(tx)); // nor with what that connection is asked next
  expect([await counted(), (await read(db)).version]).toEqual([before, version]);
  await transact(db, async (tx) => withNext(tx, count));
  expect(await counted()).toBe(before + 1);
});

test.each<[string, string, (tx: Tx<Tables>) => Promise<unknown>]>([
  ['breaks a rule', '23502', (tx) => raiseWithNext(tx, null)],
  ['is there already', '23505', (tx) => addWithNext(tx, 'one')],
  [
    'meets a server that takes no changes',
    '25006',
    async (tx) => [await sql`set transaction read only`.execute(tx), await raiseWithNext(tx, 1)],
  ],
])('a change that nobody waits for and that %s is what ends its transaction', async (_why, code, change) => {
  await prepareAll();
  const { version } = await read(db);
  const failing = { code, message: expect.not.stringContaining('aborted') };
  await expect(transact(db, change)).rejects.toMatchObject(failing);
  await expect(transact(db, async (tx) => [await change(tx), await raise(tx)])).rejects.toMatchObject(failing);
  await expect(
    transact(db, async (tx) => [await raise(tx), await change(tx), await raiseWithNext(tx, 1)]),
  ).rejects.toMatchObject(failing);
  await expect(
    transact(db, async (tx) => [await change(tx), await Promise.all([read(tx), raise(tx)])]),
  ).rejects.toMatchObject(failing);
  expect((await read(db)).version).toBe(version);
});

test('two transactions that lock each other out by changes that nobody waits for are both done', async () => {
  await prepareAll();
  await transact(db, async (tx) => [await addWithNext(tx, 'two'), await addWithNext(tx, 'three')]);
  const both = Promise.withResolvers<void>();
  let locked = 0;
  const raiseBoth = (first: string, second: string) =>
    transact(db, async (tx) => {
      await raiseWithNext(tx, 1, first);
      await read(tx);
      locked += 1;
      if (locked === 2) both.resolve();
      await both.promise;
      await raiseWithNext(tx, 1, second);
    });
  await Promise.all([raiseBoth('two', 'three'), raiseBoth('three', 'two')]);
  // Three times, or more: who is run again may take its first lock before the other has woken up, and they are at it again.
  expect(locked).toBeGreaterThan(2);
  expect(await asAdmin(`select version from booking.thing where thing_id in ('two', 'three')`)).toEqual([
    { version: 3 },
    { version: 3 },
  ]);
});

test('a column that a migration adds makes a transaction with a change that nobody waits for run again', async () => {
  await prepareAll();
  const { version } = await read(db);
  await asAdmin('alter table booking.thing add column comment text');
  let runs = 0;
  await transact(db, async (tx) => {
    runs += 1;
    await withNext(tx, raiseAndTell(1));
  });
  expect({ runs, version: (await read(db)).version }).toEqual({ runs: 2, version: version + 1 });
});

test('where the line is cut before they are sent, changes that nobody waits for are an outage, and are not done', async () => {
  const line = await startLine(servers.urls.booking.databaseUrl);
  const overLine = openDatabase<Tables>({
    url: line.url(),
    schema: 'booking',
    name: 'cut off',
    log: silent,
    poolSize: 1,
  });
  const countLate = (cut: () => Promise<void>) =>
    transact(overLine, async (tx) => {
      await sql`select 1`.execute(tx);
      await withNext(tx, count);
      await cut();
    });
  await countLate(async () => undefined);
  const before = await counted();
  const err = await countLate(() => line.close()).catch((err: unknown) => err);
  expect(isOutage(err)).toBe(true);
  await line.reopen();
  await countLate(async () => undefined);
  expect(await counted()).toBe(before + 1);
  await overLine.destroy();
});

test('outside of a transaction nothing is held', async () => {
  const outside = db as unknown as Tx<Tables>; // which the types refuse
  await expect(withNext(outside, count)).rejects.toThrow('outside of a transaction');
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
