import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { EXCHANGES, QUEUES, redeliveryExchange, shardQueue } from '@logi/contracts';
import {
  declareTopology,
  Link,
  type LinkOptions,
  type OutgoingMessage,
  Publisher,
  type PublisherOptions,
  type Session,
} from '@logi/messaging';
import type { TcpProxy } from '../../tools/testing/tcp-proxy.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { startLine } from '../support/line.ts';
import { CONNECTION_BLOCKED, CONNECTION_UNBLOCKED } from '../support/raw/amqp-frames.ts';
import { RawBroker } from '../support/raw/raw-broker.ts';
import { createTestServers, type TestServers } from '../support/servers.ts';
import { silent } from '../support/services/event-consumers.ts';

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
  proxy.spoil({});
  proxy.resetAfterAnswers(Infinity);
  await Promise.all(stops.splice(0).map((stop) => stop()));
});
afterAll(async () => {
  await proxy.close();
  await broker.close();
  await servers.discard();
});

function startLink(options: Partial<LinkOptions> = {}): Link {
  const open = async (session: Session) => {
    await session.channel();
  };
  const link = new Link({ url: proxy.url(), name: 'link under test', log: silent, open, maxBackoffMs: 50, ...options });
  stops.push(() => link.stop());
  link.start();
  return link;
}

function startPublisher(options: Partial<PublisherOptions> = {}): Publisher {
  const publisher = new Publisher({ url: proxy.url(), name: 'publisher under test', log: silent, ...options });
  stops.push(() => publisher.stop());
  publisher.start();
  return publisher;
}

function opened(link: Link): Promise<Session> {
  return eventually(() => {
    if (!link.session) throw new Error('the link is not open');
    return link.session;
  });
}

function severalTimes(url: string): string {
  const { host } = new URL(url);
  return url.replace(host, [host, host, host].join(','));
}

function ready(publisher: Publisher): Promise<void> {
  return eventually(() => expect(publisher.isReady).toBe(true));
}

let messages = 0;
function routable(): OutgoingMessage {
  messages += 1;
  const routingKey = 'driver.work_changed';
  const body = Buffer.from('{}');
  return { exchange: EXCHANGES.bookingEvents, routingKey, body, messageId: `message ${messages}`, type: routingKey };
}
function unroutable(): OutgoingMessage {
  return { ...routable(), exchange: redeliveryExchange('booking'), routingKey: 'nowhere' };
}

test('a link finds a broker that is not there at start and comes later', async () => {
  await proxy.close();
  const link = startLink();
  expect(link.isOpen).toBe(false);
  await proxy.reopen();
  await opened(link);
});

test('a link that is refused for its password tries until it is right', async () => {
  const user = `late ${servers.vhost}`;
  const url = new URL(proxy.url());
  url.username = encodeURIComponent(user);
  url.password = 'right';
  await broker.manage('PUT', ['users', user], { password: 'wrong', tags: '' });
  const permissions = { configure: '', write: '', read: '' };
  await broker.manage('PUT', ['permissions', servers.vhost, user], permissions);
  const attempts = proxy.attempts;
  const link = startLink({ url: url.href });
  await eventually(() => expect(proxy.attempts).toBeGreaterThan(attempts + 1));
  expect(link.isOpen).toBe(false);
  await broker.manage('PUT', ['users', user], { password: 'right', tags: '' });
  await opened(link);
  await broker.manage('DELETE', ['users', user]);
});

test('a link opens, whichever answer of its set-up the connection was lost at', async () => {
  for (let answers = 0, isDone = false; !isDone; answers += 1) {
    proxy.resetAfterAnswers(answers);
    const attempts = proxy.attempts;
    const link = startLink({
      maxBackoffMs: 1,
      open: async (session) => {
        const channel = await session.channel();
        await channel.prefetch(1);
        await channel.checkExchange(EXCHANGES.bookingEvents);
      },
    });
    await eventually(() => expect(link.isOpen || proxy.attempts > attempts + 2).toBe(true));
    isDone = link.isOpen;
    proxy.resetAfterAnswers(Infinity);
    await opened(link);
    await link.stop();
  }
});

