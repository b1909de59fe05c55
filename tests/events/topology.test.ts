import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  deadQueue,
  EXCHANGES,
  QUEUES,
  RETRY_DELAYS,
  redeliveryExchange,
  retryQueue,
  STATE_STREAMS,
  SUBSCRIPTIONS,
  shardQueue,
} from '@logi/contracts';
import {
  Consumer,
  declareTopology,
  declareUser,
  declareVirtualHost,
  deleteVirtualHost,
  Link,
  Publisher,
} from '@logi/messaging';
import type { Channel } from 'amqplib';
import { provision } from '../../tools/stack/provision.ts';
import { eventually, within } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { openSql } from '../support/database.ts';
import { startLine } from '../support/line.ts';
import { CONNECTION_CLOSE } from '../support/raw/amqp-frames.ts';
import { connectBroker, RawBroker } from '../support/raw/raw-broker.ts';
import { createTestServers, type TestServers } from '../support/servers.ts';
import { silent } from '../support/services/event-consumers.ts';

let servers: TestServers;
let broker: RawBroker;
beforeAll(async () => {
  servers = await createTestServers();
  broker = await RawBroker.connect(servers);
});
afterAll(async () => {
  await broker.close();
  await servers.discard();
});

test('the topology can be declared again, also by several at once', async () => {
  const again = () => declareTopology(servers.amqpUrl);
  await expect(Promise.all([again(), again(), again()])).resolves.toBeDefined();
});

