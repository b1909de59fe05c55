import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { deadQueue, RETRY_DELAYS, redeliveryExchange, retryQueue } from '@logi/contracts';
import { declareTopology } from '@logi/messaging';
import { eventually, LONG_WAIT_MS, within } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { openSql } from '../support/database.ts';
import { startLine } from '../support/line.ts';
import { long } from '../support/long.ts';
import { CHANNEL_CLOSE } from '../support/raw/amqp-frames.ts';
import type { SeenMessage } from '../support/raw/raw-broker.ts';
import { EventConsumers, QUEUE, type WorkChanged, workChanged } from '../support/services/event-consumers.ts';

let consumers: EventConsumers;
let dead: SeenMessage[];

beforeAll(async () => {
  consumers = await EventConsumers.create();
  dead = await consumers.broker.watch(deadQueue(QUEUE));
});
afterAll(() => consumers.discard());

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

async function publishAll(driver: string, versions: number[]): Promise<void> {
  await Promise.all(versions.map((version) => consumers.publish(workChanged(driver, version))));
}

/** Holds a handler at one event until told to go on. */
function gateAt(version: number) {
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  closeLater(opened.resolve);
  const before = async (event: WorkChanged) => {
    if (event.version !== version) return;
    reached.resolve();
    await opened.promise;
  };
  return { reached: () => within(reached.promise, `the event of version ${version}`), open: opened.resolve, before };
}

/** Neither in the queue again, nor in a retry queue, nor in the dead queue: the consumer holds it. */
async function expectHeld({ event_id }: WorkChanged): Promise<void> {
  const queues = [QUEUE, ...RETRY_DELAYS.map(({ name }) => retryQueue(QUEUE, name))];
  await eventually(async () => {
    for (const queue of queues) expect(await consumers.broker.depth(queue)).toBe(0);
  });
  expect(dead.map(({ messageId }) => messageId)).not.toContain(event_id);
}

