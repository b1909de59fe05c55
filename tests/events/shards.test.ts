import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { EVENTS, SHARD_HEADER, SHARD_KEY_HEADER, SHARDS, shardExchange, shardQueue } from '@logi/contracts';
import { Publisher, withShard } from '@logi/messaging';
import { pino } from 'pino';
import { provision } from '../../tools/stack/provision.ts';
import { createRandom } from '../../tools/testing/random.ts';
import type { TcpProxy } from '../../tools/testing/tcp-proxy.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { startLine } from '../support/line.ts';
import { inTwoSizes, long } from '../support/long.ts';
import { connectBroker } from '../support/raw/raw-broker.ts';
import { EventConsumers, QUEUE, silent, type WorkChanged, workChanged } from '../support/services/event-consumers.ts';
import { startService } from '../support/services/service-process.ts';

let consumers: EventConsumers;
beforeAll(async () => {
  consumers = await EventConsumers.create();
});
afterEach(() => consumers.stopInstances());
afterAll(() => consumers.discard());

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

function publish(event: WorkChanged): Promise<void> {
  return consumers.publish(event, { [SHARD_KEY_HEADER]: event.data.driver_id });
}

/** How many shards each instance holds, and at its end what nobody does. */
async function shares(): Promise<number[]> {
  const rows = await consumers.sql('select count(*)::int as count from tracking.shard group by holder order by 1 desc');
  return rows.map((row) => Number(row['count']));
}

function publisherOf(shards: number, log = silent): Publisher {
  const publisher = new Publisher({ url: consumers.servers.amqpUrl, name: 'publisher', log, shards });
  closeLater(() => publisher.stop());
  publisher.start();
  return publisher;
}

test('an event is in the shard of its key, and one without a key, or of another number of shards, in the first', async () => {
  const { broker } = consumers;
  const publisher = publisherOf(SHARDS.default);
  await eventually(() => expect(publisher.isReady).toBe(true));
  const event = workChanged(randomUUID(), 1);
  const { exchange } = EVENTS[event.type];
  const send = async (headers: Record<string, unknown>) => {
    const body = Buffer.from(JSON.stringify(event));
    const message = { exchange, routingKey: event.type, body, messageId: randomUUID(), type: event.type, headers };
    expect(await publisher.publish([message])).toEqual([undefined]);
  };
  await send({ [SHARD_KEY_HEADER]: 'driver 22' });
  await send({ [SHARD_KEY_HEADER]: 'dora' });
  await send({});
  await send({ [SHARD_HEADER]: '8' });
  const depths = async () => {
    const shards = Array.from({ length: SHARDS.default }, (_, shard) => shardQueue(QUEUE, shard));
    return Promise.all(shards.map(async (shard) => (await broker.channel.checkQueue(shard)).messageCount));
  };
  await eventually(async () => expect(await depths()).toEqual([2, 0, 0, 0, 0, 1, 1, 0]));
  for (let shard = 0; shard < SHARDS.default; shard += 1) await broker.channel.purgeQueue(shardQueue(QUEUE, shard));
});

test('who is given fewer shards than there are publishes nothing', async () => {
  const lines: string[] = [];
  const publisher = publisherOf(SHARDS.default - 1, pino({ level: 'warn' }, { write: (line) => lines.push(line) }));
  await eventually(() => expect(lines.join()).toContain('WORK_QUEUE_SHARDS is 7, and was more'));
  expect(publisher.isReady).toBe(false);
});

test('each instance holds its share of the shards and no more, however many come and go', async () => {
  const first = consumers.start({ instance: 'first' });
  await eventually(async () => expect(await shares()).toEqual([8]));
  const second = consumers.start({ instance: 'second' });
  await eventually(async () => expect(await shares()).toEqual([4, 4]));
  const third = consumers.start({ instance: 'third' });
  await eventually(async () => expect(await shares()).toEqual([3, 3, 2]));
  await first.stop();
  await eventually(async () => expect(await shares()).toEqual([4, 4]));
  for (const old of [second, third]) {
    consumers.start({ instance: 'replacement' });
    await eventually(async () => expect(await shares()).toEqual([3, 3, 2]));
    await old.stop();
    await eventually(async () => expect(await shares()).toEqual([4, 4]));
  }
});