test('a queue that is there with other arguments is named when the topology is declared', async () => {
  const [vhost, queue] = [servers.vhost, shardQueue(QUEUES.bookingTrackingEvents, 0)];
  await broker.channel.deleteQueue(queue);
  await broker.manage('PUT', ['queues', vhost, queue], { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await expect(declareTopology(servers.amqpUrl)).rejects.toThrow(queue);
  await broker.channel.deleteQueue(queue);
  await declareTopology(servers.amqpUrl);
});

test('a queue keeps the place that it was declared with, however many nodes are asked for now', async () => {
  const [vhost, queue] = [servers.vhost, shardQueue(QUEUES.bookingTrackingEvents, 0)];
  const { arguments: declared } = await broker.manage('GET', ['queues', vhost, queue]);
  await broker.channel.deleteQueue(queue);
  const placed = { ...(declared as object), 'x-quorum-initial-group-size': 1 };
  await broker.manage('PUT', ['queues', vhost, queue], { durable: true, arguments: placed });
  const { databaseUrl, amqpUrl, managementUrl } = servers;
  await provision({ databaseUrl, amqpUrl, managementUrl, passwords: undefined, log: () => undefined });
  await expect(declareTopology(amqpUrl)).rejects.toThrow('x-quorum-initial-group-size');
  await broker.channel.deleteQueue(queue);
  await declareTopology(amqpUrl);
});

test('several nodes are not promised where nobody can look at them', async () => {
  const { databaseUrl, amqpUrl } = servers;
  const blind = provision({ databaseUrl, amqpUrl, brokerNodes: 3, passwords: undefined, log: () => undefined });
  await expect(blind).rejects.toThrow('BROKER_NODES takes RABBITMQ_MANAGEMENT_URL');
});

test('why the broker ends the connection of who declares is told', async () => {
  const line = await startLine(servers.amqpUrl);
  closeLater(() => line.close());
  line.spoil({ latencyMs: [10, 10] });
  const name = EXCHANGES.gatewayCommands; // among the first that are declared
  await broker.channel.deleteExchange(name);
  const declaring = declareTopology(line.url());
  const told = expect(declaring).rejects.toThrow('INTERNAL_ERROR - on purpose');
  await eventually(async () =>
    expect(await broker.manage('GET', ['exchanges', servers.vhost, name])).toMatchObject({ name }),
  );
  line.inject(CONNECTION_CLOSE);
  await told;
});

test("a service's broker user can be made and changed from many sides at once", async () => {
  const { managementUrl, vhost } = servers;
  const user = `many_${randomUUID()}`;
  const declare = () => declareUser({ managementUrl, vhost, service: 'booking', user, password: 'secret' });
  await Promise.all(Array.from({ length: 10 }, declare));
  await broker.manage('DELETE', ['users', user]);
});

const WAITS = Object.entries(SUBSCRIPTIONS).flatMap(([queue, { service }]) =>
  RETRY_DELAYS.map((delay) => ({ queue, service, ...delay })),
);
test.each(WAITS)('what $queue puts aside for $name goes back to it after that time', async (wait) => {
  const { queue, service, name, delayMs } = wait;
  const declared = await broker.manage('GET', ['queues', servers.vhost, retryQueue(queue, name)]);
  expect(declared.arguments).toMatchObject({
    'x-message-ttl': delayMs,
    'x-dead-letter-exchange': redeliveryExchange(service),
    'x-dead-letter-routing-key': queue,
  });
});

test('a message that kills each of its consumers ends in the dead queue, and those behind it keep their order', async () => {
  const queue = shardQueue(QUEUES.trackingBookingEvents, 0);
  const dead = await broker.watch(deadQueue(QUEUES.trackingBookingEvents));
  for (const messageId of ['poison', 'first', 'second', 'third'])
    await broker.publish({ exchange: '', routingKey: queue, body: '{}', messageId });
  let deaths = 0;
  for (; dead.length === 0 && deaths < 50; deaths += 1) {
    const connection = await connectBroker(servers.amqpUrl);
    const channel = await connection.createChannel();
    await channel.prefetch(1);
    const taken = new Promise<unknown>((resolve) => {
      void channel.consume(queue, (message) => resolve(message?.properties.messageId));
    });
    const messageId = await within(taken, `message ${deaths} of ${queue}`);
    await connection.close();
    if (messageId !== 'poison') break;
  }
  await eventually(() => expect(dead).toHaveLength(1));
  expect(dead[0]?.messageId).toBe('poison');
  expect(deaths).toBe(21);
  const rest = await broker.watch(queue);
  await eventually(() => expect(rest.map(({ messageId }) => messageId)).toEqual(['first', 'second', 'third']));
});

test('an event that no queue asked for is kept in the queue of the unrouted', async () => {
  const publisher = new Publisher({ url: servers.urls.booking.amqpUrl, name: 'publisher', log: silent });
  closeLater(() => publisher.stop());
  publisher.start();
  await eventually(() => expect(publisher.isReady).toBe(true));
  const unrouted = await broker.watch(EXCHANGES.unrouted);
  const type = 'booking.invented';
  const event = {
    exchange: EXCHANGES.bookingEvents,
    routingKey: type,
    body: Buffer.from('{}'),
    messageId: randomUUID(),
    type,
  };
  expect(await publisher.publish([event])).toEqual([undefined]);
  await eventually(() => expect(unrouted).toHaveLength(1));
  expect(unrouted[0]).toMatchObject({ routingKey: type, messageId: event.messageId });
});

test.each([EXCHANGES.unrouted, ...Object.values(QUEUES).map(deadQueue)])('%s has a limit', async (queue) => {
  await eventually(async () => {
    const { effective_policy_definition: limits } = await broker.manage('GET', ['queues', servers.vhost, queue]);
    expect(limits).toEqual({ 'max-length': 100_000, 'max-length-bytes': 1_000_000_000, overflow: 'reject-publish' });
  });
});

test('a full queue of dead letters takes no more: what would go there stays in its queue until there is room', async () => {
  const vhost = `full_${randomUUID()}`;
  const { managementUrl } = servers;
  await declareVirtualHost({ managementUrl, vhost });
  closeLater(() => deleteVirtualHost({ managementUrl, vhost }));
  const amqpUrl = Object.assign(new URL(servers.amqpUrl), { pathname: `/${vhost}` }).href;
  await declareTopology(amqpUrl);
  const other = await RawBroker.connect({ ...servers, vhost, amqpUrl });
  closeLater(() => other.close());
  const limit = (length: number) =>
    other.manage('PUT', ['policies', vhost, 'logi.kept'], {
      ...{ pattern: '\\.dead$', 'apply-to': 'queues', priority: 10 },
      definition: { 'max-length': length, overflow: 'reject-publish' },
    });
  await limit(1);
  const [queue, log] = [QUEUES.bookingTrackingEvents, silent];
  const shard = shardQueue(queue, 0);
  const publisher = new Publisher({ url: amqpUrl, name: 'publisher', log });
  closeLater(() => publisher.stop());
  publisher.start();
  const link = new Link({ url: amqpUrl, name: 'refuses all', log });
  closeLater(() => link.stop());
  link.start();
  const consumer = new Consumer({
    ...{ link, service: 'booking', queue, shard, log, publisher },
    read: ({ messageId }) => ({ key: messageId, content: undefined }),
    handle: async () => ({ end: 'deadLetter', reason: 'no' }),
    onEnd: () => undefined,
  });
  closeLater(() => consumer.stop());
  consumer.start();
  const messages = 20;
  for (let i = 0; i < messages; i += 1)
    await other.publish({ exchange: '', routingKey: shard, body: '{}', messageId: `${i}` });
  const depth = async (name: string) => (await other.channel.checkQueue(name)).messageCount;
  await eventually(async () => expect(await depth(deadQueue(queue))).toBeGreaterThan(0));
  const [kept, prefetch] = [await depth(deadQueue(queue)), 5];
  expect(kept).toBeLessThan(messages - prefetch);
  expect(await depth(shard)).toBeGreaterThan(0);
  await limit(1_000);
  await eventually(async () => expect(await depth(deadQueue(queue))).toBe(messages));
});

type Attempt = [what: string, attempt: (channel: Channel) => Promise<unknown>];
const publishTo = (exchange: string) => async (channel: Channel) => {
  channel.publish(exchange, 'x', Buffer.from('{}'));
  await channel.prefetch(1); // answered after the refusal
};
const REFUSED: { service: 'booking' | 'tracking' | 'gateway'; attempts: Attempt[] }[] = [
  {
    service: 'booking',
    attempts: [
      ['declares a queue', (channel) => channel.assertQueue('booking.more', { durable: true })],
      ['declares an exchange', (channel) => channel.assertExchange('booking.more', 'topic')],
      ['deletes its queue', (channel) => channel.deleteQueue(shardQueue(QUEUES.bookingTrackingEvents, 0))],
      [
        'binds its queue',
        (channel) => channel.bindQueue(shardQueue(QUEUES.bookingTrackingEvents, 0), EXCHANGES.trackingEvents, '#'),
      ],
      ['publishes to tracking.events', publishTo(EXCHANGES.trackingEvents)],
      ['publishes to tracking.positions', publishTo(EXCHANGES.trackingPositions)],
      ['publishes to tracking.state', publishTo(EXCHANGES.trackingState)],
      ['reads where drivers are', (channel) => channel.consume(STATE_STREAMS.tripPositions, () => undefined)],
      ['publishes straight to a queue', publishTo('')],
      [
        "consumes tracking's queue",
        (channel) => channel.consume(shardQueue(QUEUES.trackingBookingEvents, 0), () => undefined),
      ],
      ['consumes the stream', (channel) => channel.consume(QUEUES.gatewayNotifications, () => undefined)],
      ['reads what is unrouted', (channel) => channel.get(EXCHANGES.unrouted)],
    ],
  },
  {
    service: 'tracking',
    attempts: [
      ['declares a queue', (channel) => channel.assertQueue('tracking.more', { durable: true })],
      ['publishes to booking.events', publishTo(EXCHANGES.bookingEvents)],
      [
        "consumes booking's queue",
        (channel) => channel.consume(shardQueue(QUEUES.bookingTrackingEvents, 0), () => undefined),
      ],
      ['puts marks into the stream of trips', publishTo(redeliveryExchange('gateway'))],
    ],
  },
  {
    service: 'gateway',
    attempts: [
      ['declares a queue of its own naming', (channel) => channel.assertQueue('gateway.more', { durable: true })],
      ['publishes to booking.events', publishTo(EXCHANGES.bookingEvents)],
      ['publishes to tracking.positions', publishTo(EXCHANGES.trackingPositions)],
      [
        "consumes booking's queue",
        (channel) => channel.consume(shardQueue(QUEUES.bookingTrackingEvents, 0), () => undefined),
      ],
      ['publishes to tracking.state', publishTo(EXCHANGES.trackingState)],
      ['deletes the stream of trips', (channel) => channel.deleteQueue(STATE_STREAMS.tripPositions)],
      ['deletes the stream', (channel) => channel.deleteQueue(QUEUES.gatewayNotifications)],
    ],
  },
];
const BROKER_REFUSALS = REFUSED.flatMap(({ service, attempts }) =>
  attempts.map(([what, attempt]) => ({ service, what, attempt })),
);

test.each(BROKER_REFUSALS)('$service is refused when it $what', async ({ service, attempt }) => {
  const connection = await connectBroker(servers.urls[service].amqpUrl);
  const channel = await connection.createChannel();
  const refusal = new Promise<Error>((resolve) => channel.on('error', resolve));
  await attempt(channel).catch(() => undefined); // the channel's error tells
  expect((await within(refusal, 'the refusal')).message).toMatch('ACCESS_REFUSED');
});

const DATABASE_REFUSALS = [
  { service: 'booking', statement: 'select * from tracking.driver' },
  { service: 'booking', statement: 'select * from tracking.outbox' },
  { service: 'booking', statement: 'create table booking.more (id int)' },
  { service: 'booking', statement: 'create table public.more (id int)' },
  { service: 'booking', statement: 'create schema more' },
  { service: 'booking', statement: 'drop table booking.outbox' },
  { service: 'booking', statement: 'truncate booking.outbox' },
  { service: 'booking', statement: 'alter table booking.booking drop constraint known_status' },
  { service: 'booking', statement: 'select * from pg_authid' },
  { service: 'tracking', statement: 'select * from booking.booking' },
  { service: 'tracking', statement: 'create table tracking.more (id int)' },
  { service: 'tracking', statement: 'drop table tracking.position' },
] as const;

test.each(DATABASE_REFUSALS)('$service is refused: $statement', async ({ service, statement }) => {
  const database = await openSql(servers.urls[service].databaseUrl);
  await expect(database.sql(statement)).rejects.toThrow(/^(permission denied|must be owner)/);
});