test('while the database takes no connections, an event waits at the consumer, and is applied when it does', async () => {
  const name = new URL(consumers.servers.databaseUrl).pathname.slice(1);
  const otherUrl = new URL(consumers.servers.databaseUrl);
  otherUrl.pathname = '/postgres';
  const server = await openSql(otherUrl.href);
  const proxy = await startLine(consumers.servers.urls.tracking.databaseUrl);
  const driver = randomUUID();
  consumers.start({ databaseUrl: proxy.url() });
  await consumers.publish(workChanged(driver, 1));
  await eventually(async () => expect(await consumers.versions(driver)).toEqual([1]));

  closeLater(() => server.sql(`alter database ${name} allow_connections true`));
  await server.sql(`alter database ${name} allow_connections false`);
  await server.sql(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and usename = 'logi_tracking'`,
    [name],
  );
  const attempts = proxy.attempts;
  const event = workChanged(driver, 2);
  await consumers.publish(event);
  await eventually(() => expect(proxy.attempts).toBeGreaterThan(attempts + 2));
  await expectHeld(event);
  await server.sql(`alter database ${name} allow_connections true`);
  await eventually(async () => expect(await consumers.versions(driver)).toEqual([1, 2]));
});

long(
  'connections to the database that die without a word are found, and an event that waits on one is applied',
  async () => {
    const proxy = await startLine(consumers.servers.urls.tracking.databaseUrl);
    const driver = randomUUID();
    consumers.start({ databaseUrl: proxy.url() });
    await consumers.publish(workChanged(driver, 1));
    await eventually(async () => expect(await consumers.versions(driver)).toEqual([1]));

    proxy.strand();
    await consumers.publish(workChanged(driver, 2));
    await eventually(async () => expect(await consumers.versions(driver)).toEqual([1, 2]), 40_000);
  },
);

test('while every connection to the database breaks, an event waits at the consumer, and is applied when none does', async () => {
  const proxy = await startLine(consumers.servers.urls.tracking.databaseUrl);
  const driver = randomUUID();
  const { consumer } = consumers.start({ databaseUrl: proxy.url() });
  await eventually(() => expect(consumer.isConsuming).toBe(true));
  proxy.resetAfterAnswers(0);
  proxy.cut();
  const event = workChanged(driver, 1);
  await consumers.publish(event);
  const attempts = proxy.attempts;
  await eventually(() => expect(proxy.attempts).toBeGreaterThan(attempts + 2));
  await expectHeld(event);
  proxy.resetAfterAnswers(Infinity);
  await eventually(async () => expect(await consumers.versions(driver)).toEqual([1]));
});

test('a password that the database refuses is an outage: the event waits until it is accepted', async () => {
  const proxy = await startLine(consumers.servers.urls.tracking.databaseUrl);
  const url = new URL(proxy.url());
  const role = `late_${randomUUID().slice(0, 8)}`;
  await consumers.sql(`create role ${role} login password 'new' in role logi_tracking`);
  url.username = role;
  url.password = 'new';
  const driver = randomUUID();
  const { consumer } = consumers.start({ databaseUrl: url.href });
  await eventually(() => expect(consumer.isConsuming).toBe(true));
  await consumers.sql(`alter role ${role} password 'changed'`);
  proxy.cut();
  const event = workChanged(driver, 1);
  await consumers.publish(event);
  const attempts = proxy.attempts;
  await eventually(() => expect(proxy.attempts).toBeGreaterThan(attempts + 2));
  await expectHeld(event);
  await consumers.sql(`alter role ${role} password 'new'`);
  await eventually(async () => expect(await consumers.versions(driver)).toEqual([1]));
  await consumers.stopInstances();
  await consumers.sql(`drop role ${role}`);
});

test('a transaction that the database ends half-way is run again, and the effect is there once', async () => {
  const driver = randomUUID();
  let tries = 0;
  consumers.start({
    before: async () => {
      tries += 1;
      const end = `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()
        and usename = 'logi_tracking' and state = 'idle in transaction'`;
      if (tries === 1) expect(await consumers.sql(end)).toHaveLength(1);
    },
  });
  await publishAll(driver, [1, 2]);
  await eventually(async () => expect(await consumers.versions(driver)).toEqual([1, 2]));
  expect(tries).toBe(3);
});

test('a consumer that stops while the database is away stops soon, and leaves its event to the next', async () => {
  const proxy = await startLine(consumers.servers.urls.tracking.databaseUrl);
  const driver = randomUUID();
  const first = consumers.start({ databaseUrl: proxy.url() });
  await eventually(() => expect(first.consumer.isConsuming).toBe(true));
  proxy.resetAfterAnswers(0);
  proxy.cut();
  await consumers.publish(workChanged(driver, 1));
  const attempts = proxy.attempts;
  await eventually(() => expect(proxy.attempts).toBeGreaterThan(attempts + 2));
  const startedAt = performance.now();
  await first.stop();
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  consumers.start({ instance: 'second' });
  await eventually(async () => expect(await consumers.effects(driver)).toEqual([{ version: 1, instance: 'second' }]));
});

test('a consumer whose queue is deleted and declared again comes back by itself', async () => {
  const driver = randomUUID();
  const { consumer } = consumers.start();
  await eventually(() => expect(consumer.isConsuming).toBe(true));
  await consumers.broker.deleteQueue(QUEUE);
  await eventually(() => expect(consumer.isConsuming).toBe(false));
  await declareTopology(consumers.servers.amqpUrl);
  await consumers.publish(workChanged(driver, 1));
  await eventually(async () => expect(await consumers.versions(driver)).toEqual([1]));
});

test('a consumer whose queue is not there yet starts when it is', async () => {
  const driver = randomUUID();
  await consumers.broker.deleteQueue(QUEUE);
  const proxy = await startLine(consumers.servers.urls.tracking.amqpUrl);
  const { consumer } = consumers.start({ amqpUrl: proxy.url() });
  await eventually(() => expect(proxy.attempts).toBeGreaterThan(3));
  expect(consumer.isConsuming).toBe(false);
  await declareTopology(consumers.servers.amqpUrl);
  await consumers.publish(workChanged(driver, 1));
  await eventually(async () => expect(await consumers.versions(driver)).toEqual([1]));
});

test('a consumer whose channel the broker closes comes back by itself', async () => {
  const driver = randomUUID();
  const proxy = await startLine(consumers.servers.urls.tracking.amqpUrl);
  const { consumer } = consumers.start({ amqpUrl: proxy.url() });
  await eventually(() => expect(consumer.isConsuming).toBe(true));
  proxy.inject(CHANNEL_CLOSE);
  await eventually(() => expect(consumer.isConsuming).toBe(false));
  await consumers.publish(workChanged(driver, 1));
  await eventually(async () => expect(await consumers.versions(driver)).toEqual([1]));
});

test('an event whose consumer is cut off before the ack has its effect once', async () => {
  const driver = randomUUID();
  const amqpUrl = await consumers.broker.userUrl('tracking');
  let tries = 0;
  const { metric } = consumers.start({
    amqpUrl,
    before: async () => {
      tries += 1;
      expect(await consumers.broker.closeConnections(amqpUrl)).toBeGreaterThan(1);
    },
  });
  await consumers.publish(workChanged(driver, 1));
  await eventually(async () => expect(await metric('ack')).toBe(1));
  expect(tries).toBe(1);
  expect(await consumers.versions(driver)).toEqual([1]);
});

test('an event that cannot be dead-lettered waits, others pass it, and it is dead-lettered once when it can', async () => {
  const { broker, servers } = consumers;
  closeLater(() => declareTopology(servers.amqpUrl));
  await broker.channel.unbindQueue(deadQueue(QUEUE), redeliveryExchange('tracking'), deadQueue(QUEUE));
  const driver = randomUUID();
  const proxy = await startLine(servers.urls.tracking.amqpUrl);
  const { consumer } = consumers.start({ amqpUrl: proxy.url() });
  const messageId = randomUUID();
  await broker.publish({ exchange: 'booking.events', routingKey: 'driver.work_changed', body: 'x', messageId });
  await consumers.publish(workChanged(driver, 1));
  await eventually(() => expect(consumer.isConsuming).toBe(true));
  await eventually(async () => expect(await broker.depth(QUEUE)).toBe(0));
  const attempts = proxy.attempts;
  proxy.cut();
  await eventually(() => expect(consumer.isConsuming && proxy.attempts > attempts).toBe(true));
  await eventually(async () => expect(await consumers.versions(driver)).toEqual([1]));
  const letters = () => dead.filter((letter) => letter.messageId === messageId);
  expect(letters()).toEqual([]);

  await declareTopology(servers.amqpUrl);
  await eventually(() => expect(letters()).toHaveLength(1));
  await consumers.publish(workChanged(driver, 2));
  await eventually(async () => expect(await consumers.versions(driver)).toEqual([1, 2]));
  expect(letters()).toHaveLength(1);
});

test('an event over which every connection breaks is dead-lettered in the end, and what came with it is not', async () => {
  const poison = workChanged(randomUUID(), 1);
  const others = Array.from({ length: 11 }, () => workChanged(randomUUID(), 1));
  const proxy = await startLine(consumers.servers.urls.tracking.amqpUrl);
  const before = async ({ event_id }: WorkChanged) => {
    if (event_id !== poison.event_id) return;
    proxy.cut();
    throw new Error('cut off');
  };
  for (const event of [poison, ...others]) await consumers.publish(event);
  consumers.start({ amqpUrl: proxy.url(), before });
  await eventually(() => expect(dead.map(({ messageId }) => messageId)).toContain(poison.event_id), 40_000);
  for (const { aggregate_id } of others) {
    await eventually(async () => expect(await consumers.versions(aggregate_id)).toEqual([1]));
  }
  expect(await consumers.versions(poison.aggregate_id)).toEqual([]);
});

test('a consumer that stops finishes the event at hand, and the next has the rest, in order and once', async () => {
  const driver = randomUUID();
  const gate = gateAt(10);
  const first = consumers.start({ instance: 'first', before: gate.before });
  await publishAll(driver, upTo(50));
  await gate.reached();
  const stopped = first.stop();
  consumers.start({ instance: 'second' });
  gate.open();
  await stopped;
  await eventually(async () => expect(await consumers.versions(driver)).toHaveLength(50));
  expect(await consumers.effects(driver)).toEqual(
    upTo(50).map((version) => ({ version, instance: version <= 10 ? 'first' : 'second' })),
  );
});

test('of two consumers one works, and the other takes over when it stops', async () => {
  const driver = randomUUID();
  const first = consumers.start({ instance: 'first' });
  await eventually(() => expect(first.consumer.isConsuming).toBe(true));
  const second = consumers.start({ instance: 'second' });
  await eventually(() => expect(second.consumer.isConsuming).toBe(true));
  await publishAll(driver, upTo(20));
  await eventually(async () => expect(await consumers.versions(driver)).toHaveLength(20));
  await first.stop();
  await publishAll(driver, upTo(40).slice(20));
  await eventually(async () => expect(await consumers.versions(driver)).toHaveLength(40));
  expect(await consumers.effects(driver)).toEqual(
    upTo(40).map((version) => ({ version, instance: version <= 20 ? 'first' : 'second' })),
  );
});

const EVENTS = 200;
test('two consumers that are cut off again and again have each effect once, in order', async () => {
  const driver = randomUUID();
  const urls = [await consumers.broker.userUrl('tracking'), await consumers.broker.userUrl('tracking')];
  for (const [index, amqpUrl] of urls.entries()) consumers.start({ instance: `instance ${index}`, amqpUrl });
  await publishAll(driver, upTo(EVENTS));
  let closed = 0;
  // Fewer rounds than the queue's delivery limit, beyond which the broker would take an event for poison.
  for (let round = 0; round < 15; round += 1) {
    const done = (await consumers.versions(driver)).length;
    for (const url of urls) closed += await consumers.broker.closeConnections(url);
    await eventually(async () => {
      const { length } = await consumers.versions(driver);
      expect(length === EVENTS || length > done).toBe(true);
    });
  }
  expect(closed).toBeGreaterThan(5);
  await eventually(async () => expect(await consumers.versions(driver)).toEqual(upTo(EVENTS)), LONG_WAIT_MS);
});