test('what an instance has in hand has no effect once somebody else has its shard', async () => {
  const { consumer } = consumers.start();
  await eventually(() => expect(consumer.isConsuming).toBe(true));
  const other = randomUUID();
  await consumers.sql(`insert into tracking.shard_holder values ($1, now() + interval '1 hour')`, [other]);
  await consumers.sql('update tracking.shard set holder = $1, fence = fence + 1', [other]);
  const drivers = Array.from({ length: 20 }, () => randomUUID());
  await Promise.all(drivers.map((driver) => publish(workChanged(driver, 1))));
  await eventually(() => expect(consumer.isConsuming).toBe(false));
  expect(await Promise.all(drivers.map((driver) => consumers.effects(driver)))).toEqual(drivers.map(() => []));

  await consumers.sql('delete from tracking.shard_holder where instance = $1', [other]);
  for (const driver of drivers) await eventually(async () => expect(await consumers.versions(driver)).toEqual([1]));
});

/** A driver whose events are in this shard. */
function driverIn(shard: number): string {
  const driver = randomUUID();
  const isThere = withShard({ [SHARD_KEY_HEADER]: driver }, SHARDS.default)[SHARD_HEADER] === String(shard);
  return isThere ? driver : driverIn(shard);
}

test('an instance has one connection for all its shards, also as they come and go', async () => {
  const line = await startLine(consumers.servers.urls.tracking.amqpUrl);
  const { consumer } = consumers.start({ amqpUrl: line.url() });
  await eventually(async () => expect(await shares()).toEqual([8]));
  const second = consumers.start({ instance: 'second' });
  await eventually(async () => expect(await shares()).toEqual([4, 4]));
  await second.stop();
  await eventually(async () => expect(await shares()).toEqual([8]));
  await eventually(() => expect(consumer.isConsuming).toBe(true));
  expect(line.attempts).toBe(2); // the publisher has the other
});

test('a shard is lost alone: what was delivered of it comes again in order, and another is worked on meanwhile', async () => {
  const { broker, servers, sql } = consumers;
  const line = await startLine(servers.urls.tracking.amqpUrl);
  const [lost, kept] = [driverIn(5), driverIn(2)];
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  closeLater(open);
  let begun = 0;
  const before = async ({ data }: WorkChanged) => {
    if (data.driver_id !== kept) return;
    begun += 1;
    await gate;
  };
  const { consumer } = consumers.start({ amqpUrl: line.url(), before });
  await eventually(() => expect(consumer.isConsuming).toBe(true));
  await publish(workChanged(kept, 1));
  await eventually(() => expect(begun).toBe(1));

  const other = randomUUID();
  await sql(`insert into tracking.shard_holder values ($1, now() + interval '1 hour')`, [other]);
  await sql('update tracking.shard set holder = $1, fence = fence + 1 where number = 5', [other]);
  for (const version of upTo(10)) await publish(workChanged(lost, version));
  await eventually(async () => expect(await broker.depth(shardQueue(QUEUE, 5))).toBe(10));
  await sql('delete from tracking.shard_holder where instance = $1', [other]);
  await eventually(async () => expect(await consumers.versions(lost)).toEqual(upTo(10)));
  open();
  await eventually(async () => expect(await consumers.versions(kept)).toEqual([1]));
  expect(begun).toBe(1);
  expect(line.attempts).toBe(2);
});

test('when its connection breaks, an instance works on all its shards again over another one', async () => {
  const line = await startLine(consumers.servers.urls.tracking.amqpUrl);
  const { consumer, publisher } = consumers.start({ amqpUrl: line.url() });
  await eventually(() => expect(consumer.isConsuming && publisher.isReady).toBe(true));
  line.cut();
  const drivers = Array.from({ length: SHARDS.default }, (_, shard) => driverIn(shard));
  for (const driver of drivers) await publish(workChanged(driver, 1));
  for (const driver of drivers) await eventually(async () => expect(await consumers.versions(driver)).toEqual([1]));
  await eventually(() => expect(publisher.isReady).toBe(true));
  expect(line.clientsLeft).toBe(2);
});

/** Events, each of another driver, that wait in the handler until they are let go. */
async function fill(sharing: { atOnce: number; prefetch: number }, key?: string) {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  let begun = 0;
  const before = async () => {
    begun += 1;
    await gate;
  };
  const { consumer } = consumers.start({ sharing, before });
  await eventually(() => expect(consumer.isConsuming).toBe(true));
  const events = Array.from({ length: 30 }, () => workChanged(randomUUID(), 1));
  for (const event of events) await consumers.publish(event, { [SHARD_KEY_HEADER]: key ?? event.aggregate_id });
  const finish = async () => {
    open();
    for (const { aggregate_id: driver } of events)
      await eventually(async () => expect(await consumers.versions(driver)).toEqual([1]));
  };
  return { begun: () => begun, finish };
}