test('a link gives up a set-up that takes too long, and tries again', async () => {
  let tries = 0;
  const link = startLink({
    openTimeoutMs: 200,
    open: async (session) => {
      tries += 1;
      if (tries === 1) await once(session.ended, 'abort');
    },
  });
  await opened(link);
  expect(tries).toBe(2);
});

test('a link to several nodes opens though every one of them lets it in late', async () => {
  proxy.spoil({ latencyMs: [100, 100] });
  await opened(startLink({ url: severalTimes(proxy.url()), reachTimeoutMs: 100 }));
});

test('a link to several nodes lets the one that it has reached take its time', async () => {
  const open = async (session: Session) => {
    await sleep(1_000, undefined, { signal: session.ended });
  };
  await opened(startLink({ url: severalTimes(proxy.url()), reachTimeoutMs: 500, open }));
});

test('a link is rebuilt when its channel fails', async () => {
  const link = startLink();
  const session = await opened(link);
  const channel = await session.channel();
  await expect(channel.checkQueue('no such queue')).rejects.toThrow('404');
  expect(session.ended.aborted).toBe(true);
  await eventually(() => expect(link.session).not.toBe(session));
  await opened(link);
});

test('a link is rebuilt each time an administrator closes its connection, in the middle of its set-up or after', async () => {
  const url = await broker.userUrl('booking');
  let opens = 0;
  const link = startLink({
    url,
    open: async (session) => {
      opens += 1;
      if (opens % 2 === 0) await broker.closeConnections(url);
      await session.channel();
    },
  });
  for (let round = 0; round < 10; round += 1) {
    const session = await opened(link);
    expect(await broker.closeConnections(url)).toBe(1);
    await eventually(() => expect(link.session).not.toBe(session));
  }
  await opened(link);
});

test('a link notices by heartbeats that nothing comes from the broker any more', async () => {
  const link = startLink({ heartbeatSeconds: 1 });
  const session = await opened(link);
  proxy.freeze();
  await eventually(() => expect(session.ended.aborted).toBe(true));
  proxy.thaw();
  await opened(link);
});

test('a link stops at once while the broker does not answer its greeting', async () => {
  proxy.freeze();
  const attempts = proxy.attempts;
  const link = startLink();
  await eventually(() => expect(proxy.attempts).toBeGreaterThan(attempts));
  const startedAt = performance.now();
  await link.stop();
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});

test('a link stops at once while its set-up hangs or its next try waits', async () => {
  const never = new Promise<void>(() => undefined);
  const hanging = startLink({ open: () => never });
  const waiting = startLink({ open: () => Promise.reject(new Error('not today')), maxBackoffMs: 60_000 });
  const attempts = proxy.attempts;
  await eventually(() => expect(proxy.attempts).toBeGreaterThan(attempts + 3));
  const startedAt = performance.now();
  await Promise.all([hanging.stop(), waiting.stop()]);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});

test('a stopped link leaves no connection behind, even to a broker that does not answer any more', async () => {
  const link = startLink();
  await opened(link);
  proxy.freezeAnswers();
  await link.stop();
  await eventually(() => expect(proxy.clientsLeft).toBe(0), 2_000);
});

test('a publisher reports a message as taken once a queue has it, and as failed when none takes it', async () => {
  const publisher = startPublisher();
  await ready(publisher);
  expect(await publisher.publish([routable(), unroutable(), routable()])).toEqual([
    undefined,
    'no queue takes it',
    undefined,
  ]);
});

test('a publisher is not ready while the broker blocks it, and is when the broker has room again', async () => {
  const publisher = startPublisher();
  await ready(publisher);
  proxy.inject(CONNECTION_BLOCKED);
  await eventually(() => expect(publisher.isReady).toBe(false));
  expect(await publisher.publish([routable()])).toEqual(['the broker is away']);
  proxy.inject(CONNECTION_UNBLOCKED);
  await ready(publisher);
  expect(await publisher.publish([routable()])).toEqual([undefined]);
});

