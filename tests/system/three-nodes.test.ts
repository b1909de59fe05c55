import { expect, test } from '@jest/globals';
import { EXCHANGES, QUEUES, redeliveryExchange, SHARDS, shardQueue } from '@logi/contracts';
import {
  declareTopology,
  Link,
  listReplicas,
  Publisher,
  replicatedQueues,
  type Session,
  type StreamMessage,
  tailStream,
} from '@logi/messaging';
import { provision } from '../../tools/stack/provision.ts';
import { findPostgres, findRabbitmq } from '../../tools/stack/servers/packages.ts';
import { type NativeServers, startNativeServers } from '../../tools/stack/servers/servers.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { long } from '../support/long.ts';
import { actors } from '../support/people/actors.ts';
import { acceptOffered, place } from '../support/people/people.ts';
import { createTestServers } from '../support/servers.ts';
import { silent } from '../support/services/event-consumers.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { TestSocket } from '../support/socket.ts';
import { spawnTool } from '../support/tool.ts';

/* Half a minute goes by until three nodes are one cluster, so all that is to be seen there is one test. */
const LIMIT_MS = 280_000;
const NODES = 3;

if (findPostgres() !== undefined && findRabbitmq() !== undefined) {
  long(
    'on three nodes each queue lives on all, and bookings go on when one dies',
    async () => {
      const servers = await startNativeServers({ nodes: NODES, onProgress: () => undefined });
      closeLater(() => servers.stop());
      await growsWhatLacksReplicas(servers);
      await keepsEventsWhenTheStreamsLeaderDies(servers);
      const system = await startSystem({}, { ...servers, databaseUrl: servers.databaseUrl, brokerNodes: NODES });
      await livesOnAllNodes(system);
      await deliver(system, 1);
      const isBack = servers.rabbitmq.nodes[1]?.crash('SIGKILL', { awayMs: 10_000 });
      await deliver(system, 2);
      await isBack;
      await servers.pair?.failOver();
      await eventually(() => deliver(system, 3));
    },
    LIMIT_MS,
  );
} else test.skip('a cluster needs PostgreSQL and RabbitMQ installed here', () => undefined);

async function livesOnAllNodes({ servers: { managementUrl, vhost } }: System): Promise<void> {
  const queues = await listReplicas({ managementUrl, vhost });
  expect(queues.map(({ name }) => name).sort()).toEqual(replicatedQueues(SHARDS.default).toSorted());
  for (const { name, members } of queues) expect([name, members.length]).toEqual([name, NODES]);
  const leaders = Map.groupBy(queues, ({ leader }) => leader);
  expect(leaders.size).toBe(NODES);
  for (const [, led] of leaders) expect(led.length).toBeLessThan(queues.length / 2);
}

/** What was declared on one node stays there: `migrate` says which queues do, and a tool mends it. */
async function growsWhatLacksReplicas(on: NativeServers): Promise<void> {
  const servers = await createTestServers({ ...on, databaseUrl: on.databaseUrl });
  const { databaseUrl, amqpUrl, managementUrl, vhost } = servers;
  const control = on.rabbitmq.nodes[0]?.controlBy;
  const queue = shardQueue(QUEUES.trackingBookingEvents, 0);
  for (const node of ['logi-2@localhost', 'logi-3@localhost'])
    await control?.('rabbitmq-queues', 'delete_member', '--vhost', vhost, queue, node);
  await declareTopology(amqpUrl);
  const migrate = () =>
    provision({ databaseUrl, amqpUrl, managementUrl, brokerNodes: NODES, passwords: undefined, log: () => undefined });
  await expect(migrate()).rejects.toThrow(`${queue} (1)`);

  const logi = (...args: string[]) =>
    spawnTool('tools/logi/main.ts', ['broker', ...args], {
      ...{ AMQP_URL: amqpUrl, RABBITMQ_MANAGEMENT_URL: managementUrl },
    }).ended();
  const looked = await logi();
  expect(looked.output).toMatch(new RegExp(`^${queue.replaceAll('.', '\\.')} +quorum +1 OF 3 `, 'm'));
  expect(looked.status).toBe(3);
  const asked = await logi('--grow');
  expect(asked.status).toBe(1);
  const commands = [...asked.errors.matchAll(/^ {2}(rabbitmq-\S+) (.*)$/gm)];
  expect(commands).toHaveLength(NODES - 1);
  for (const [, tool = '', args = ''] of commands) await control?.(tool, ...args.split(' '));
  await migrate();
  expect(await logi()).toMatchObject({ status: 0 });
  await servers.discard(); // its leaders would count where others are spread
}

