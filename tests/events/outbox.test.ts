import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type EventType, EXCHANGES, parseEvent, QUEUES, STREAM_EVENTS } from '@logi/contracts';
import { appendEvent, type EventTables, OutboxRelay, type Share, transactWithEvents } from '@logi/events';
import { declareTopology, Publisher } from '@logi/messaging';
import { type Database, openDatabase, type Tx } from '@logi/persistence';
import { Registry } from 'prom-client';
import { eventually, LONG_WAIT_MS, within } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { openSql, type Rows } from '../support/database.ts';
import { startLine } from '../support/line.ts';
import { long } from '../support/long.ts';
import { RawBroker, type SeenMessage } from '../support/raw/raw-broker.ts';
import { createTestServers, type TestServers } from '../support/servers.ts';
import { silent } from '../support/services/event-consumers.ts';

type Tables = EventTables & { thing: { thingId: string; version: number } };
type RelayUnderTest = {
  relay: OutboxRelay<Tables>;
  registry: Registry;
  databaseName: string;
  stop: () => Promise<void>;
};

const WRITERS = 12;

let servers: TestServers;
let sql: Rows;
let closeSql: () => Promise<void>;
let broker: RawBroker;
let db: Database<Tables>;
let stream: SeenMessage[];
const running: RelayUnderTest[] = [];

beforeAll(async () => {
  servers = await createTestServers();
  ({ sql, close: closeSql } = await openSql(servers.databaseUrl));
  await sql('create table booking.thing (thing_id text primary key, version integer not null)');
  broker = await RawBroker.connect(servers);
  stream = await broker.watch(QUEUES.gatewayNotifications);
  db = openDatabase<Tables>({
    url: servers.urls.booking.databaseUrl,
    schema: 'booking',
    name: 'writers',
    log: silent,
    poolSize: WRITERS,
  });
});
afterEach(async () => {
  await Promise.all(running.splice(0).map(({ stop }) => stop()));
  await sql('delete from booking.outbox');
});
afterAll(async () => {
  await db.destroy();
  await broker.close();
  await closeSql();
  await servers.discard();
});

async function startRelay(options: { amqpUrl?: string; share?: Share } = {}): Promise<RelayUnderTest> {
  const { amqpUrl = servers.urls.booking.amqpUrl, share = { index: 0, of: 1 } } = options;
  const databaseName = `relay ${randomUUID()}`;
  const registry = new Registry();
  const publisher = new Publisher({ url: amqpUrl, name: databaseName, log: silent });
  const relayDb = openDatabase<Tables>({
    url: servers.urls.booking.databaseUrl,
    schema: 'booking',
    name: databaseName,
    log: silent,
  });
  const relay = new OutboxRelay({ db: relayDb, publisher, log: silent, registry, share: () => share });
  publisher.start();
  await eventually(() => expect(publisher.isReady).toBe(true));
  relay.start();
  const stop = async () => {
    await relay.stop();
    await publisher.stop();
    await relayDb.destroy();
  };
  const underTest = { relay, registry, databaseName, stop };
  running.push(underTest);
  return underTest;
}

type Appended = {
  type?: 'driver.work_changed' | 'offer.closed';
  version: number;
  orderingKey?: string;
  occurredAt?: Date;
};

function append(tx: Tx<Tables>, thingId: string, event: Appended): void {
  const { type = 'driver.work_changed', ...rest } = event;
  if (type === 'offer.closed') {
    const data = { offer_id: randomUUID(), booking_id: randomUUID(), driver_id: 'd', outcome: 'expired' } as const;
    appendEvent(tx, { ...rest, type, aggregateId: thingId, data });
  } else {
    const data = { driver_id: 'd', work: 'Free', booking_id: null, user_id: null } as const;
    appendEvent(tx, { ...rest, type, aggregateId: thingId, data });
  }
}

/** What services do: change the row, which locks it, and tell of it, in one transaction. */
function change(thingId: string, spoil?: () => void): Promise<void> {
  return transactWithEvents(db, async (tx) => {
    const { version } = await tx
      .updateTable('thing')
      .set((row) => ({ version: row('version', '+', 1) }))
      .where('thingId', '=', thingId)
      .returning('version')
      .executeTakeFirstOrThrow();
    append(tx, thingId, { version });
    spoil?.();
  });
}

async function newThings(count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  await sql('insert into booking.thing select unnest($1::text[]), 0', [ids]);
  return ids;
}