test('what was in flight when the connection broke is reported as failed, and the next is taken', async () => {
  const publisher = startPublisher();
  await ready(publisher);
  proxy.freeze();
  const inFlight = publisher.publish([routable(), routable()]);
  proxy.cut();
  const lost = ['the connection was lost', 'the connection was lost'];
  expect(await inFlight).toEqual(lost);
  proxy.thaw();
  await ready(publisher);
  expect(await publisher.publish([routable()])).toEqual([undefined]);
});

test('what the broker does not confirm in time is reported as failed', async () => {
  const publisher = startPublisher({ confirmTimeoutMs: 100 });
  await ready(publisher);
  proxy.freeze();
  expect(await publisher.publish([routable()])).toEqual(['not confirmed in time']);
});

test('a late confirm of a message does not speak for the same message sent again', async () => {
  const publisher = startPublisher({ confirmTimeoutMs: 500 });
  await ready(publisher);
  proxy.freezeAnswers();
  const message = routable();
  expect(await publisher.publish([message])).toEqual(['not confirmed in time']);
  const again = publisher.publish([{ ...unroutable(), messageId: message.messageId }]);
  proxy.thaw();
  expect(await again).toEqual(['no queue takes it']);
});

/** A queue that takes nothing: the broker refuses each message for it. */
async function fullQueue(): Promise<() => OutgoingMessage> {
  const exchange = redeliveryExchange('booking');
  const { queue } = await broker.channel.assertQueue('', { exclusive: true, maxLength: 0, overflow: 'reject-publish' });
  await broker.channel.bindQueue(queue, exchange, queue);
  return () => ({ ...routable(), exchange, routingKey: queue });
}

test('a publisher whose message the broker refuses goes on over a new connection', async () => {
  const refused = await fullQueue();
  const publisher = startPublisher();
  await ready(publisher);
  const attempts = proxy.attempts;
  expect(await publisher.publish([refused()])).toEqual(['message nacked']);
  await eventually(() => expect(proxy.attempts).toBe(attempts + 1));
  await ready(publisher);
  expect(await publisher.publish([routable()])).toEqual([undefined]);
});

test('a queue that stays full costs a publisher one connection in a while, and others are told meanwhile', async () => {
  const refused = await fullQueue();
  const publisher = startPublisher({ refusalPauseMs: 60_000 });
  await ready(publisher);
  const attempts = proxy.attempts;
  await publisher.publish([refused(), refused()]);
  await eventually(() => expect(proxy.attempts).toBe(attempts + 1));
  await ready(publisher);
  for (let i = 0; i < 20; i += 1) {
    expect(await publisher.publish([refused(), routable()])).toEqual(['message nacked', undefined]);
  }
  expect(proxy.attempts).toBe(attempts + 1);
});

test('a queue that is refused again after that while costs another connection', async () => {
  const refused = await fullQueue();
  const publisher = startPublisher({ refusalPauseMs: 0 });
  const attempts = proxy.attempts;
  for (let i = 1; i <= 3; i += 1) {
    await ready(publisher);
    await publisher.publish([refused()]);
    await eventually(() => expect(proxy.attempts).toBe(attempts + 1 + i));
  }
});

test('a publisher to an exchange that is missing reports each message as failed, and goes on with others', async () => {
  const publisher = startPublisher();
  await ready(publisher);
  const [failure] = await publisher.publish([{ ...routable(), exchange: 'missing' }]);
  expect(failure).toBeDefined();
  await eventually(async () => expect(await publisher.publish([routable()])).toEqual([undefined]));
});

test('a publisher stops when a work queue is deleted under it, and goes on when it is there again', async () => {
  const publisher = startPublisher({ queueCheckMs: 50 });
  await ready(publisher);
  await broker.channel.deleteQueue(shardQueue(QUEUES.trackingBookingEvents, 1));
  await eventually(() => expect(publisher.isReady).toBe(false));
  expect(await publisher.publish([routable()])).toEqual(['the broker is away']);
  await declareTopology(servers.amqpUrl);
  await ready(publisher);
});
