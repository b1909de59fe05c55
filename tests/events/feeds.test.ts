import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { EXCHANGES, QUEUES } from '@logi/contracts';
import { consumeLatest, Link, type Session, TransientPublisher, tailStream } from '@logi/messaging';
import type { TcpProxy } from '../../tools/testing/tcp-proxy.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { startLine } from '../support/line.ts';
import { CONNECTION_BLOCKED, CONNECTION_UNBLOCKED } from '../support/raw/amqp-frames.ts';
import { RawBroker } from '../support/raw/raw-broker.ts';
import { createTestServers, type TestServers } from '../support/servers.ts';
import { silent } from '../support/services/event-consumers.ts';

const MAX_MESSAGES = 5;

let servers: TestServers;
let broker: RawBroker;
let proxy: TcpProxy;
const stops: (() => Promise<void>)[] = [];
beforeAll(async () => {
  servers = await createTestServers();
  broker = await RawBroker.connect(servers);
  proxy = await startLine(servers.amqpUrl);
});
afterEach(async () => {
  proxy.thaw();
  await Promise.all(stops.splice(0).map((stop) => stop()));
});
afterAll(async () => {
  await proxy.close();
  await broker.close();
  await servers.discard();
});

/** As the gateway's user, or as one who may bind to any exchange. */
async function openLink(as: 'gateway' | 'admin', open: (session: Session) => Promise<void>): Promise<Link> {
  const url = proxy.url(as === 'admin' ? servers.amqpUrl : servers.urls.gateway.amqpUrl);
  const link = new Link({ url, name: 'feed', log: silent, open });
  stops.push(() => link.stop());
  link.start();
  await eventually(() => expect(link.isOpen).toBe(true));
  return link;
}

async function openTransientPublisher(): Promise<TransientPublisher> {
  const url = proxy.url(servers.urls.tracking.amqpUrl);
  const publisher = new TransientPublisher({ url, name: 'positions', log: silent });
  stops.push(() => publisher.stop());
  publisher.start();
  return publisher;
}

const position = (text: string) => ({
  exchange: EXCHANGES.trackingPositions,
  routingKey: 'positions.recorded',
  body: Buffer.from(text),
});

async function publishEvents(count: number): Promise<void> {
  const event = { exchange: EXCHANGES.bookingEvents, routingKey: 'booking.created', body: '{}' };
  await Promise.all(Array.from({ length: count }, () => broker.publish(event)));
}

test('a stream that is read on from the next offset after each break gives every message once, in order', async () => {
  await publishEvents(50);
  const seen: number[] = [];
  await openLink('gateway', (session) =>
    tailStream(session, {
      stream: QUEUES.gatewayNotifications,
      from: (seen.at(-1) ?? -1) + 1,
      onMessage: ({ offset }) => seen.push(offset),
    }),
  );
  for (let round = 0; round < 3; round += 1) {
    const { length } = seen;
    await publishEvents(500);
    await eventually(() => expect(seen.length).toBeGreaterThan(length));
    proxy.cut();
  }
  await publishEvents(1);
  await eventually(() => expect(seen).toHaveLength(1_551));
  expect(seen).toEqual(seen.map((_, index) => index));
});

test('a stream that is deleted and declared again is read again', async () => {
  const seen: number[] = [];
  const link = await openLink('gateway', (session) =>
    tailStream(session, {
      stream: QUEUES.gatewayNotifications,
      from: 'next',
      onMessage: ({ offset }) => seen.push(offset),
    }),
  );
  const declared = await broker.manage('GET', ['queues', servers.vhost, QUEUES.gatewayNotifications]);
  await broker.channel.deleteQueue(QUEUES.gatewayNotifications);
  await eventually(() => expect(link.isOpen).toBe(false));
  await broker.channel.assertQueue(QUEUES.gatewayNotifications, { durable: true, arguments: declared.arguments });
  await broker.channel.bindQueue(QUEUES.gatewayNotifications, EXCHANGES.bookingEvents, '#');
  await eventually(() => expect(link.isOpen).toBe(true));
  await publishEvents(1);
  await eventually(() => expect(seen).toHaveLength(1));
});

test('a reader of what is newest that falls behind has the newest when it reads on', async () => {
  const seen: string[] = [];
  const options = { exchange: EXCHANGES.trackingPositions, maxMessages: MAX_MESSAGES, ttlMs: 60_000 };
  await openLink('admin', (session) =>
    consumeLatest(session, { ...options, onMessage: (body) => seen.push(body.toString()) }),
  );
  proxy.freeze();
  const texts = Array.from({ length: 3_000 }, (_, index) => `position ${index}`);
  await Promise.all(texts.map((body) => broker.publish({ ...position(''), body })));
  proxy.thaw();
  await eventually(() => expect(seen.at(-1)).toBe('position 2999'));
  expect(seen.length).toBeLessThan(2_000);
});

test('a transient publisher drops what it is given while there is no broker or the broker blocks it', async () => {
  const seen: string[] = [];
  const options = { exchange: EXCHANGES.trackingPositions, maxMessages: MAX_MESSAGES, ttlMs: 60_000 };
  await openLink('admin', (session) =>
    consumeLatest(session, { ...options, onMessage: (body) => seen.push(body.toString()) }),
  );
  const publisher = await openTransientPublisher();
  expect(publisher.publish(position('too early'))).toBe(false);
  await eventually(() => expect(publisher.publish(position('first'))).toBe(true));
  proxy.inject(CONNECTION_BLOCKED);
  await eventually(() => expect(publisher.publish(position('blocked?'))).toBe(false));
  proxy.inject(CONNECTION_UNBLOCKED);
  await eventually(() => expect(publisher.publish(position('last'))).toBe(true));
  await eventually(() => expect(seen.at(-1)).toBe('last'));
  expect(seen[0]).toBe('first');
  expect(seen).not.toContain('too early');
});

test('a transient publisher to a broker that reads nothing drops messages instead of keeping them in memory', async () => {
  const publisher = await openTransientPublisher();
  await eventually(() => expect(publisher.publish(position('first'))).toBe(true));
  proxy.freeze();
  const large = position('x'.repeat(10_000));
  let taken = 0;
  await eventually(() => {
    for (; publisher.publish(large); taken += 1) expect(taken).toBeLessThan(20_000);
    expect(publisher.publish(large)).toBe(false);
  });
  proxy.thaw();
  await eventually(() => expect(publisher.publish(position('again'))).toBe(true));
});