test('an instance handles EVENTS_AT_ONCE events at the same time, of all its shards together', async () => {
  const { begun, finish } = await fill({ atOnce: 2, prefetch: 10 });
  await eventually(() => expect(begun()).toBe(2));
  await eventually(async () => expect(await consumers.broker.depth(QUEUE)).toBe(0)); // all have been delivered
  expect(begun()).toBe(2);
  await finish();
});

test('of each shard an instance is given SHARD_PREFETCH events, and the others stay with the broker', async () => {
  const { begun, finish } = await fill({ atOnce: 20, prefetch: 3 }, 'one key');
  await eventually(() => expect(begun()).toBe(3));
  expect(await consumers.broker.depth(QUEUE)).toBe(27);
  await finish();
});

test('the shards of an instance that hangs are those of another once its SHARD_LEASE_MS are over', async () => {
  const line = await startLine(consumers.servers.urls.tracking.databaseUrl);
  const first = consumers.start({ instance: 'first', databaseUrl: line.url() });
  await eventually(() => expect(first.consumer.isConsuming).toBe(true));
  const [{ holder } = {}] = await consumers.sql('select distinct holder from tracking.shard');
  line.freeze();
  consumers.start({ instance: 'second' });
  await eventually(async () =>
    expect(await consumers.sql('select from tracking.shard where holder <> $1', [holder])).toHaveLength(8),
  );
  const over = 'select until < clock_timestamp() as is_over from tracking.shard_holder where instance = $1';
  expect(await consumers.sql(over, [holder])).toEqual([{ is_over: true }]);
  line.thaw();
});

const FROZEN_MS = 60_000;

long(
  'a process that wakes a minute after it lost its shards takes nothing in twice or out of turn',
  async () => {
    const { sql, servers } = consumers;
    const { databaseUrl, amqpUrl } = servers.urls.tracking;
    const settings = { TRACKING_PORT: '0', JWT_SECRET: randomBytes(32).toString('hex') };
    const start = () => startService('tracking', { ...settings, DATABASE_URL: databaseUrl, AMQP_URL: amqpUrl });
    const sleeper = await start();
    await start();
    await eventually(async () => expect(await shares()).toEqual([4, 4]), FROZEN_MS);
    const drivers = Array.from({ length: 40 }, () => randomUUID());
    const events: WorkChanged[] = [];
    const publishUntil = async (isOver: () => boolean) => {
      for (let version = 1 + events.length / drivers.length; !isOver(); version += 1) {
        for (const driver of drivers) {
          const event = workChanged(driver, version);
          events.push(event);
          await publish(event);
        }
      }
    };
    const [asleepAt, awakeAt] = [Date.now() + 1_000, Date.now() + 1_000 + FROZEN_MS];
    await publishUntil(() => Date.now() > asleepAt);
    sleeper.signal('SIGSTOP');
    for (let at = asleepAt; at < awakeAt; at += FROZEN_MS / 10) {
      const before = events.length;
      await publishUntil(() => events.length > before);
      await sleep(Math.max(0, at - Date.now()));
    }
    expect(await shares()).toEqual([8]);
    sleeper.signal('SIGCONT');
    await publishUntil(() => Date.now() > awakeAt + 2_000);
    const byId = new Map(events.map((event) => [event.event_id, event]));
    // The inbox has those of the tests before, too.
    const ofOurs = await eventually(async () => {
      const rows = await sql('select event_id from tracking.inbox where consumer = $1 order by received_at', [QUEUE]);
      const taken = rows.flatMap((row) => byId.get(String(row['event_id'])) ?? []);
      expect(taken.length).toBeGreaterThanOrEqual(events.length);
      return taken;
    }, FROZEN_MS);
    const versions = Map.groupBy(ofOurs, ({ aggregate_id }) => aggregate_id);
    for (const driver of drivers)
      expect(versions.get(driver)?.map(({ version }) => version)).toEqual(upTo(events.length / drivers.length));
    await eventually(async () => expect(await shares()).toEqual([4, 4]));
  },
  4 * FROZEN_MS,
);

type Play = { drivers: number; versions: number; acts: number };

inTwoSizes(
  'the events of each driver have their effects once and in order while instances come, go, hang and are killed',
  { short: { drivers: 20, versions: 25, acts: 6 }, long: { drivers: 60, versions: 200, acts: 60 } },
  { run: play, timeoutMs: 600_000 },
);