/** Changes these things in no order, some transactions rolled back, until `isOver` is told that so many were begun. */
async function writeConcurrently(ids: string[], isOver: (begun: number) => boolean): Promise<void> {
  let begun = 0;
  const write = async () => {
    while (!isOver(begun)) {
      begun += 1;
      const id = ids[Math.floor(Math.random() * ids.length)] ?? '';
      const isSpoilt = Math.random() < 0.1;
      const spoil = () => {
        throw new Error('spoilt');
      };
      await change(id, isSpoilt ? spoil : undefined).catch((err: Error) => expect(err.message).toBe('spoilt'));
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
}

async function pendingIds(): Promise<string[]> {
  const rows = await sql('select aggregate_id from booking.outbox where published_at is null order by id');
  return rows.map((row) => String(row['aggregate_id']));
}

async function everythingPublished(): Promise<void> {
  await eventually(async () => expect(await pendingIds()).toHaveLength(0), LONG_WAIT_MS);
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** What a reader makes of it that passes over repeats. */
function firstTimes(versions: number[]): number[] {
  return [...new Set(versions)];
}

/** The versions of each thing, in the order of the messages. */
function versionsIn(messages: SeenMessage[]): Map<string, number[]> {
  const events = messages.map(({ body }) => parseEvent(JSON.parse(body)));
  const things = Map.groupBy(events, (event) => event.aggregate_id);
  return new Map([...things].map(([id, changes]) => [id, changes.map(({ version }) => version)]));
}

function published(thingId: string): number[] {
  return versionsIn(stream).get(thingId) ?? [];
}

/** What each of these has been published as; repeats only count if asked for. */
function publishedOf(ids: string[], read: (versions: number[]) => number[] = (versions) => versions) {
  const all = versionsIn(stream);
  return new Map(ids.map((id) => [id, read(all.get(id) ?? [])]));
}

async function versions(ids: string[]): Promise<Map<string, number[]>> {
  const rows = await sql('select thing_id, version from booking.thing where thing_id = any($1)', [ids]);
  return new Map(rows.map((row) => [String(row['thing_id']), upTo(Number(row['version']))]));
}

async function metric({ registry }: RelayUnderTest, name: string): Promise<number> {
  const line = (await registry.metrics()).split('\n').find((text) => text.startsWith(`${name} `));
  return Number(line?.split(' ')[1]);
}

/** Two names whose events are in one partition of the outbox, where one may stand in the way of the other. */
async function neighbours(): Promise<[string, string]> {
  const ids = Array.from({ length: 65 }, () => randomUUID());
  const [pair] = await sql(
    `select min(id) as one, max(id) as other from unnest($1::text[]) as id
     group by mod(hashtext(id)::bigint + 2147483648, 64) having count(*) > 1`,
    [ids],
  );
  return [String(pair?.['one']), String(pair?.['other'])];
}

test('an event of a rolled back transaction is never published', async () => {
  const [thing = ''] = await newThings(1);
  await expect(
    change(thing, () => {
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  await change(thing);
  await startRelay();
  await everythingPublished();
  await eventually(() => expect(published(thing).length).toBeGreaterThan(0));
  expect(published(thing)).toEqual([1]);
});

test('an event that does not fit its schema rolls its transaction back', async () => {
  const [thing = ''] = await newThings(1);
  const data = { driver_id: 'd', work: 'Asleep' as 'Free', booking_id: null, user_id: null };
  await expect(
    transactWithEvents(db, async (tx) => {
      await tx.updateTable('thing').set({ version: 1 }).where('thingId', '=', thing).execute();
      appendEvent(tx, { type: 'driver.work_changed', aggregateId: thing, version: 1, data });
    }),
  ).rejects.toThrow('work');
  expect(await versions([thing])).toEqual(new Map([[thing, []]]));
});

test('an event cannot be appended to a transaction that would not write it', async () => {
  const plain = db.transaction().execute(async (tx) => append(tx, randomUUID(), { version: 1 }));
  await expect(plain).rejects.toThrow('carries no events');
});

test('two changes that deadlock are both made, and each is told of once', async () => {
  const [one = '', other = ''] = await newThings(2);
  const bothHoldOne = Promise.withResolvers<void>();
  closeLater(bothHoldOne.resolve);
  let holders = 0;
  const inTurn = (ids: string[]) =>
    transactWithEvents(db, async (tx) => {
      for (const id of ids) {
        await tx.updateTable('thing').set({ version: 1 }).where('thingId', '=', id).execute();
        holders += 1;
        if (holders === 2) bothHoldOne.resolve();
        await within(bothHoldOne.promise, 'both to hold one');
      }
      append(tx, randomUUID(), { version: 1, orderingKey: one });
    });
  await Promise.all([inTurn([one, other]), inTurn([other, one])]);
  expect(holders).toBeGreaterThan(4);
  expect(await pendingIds()).toHaveLength(2);
});

test('many writers and two relays: each event is published once, and those of one thing in order', async () => {
  const things = await newThings(25);
  const relays = [await startRelay(), await startRelay()];
  let isDecided = false;
  const bothPublish = eventually(async () => {
    for (const relay of relays) expect(await metric(relay, 'logi_outbox_publish_seconds_count')).toBeGreaterThan(0);
  }, LONG_WAIT_MS).finally(() => {
    isDecided = true;
  });
  await Promise.all([bothPublish, writeConcurrently(things, (begun) => begun >= 800 && isDecided)]);
  await everythingPublished();
  const expected = await versions(things);
  await eventually(() => expect(publishedOf(things)).toEqual(expected));
});

test('of a backlog each relay takes its share, and a relay whose neighbour is dead takes all', async () => {
  const backlog = (count: number) =>
    transactWithEvents(db, async (tx) => {
      for (let left = count; left > 0; left -= 1) append(tx, randomUUID(), { version: 1 });
    });
  await backlog(2_000);
  const relays = await Promise.all([0, 1].map((index) => startRelay({ share: { index, of: 2 } })));
  await everythingPublished();
  for (const relay of relays) expect(await metric(relay, 'logi_outbox_publish_seconds_count')).toBeGreaterThan(400);

  await relays[0]?.stop();
  await backlog(1_000);
  await everythingPublished();
  stream.splice(0);
});

test('an event that commits late is published, although later ones were before it', async () => {
  const [late, early] = await neighbours();
  await startRelay();
  // By hand, since `transactWithEvents` would take its id just before the commit.
  await db.transaction().execute(async (tx) => {
    const data = { driver_id: 'd', work: 'Free', booking_id: null, user_id: null };
    const eventId = randomUUID();
    const type = 'driver.work_changed';
    const event = {
      event_id: eventId,
      type,
      aggregate_id: late,
      version: 1,
      occurred_at: new Date().toISOString(),
      data,
    };
    const row = { eventId, type, aggregateId: late, version: 1, orderingKey: late, body: JSON.stringify(event) };
    await tx.insertInto('outbox').values(row).execute();
    await transactWithEvents(db, async (other) => append(other, early, { version: 1 }));
    await eventually(() => expect(published(early)).toEqual([1]));
  });
  await eventually(() => expect(published(late)).toEqual([1]));
});

long('connections that are closed again and again lose no event and turn none around', async () => {
  const things = await newThings(25);
  const urls = [await broker.userUrl('booking'), await broker.userUrl('booking')];
  for (const amqpUrl of urls) await startRelay({ amqpUrl });
  const [minClosed, minChanges] = [10, 800];
  let isOver = false;
  let closed = 0;
  const close = async () => {
    while (!isOver) {
      const { length } = stream;
      for (const url of urls) closed += await broker.closeConnections(url);
      await eventually(() => expect(stream.length > length || isOver).toBe(true));
    }
  };
  const end = () => {
    isOver = true; // for both, also where one of them fails
  };
  await Promise.all([
    close().finally(end),
    writeConcurrently(things, (begun) => isOver || (begun >= minChanges && closed >= minClosed)).finally(end),
  ]);
  await everythingPublished();
  const expected = await versions(things);
  // Those that were cut off between the confirm and the mark are there twice, but behind nothing newer at first.
  await eventually(() => expect(publishedOf(things, firstTimes)).toEqual(expected));
});

test('a relay whose database sessions are ended while it waits for the broker publishes after that', async () => {
  const [thing = ''] = await newThings(1);
  const proxy = await startLine(servers.urls.booking.amqpUrl);
  const { relay, databaseName } = await startRelay({ amqpUrl: proxy.url() });
  await change(thing);
  await everythingPublished();
  proxy.freeze();
  await change(thing);
  relay.wake();
  const held = `select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = $1 and state = 'idle in transaction' and query like '%from outbox%'`;
  await eventually(async () => expect(await sql(held, [databaseName])).toHaveLength(1));
  proxy.thaw();
  await everythingPublished();
  await eventually(() => expect(firstTimes(published(thing))).toEqual([1, 2]));
});

/** From now on, and at most until the end of the test, no queue takes events of this type. */
async function takeNo(type: EventType): Promise<void> {
  closeLater(() => declareTopology(servers.amqpUrl));
  await broker.channel.unbindQueue(EXCHANGES.unrouted, EXCHANGES.unrouted, '');
  await broker.channel.unbindQueue(QUEUES.gatewayNotifications, EXCHANGES.bookingEvents, type);
}

test('an event that no queue takes stays, with what follows it for the same thing, and others go on', async () => {
  const [stuck, free] = await neighbours();
  await takeNo('offer.closed');
  await transactWithEvents(db, async (tx) => {
    append(tx, stuck, { type: 'offer.closed', version: 1 });
    append(tx, stuck, { version: 2 });
    append(tx, free, { version: 1 });
  });
  const { relay } = await startRelay();
  await eventually(() => expect(published(free)).toEqual([1]));
  await transactWithEvents(db, async (tx) => append(tx, free, { version: 2 }));
  relay.wake();
  await eventually(() => expect(published(free)).toEqual([1, 2]));
  await eventually(async () => expect(await pendingIds()).toEqual([stuck, stuck]));

  await declareTopology(servers.amqpUrl);
  await everythingPublished();
  expect(published(stuck)).toEqual([1, 2]);
  expect(STREAM_EVENTS).toContain('offer.closed');
});

test('hundreds of events that cannot be published do not stand in the way of others', async () => {
  const [stuck, free] = await neighbours();
  await takeNo('offer.closed');
  await transactWithEvents(db, async (tx) => {
    for (let version = 1; version <= 250; version += 1) append(tx, stuck, { type: 'offer.closed', version });
    append(tx, free, { version: 1 });
  });
  await startRelay();
  await eventually(() => expect(published(free)).toEqual([1]));
});

test('events that a full queue refuses wait, and reach it in order when it has room', async () => {
  const [thing = ''] = await newThings(1);
  const { channel } = broker;
  const queue = QUEUES.trackingBlocks;
  const limits = { 'x-queue-type': 'quorum', 'x-max-length': 5, 'x-overflow': 'reject-publish' };
  await channel.deleteQueue(queue);
  await channel.assertQueue(queue, { durable: true, arguments: limits });
  await channel.bindQueue(queue, EXCHANGES.bookingEvents, '#');
  for (let changes = 0; changes < 40; changes += 1) await change(thing);
  await startRelay();
  await eventually(async () => expect(await broker.depth(queue)).toBeGreaterThanOrEqual(5));
  const taken = await broker.watch(queue);
  await everythingPublished();
  await eventually(() => expect(firstTimes(versionsIn(taken).get(thing) ?? [])).toEqual(upTo(40)));
  await channel.deleteQueue(queue);
  await declareTopology(servers.amqpUrl);
});

test("an event of a newer version's type stays for that version, and others go on", async () => {
  const [future, free] = await neighbours();
  await transactWithEvents(db, async (tx) => append(tx, future, { version: 1 }));
  await sql(`update booking.outbox set type = 'driver.teleported' where aggregate_id = $1`, [future]);
  await transactWithEvents(db, async (tx) => append(tx, free, { version: 1 }));
  await startRelay();
  await eventually(() => expect(published(free)).toEqual([1]));
  await eventually(async () => expect(await pendingIds()).toEqual([future]));
});

test('the age of the oldest unpublished event is a metric, and zero when there is none', async () => {
  const [thing = ''] = await newThings(1);
  const proxy = await startLine(servers.urls.booking.amqpUrl);
  const relay = await startRelay({ amqpUrl: proxy.url() });
  await proxy.close();
  await transactWithEvents(db, async (tx) =>
    append(tx, thing, { version: 1, occurredAt: new Date(Date.now() - 90_000) }),
  );
  const age = () => metric(relay, 'logi_outbox_oldest_age_seconds');
  await eventually(async () => expect(await age()).toBeGreaterThan(89));
  expect(await age()).toBeLessThan(120);
  await proxy.reopen();
  await everythingPublished();
  await eventually(async () => expect(await age()).toBe(0));
});

test('published events are kept for a day, then removed, however many they are', async () => {
  const rows = (count: number, age: string, at: string) =>
    sql(`
    insert into booking.outbox (event_id, type, aggregate_id, version, occurred_at, ordering_key, body, published_at)
    select gen_random_uuid(), 'offer.closed', gen_random_uuid(), 1, now() - interval '${age}', 'k', '{}', ${at}
    from generate_series(1, ${count})`);
  await rows(12_000, '25 hours', `now() - interval '25 hours'`);
  await rows(3, '23 hours', `now() - interval '23 hours'`);
  await startRelay();
  await eventually(async () => {
    expect(await sql('select 1 from booking.outbox')).toHaveLength(3);
  });
});
