import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { withEach } from '@logi/contracts';
import { Link, reachBroker } from '@logi/messaging';
import { connect, type Database, isOutage, openDatabase, openPool, reachDatabase } from '@logi/persistence';
import { sql } from 'kysely';
import { findPorts } from '../../tools/stack/processes/ports.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { openSql, type Rows } from '../support/database.ts';
import { startLine } from '../support/line.ts';
import { createTestServers, type TestServers } from '../support/servers.ts';
import { silent } from '../support/services/event-consumers.ts';

/* Two lines to the one server stand for two servers, of which each can go. */

let servers: TestServers;
let asAdmin: Rows;
let closeSql: () => Promise<void>;

beforeAll(async () => {
  servers = await createTestServers();
  ({ sql: asAdmin, close: closeSql } = await openSql(servers.databaseUrl));
  await asAdmin('create table booking.thing (version integer not null)');
  await asAdmin('insert into booking.thing values (0)');
});
afterAll(async () => {
  await closeSql();
  await servers.discard();
});

/** The URL with these hosts in the place of its own. */
function listOf(url: string, hosts: readonly string[]): string {
  const [first = '', ...others] = hosts;
  const changed = new URL(withEach(url, (each) => Object.assign(each, { host: first })));
  return changed.href.replace(`@${changed.host}`, `@${[first, ...others].join(',')}`);
}

async function nobody(): Promise<string> {
  return `127.0.0.1:${(await findPorts({ port: [] })).port}`;
}

async function twoLines(url: string) {
  const lines = [await startLine(url), await startLine(url)] as const;
  for (const line of lines) closeLater(() => line.close());
  return {
    lines,
    list: listOf(
      url,
      lines.map((line) => new URL(line.url()).host),
    ),
  };
}

function openThings(url: string): Database<Record<never, never>> {
  const db = openDatabase<Record<never, never>>({ url, schema: 'booking', name: 'things', log: silent, poolSize: 1 });
  closeLater(() => db.destroy());
  return db;
}

const raise = (db: Database<Record<never, never>>) => sql`update thing set version = version + 1`.execute(db);

test('a link gets in where every node is so busy that a set-up takes four seconds', async () => {
  const { list } = await twoLines(servers.amqpUrl);
  const open = () => new Promise<void>((resolve) => setTimeout(resolve, 4_000));
  const link = new Link({ url: list, name: 'patient', log: silent, open });
  closeLater(() => link.stop());
  link.start();
  await eventually(() => expect(link.isOpen).toBe(true));
});

test('a link finds the node that is there, and another one when that goes', async () => {
  const { lines, list } = await twoLines(servers.amqpUrl);
  await lines[0].close();
  const open = () => Promise.resolve();
  const link = new Link({ url: list, name: 'of two nodes', log: silent, open, maxBackoffMs: 50 });
  closeLater(() => link.stop());
  link.start();
  await eventually(() => expect(link.isOpen).toBe(true));
  await lines[0].reopen();
  const before = lines[0].attempts;
  await lines[1].close();
  await eventually(() => {
    expect(lines[0].attempts).toBeGreaterThan(before);
    expect(link.isOpen).toBe(true);
  });
});

test('links spread over the nodes', async () => {
  const { lines, list } = await twoLines(servers.amqpUrl);
  for (let links = 0; lines.some((line) => line.attempts === 0); links += 1) {
    expect(links).toBeLessThan(100);
    await openedOnce(list);
  }
});

async function openedOnce(url: string): Promise<void> {
  const link = new Link({ url, name: 'one of many', log: silent, open: () => Promise.resolve() });
  link.start();
  await eventually(() => expect(link.isOpen).toBe(true));
  await link.stop();
}

test('tools reach a broker or a database by any of its hosts, and say why the last cannot be', async () => {
  const { host: broker } = new URL(servers.amqpUrl);
  const { host: database } = new URL(servers.databaseUrl);
  await reachBroker(listOf(servers.amqpUrl, [await nobody(), broker]));
  const list = listOf(servers.databaseUrl, [await nobody(), database]);
  expect(await reachDatabase(list)).toMatchObject({ hasTables: true, risk: undefined });
  await expect(reachBroker(listOf(servers.amqpUrl, [await nobody(), await nobody()]))).rejects.toThrow('ECONNREFUSED');
  const nowhere = reachDatabase(listOf(servers.databaseUrl, [await nobody(), await nobody()]));
  await expect(nowhere).rejects.toThrow('ECONNREFUSED');
});

test('a database is found at whichever of its hosts answers, without a query that fails', async () => {
  const { lines, list } = await twoLines(servers.urls.booking.databaseUrl);
  const db = openThings(list);
  await raise(db);
  await lines[0].close();
  await eventually(() => raise(db)); // what the line broke under fails, as it always has
  await raise(db);
  expect(lines[1].attempts).toBeGreaterThan(0);
  await lines[0].reopen();
  await lines[1].close();
  await eventually(() => raise(db));
});

test('a pool that is in use to its last connection blames no server', async () => {
  const { lines, list } = await twoLines(servers.urls.booking.databaseUrl);
  const options = { url: list, schema: 'booking', name: 'busy', log: silent, poolSize: 1 };
  const pool = openPool(options, { connectionTimeoutMillis: 1_000 });
  closeLater(() => pool.end());
  const client = await connect(pool);
  await expect(connect(pool)).rejects.toThrow('no connection to the database');
  client.release(true);
  (await connect(pool)).release();
  expect(lines[1].attempts).toBe(0);
});

test('a server that takes no changes is one that is away, until it takes them again', async () => {
  const db = openThings(servers.urls.booking.databaseUrl);
  const name = new URL(servers.databaseUrl).pathname.slice(1);
  await asAdmin(`alter database ${name} set default_transaction_read_only = on`);
  const refused = await raise(db).catch((err: unknown) => err);
  expect(isOutage(refused)).toBe(true);
  await asAdmin(`alter database ${name} reset default_transaction_read_only`);
  await raise(db);
});

test('a connection whose server turns read-only under it is not used again', async () => {
  const db = openThings(servers.urls.booking.databaseUrl);
  await sql`select set_config('default_transaction_read_only', 'on', false)`.execute(db);
  const refused = await raise(db).catch((err: unknown) => err);
  expect(refused).toMatchObject({ code: '25006' });
  expect(isOutage(refused)).toBe(true);
  await raise(db);
});