async function play({ drivers, versions, acts }: Play): Promise<void> {
  const random = createRandom('shards');
  const ids = Array.from({ length: drivers }, () => randomUUID());
  const slow = new Set<string>(ids.slice(0, drivers / 4));
  type Running = { stop: () => Promise<void>; lines: TcpProxy[] };
  const [running, frozen] = [new Set<Running>(), new Set<Running>()];
  const thaw = (one: Running) => {
    for (const line of one.lines) line.thaw();
    frozen.delete(one);
    running.add(one);
  };
  const start = async () => {
    const { databaseUrl, amqpUrl } = consumers.servers.urls.tracking;
    const [database, broker] = await Promise.all([startLine(databaseUrl), startLine(amqpUrl)]);
    const before = async ({ data }: WorkChanged) => {
      if (slow.has(data.driver_id)) await sleep(40);
    };
    const { stop } = consumers.start({
      ...{ instance: randomUUID(), before, databaseUrl: database.url(), amqpUrl: broker.url() },
    });
    running.add({ stop, lines: [database, broker] });
  };
  const publishing = Promise.all(
    ids.map(async (driver) => {
      const own = random.fork(driver);
      for (const version of upTo(versions)) {
        await publish(workChanged(driver, version));
        await sleep(own.between(0, (acts * 800) / versions));
      }
    }),
  );
  for (let act = 0; act < acts; act += 1) {
    if (running.size < 2 || (running.size < 4 && random.chance(0.5))) await start();
    else {
      const one = random.pick([...running]);
      running.delete(one);
      const end = random.pick(['stop', 'kill', 'freeze'] as const);
      if (end === 'stop') await one.stop();
      if (end === 'kill') await Promise.all(one.lines.map((line) => line.close()));
      if (end === 'freeze') for (const line of one.lines) line.freeze();
      if (end === 'freeze') frozen.add(one);
    }
    for (const one of frozen) if (random.chance(0.2)) thaw(one);
    await sleep(random.between(200, 1_200));
  }
  await publishing;
  for (const one of frozen) thaw(one);
  await start();
  for (const driver of ids)
    await eventually(async () => expect(await consumers.versions(driver)).toHaveLength(versions), 60_000);
  for (const driver of ids) expect(await consumers.versions(driver)).toEqual(upTo(versions));
}

test('what an older version has left in the queue is done before what is in its shards', async () => {
  const { broker, servers, sql } = consumers;
  const { databaseUrl, amqpUrl, managementUrl } = servers;
  const { exchange } = EVENTS['driver.work_changed'];
  await broker.channel.assertQueue(QUEUE, {
    durable: true,
    arguments: { 'x-queue-type': 'quorum', 'x-single-active-consumer': true, 'x-delivery-limit': 20 },
  });
  await broker.channel.bindQueue(QUEUE, exchange, '#');
  await broker.channel.unbindExchange(shardExchange(QUEUE), exchange, 'driver.work_changed');
  await sql('delete from tracking.shard');
  const drivers = Array.from({ length: 10 }, () => randomUUID());
  const publishAll = async (versions: number[]) => {
    for (const version of versions) for (const driver of drivers) await publish(workChanged(driver, version));
  };
  await publishAll(upTo(10));
  const connection = await connectBroker(amqpUrl);
  const older = await connection.createChannel();
  await older.prefetch(5);
  const inHand: unknown[] = [];
  await older.consume(QUEUE, (message) => inHand.push(message));
  await eventually(() => expect(inHand).toHaveLength(5));

  await provision({ databaseUrl, amqpUrl, managementUrl, passwords: undefined, log: () => undefined });
  await broker.channel.unbindQueue(QUEUE, exchange, '#');
  await publishAll(upTo(20).slice(10));
  for (const instance of ['first', 'second']) consumers.start({ instance });
  await eventually(async () => expect(await shares()).toEqual([SHARDS.default, 1]));
  await connection.close();
  for (const driver of drivers) {
    await eventually(async () => expect(await consumers.versions(driver)).toHaveLength(20));
    expect(await consumers.versions(driver)).toEqual(upTo(20));
  }
  await eventually(async () => expect(await shares()).toEqual([4, 4]));
  await broker.channel.deleteQueue(QUEUE);
});

test('another number of shards is refused where there are some already', async () => {
  const { databaseUrl, amqpUrl, managementUrl } = consumers.servers;
  const again = provision({
    ...{ databaseUrl, amqpUrl, managementUrl, passwords: undefined, log: () => undefined },
    workQueueShards: 4,
  });
  await expect(again).rejects.toThrow('has 8 shards, which stays so; WORK_QUEUE_SHARDS says 4');
});