/** What the broker has confirmed is in the stream, also when the node that leads it dies with more in flight. */
async function keepsEventsWhenTheStreamsLeaderDies(on: NativeServers): Promise<void> {
  const servers = await createTestServers({ ...on, databaseUrl: on.databaseUrl, brokerNodes: NODES });
  const { managementUrl, vhost } = servers;
  const stream = (await listReplicas({ managementUrl, vhost })).find(
    ({ name }) => name === QUEUES.gatewayNotifications,
  );
  const leader = on.rabbitmq.nodes.find(({ name }) => name === stream?.leader);
  const other = on.rabbitmq.nodes.find((node) => node !== leader);
  if (!leader || !other) throw new Error('the stream has no leader');
  const url = `${other.url}${vhost}`;
  const publisher = new Publisher({ url, name: 'publisher under test', log: silent });
  closeLater(() => publisher.stop());
  publisher.start();
  await eventually(() => expect(publisher.isReady).toBe(true));
  const confirmed: string[] = [];
  const publish = async (messageId: string) => {
    const event = { exchange: EXCHANGES.bookingEvents, routingKey: 'offer.closed', type: 'offer.closed' };
    const [failure] = await publisher.publish([{ ...event, body: Buffer.from('{}'), messageId }]);
    if (failure === undefined) confirmed.push(messageId);
  };
  const numbers = Array.from({ length: 5 }, (_, number) => number);
  // As copies that are to be handled again, which go into no stream.
  const copy = {
    exchange: redeliveryExchange('booking'),
    routingKey: 'nowhere',
    type: 'copy',
    body: Buffer.from('{}'),
  };
  await publisher.publish(numbers.map((number) => ({ ...copy, messageId: `copy ${number}` })));
  leader.signal('SIGSTOP');
  const inFlight = Promise.all(numbers.map((number) => publish(`in flight ${number}`)));
  const isBack = leader.crash('SIGKILL', { awayMs: 5_000 });
  await inFlight;
  for (const number of numbers) await publish(`after ${number}`);
  expect(confirmed).toContain('after 4');

  const seen = new Set<string | undefined>();
  const onMessage = ({ messageId }: StreamMessage) => void seen.add(messageId);
  const open = (session: Session) => tailStream(session, { stream: QUEUES.gatewayNotifications, from: 0, onMessage });
  const link = new Link({ url, name: 'reader under test', log: silent, open });
  closeLater(() => link.stop());
  link.start();
  await eventually(() => expect(confirmed.filter((messageId) => !seen.has(messageId))).toEqual([]));
  await isBack;
  await Promise.all([link.stop(), publisher.stop()]);
  await servers.discard();
}

async function deliver(system: System, number: number): Promise<void> {
  const people = actors(system);
  const [user, driver, at] = [`user ${number}`, `driver ${number}`, place(number)];
  const token = encodeURIComponent(system.token('user', user));
  const socket = await TestSocket.connect(`${system.gatewayUrl}/ws?token=${token}`);
  await people.goOnDuty(driver, at);
  const { booking_id } = await people.book(user, { pickup: at });
  await acceptOffered(system, driver, booking_id);
  for (const status of [
    'En Route to Pickup',
    'Arrived at Pickup',
    'Package Collected',
    'In Transit',
    'Arrived at Drop-off',
    'Delivered',
  ])
    await people.advance(driver, booking_id, status);
  await socket.find(({ type, payload }) => type === 'status_update' && payload.status === 'Delivered');
}
