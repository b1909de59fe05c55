import { expect, test } from '@jest/globals';
import { QUEUES, SHARDS, shardQueue } from '@logi/contracts';
import { declareTopology, listReplicas, replicatedQueues } from '@logi/messaging';
import { provision } from '../../tools/stack/provision.ts';
import { findPostgres, findRabbitmq } from '../../tools/stack/servers/packages.ts';
import { type NativeServers, startNativeServers } from '../../tools/stack/servers/servers.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { long } from '../support/long.ts';
import { actors } from '../support/people/actors.ts';
import { acceptOffered, place } from '../support/people/people.ts';
import { createTestServers } from '../support/servers.ts';
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
      const system = await startSystem({}, { ...servers, databaseUrl: servers.databaseUrl, brokerNodes: NODES });
      await livesOnAllNodes(system);
      await deliver(system, 1);
      const isBack = servers.rabbitmq.nodes[1]?.crash('SIGKILL', { awayMs: 10_000 });
      await deliver(system, 2);
      await isBack;
      await servers.pair?.failOver();
      await eventually(() => deliver(system, 3));
      await system.stop();
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
  closeLater(() => servers.discard());
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
  expect(looked).toMatchObject({ status: 3 });
  expect(looked.output).toMatch(new RegExp(`^${queue.replaceAll('.', '\\.')} +quorum +1 OF 3 `, 'm'));
  const asked = await logi('--grow');
  expect(asked.status).toBe(1);
  const commands = [...asked.errors.matchAll(/^ {2}(rabbitmq-\S+) (.*)$/gm)];
  expect(commands).toHaveLength(NODES - 1);
  for (const [, tool = '', args = ''] of commands) await control?.(tool, ...args.split(' '));
  await migrate();
  expect(await logi()).toMatchObject({ status: 0 });
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
