import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Link, type LinkOptions, type Session } from '@logi/messaging';
import type { Channel, ConsumeMessage } from 'amqplib';
import { pino } from 'pino';
import { eventually } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { startLine } from '../support/line.ts';
import { CONNECTION_FORCED } from '../support/raw/amqp-frames.ts';
import { RawBroker } from '../support/raw/raw-broker.ts';
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

/** To start, then to tune, then to open. */
const OPEN_OK = 3;
const PREFETCH = 3;
let queues = 0;

async function startTrunk(options: Partial<LinkOptions> = {}) {
  const line = await startLine(servers.amqpUrl);
  const trunk = new Link({ url: line.url(), name: 'trunk', log: silent, maxBackoffMs: 50, ...options });
  closeLater(() => trunk.stop());
  trunk.start();
  return { line, trunk };
}

/** Consumes a queue of its own, and acknowledges nothing. */
async function startBranch(trunk: Link) {
  queues += 1;
  const queue = `branch.${queues}`;
  await declare(queue);
  const seen: string[] = [];
  const open = async (session: Session) => {
    const channel = await session.channel();
    await channel.prefetch(PREFETCH);
    await channel.consume(queue, (message) => {
      if (message === null) session.fail(new Error('cancelled by the broker'));
      else seen.push(message.content.toString());
    });
  };
  const branch = trunk.branch({ name: queue, open, drain: async () => undefined });
  closeLater(() => branch.stop());
  branch.start();
  await opened(branch);
  return { branch, queue, seen };
}

const declare = (queue: string) =>
  broker.channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });

function opened(link: Link): Promise<Session> {
  return eventually(() => {
    if (!link.session) throw new Error('the link is not open');
    return link.session;
  });
}

async function publish(queue: string, bodies: readonly string[]): Promise<void> {
  for (const body of bodies) await broker.publish({ exchange: '', routingKey: queue, body });
}

test('however many branches a link has, they share its connection', async () => {
  const { line, trunk } = await startTrunk();
  for (let i = 0; i < 20; i += 1) await startBranch(trunk);
  expect(line.attempts).toBe(1);
});

const unknown = { fields: { deliveryTag: 1_000 } } as ConsumeMessage; // all of it that an ack says
const FAULTS: [what: string, fault: (channel: Channel, queue: string) => unknown][] = [
  ['is not found', (channel) => channel.checkQueue('no such queue').catch(() => undefined)],
  ['is refused', (channel) => channel.ack(unknown)],
  ['is deleted', (_, queue) => broker.channel.deleteQueue(queue)],
];

test.each(FAULTS)('a branch is rebuilt alone when something of it %s', async (_, fault) => {
  const { line, trunk } = await startTrunk();
  const [failing, other] = [await startBranch(trunk), await startBranch(trunk)];
  const [session, ...undisturbed] = [await opened(failing.branch), other.branch.session, trunk.session];
  await publish(other.queue, ['1']);
  await fault(await session.channel(), failing.queue);
  await eventually(() => expect(session.ended.aborted).toBe(true));
  await declare(failing.queue);
  await publish(failing.queue, ['1']);
  await eventually(() => expect(failing.seen).toEqual(['1']));
  expect([other.branch.session, trunk.session]).toEqual(undisturbed);
  expect(other.seen).toEqual(['1']);
  expect(line.attempts).toBe(1);
});

test('what a branch that stops has not acknowledged comes again, in order, and other branches keep theirs', async () => {
  const { line, trunk } = await startTrunk();
  const [stopping, other] = [await startBranch(trunk), await startBranch(trunk)];
  for (const { queue } of [stopping, other]) await publish(queue, ['1', '2', '3', '4', '5']);
  await eventually(() =>
    expect([stopping.seen, other.seen]).toEqual([
      ['1', '2', '3'],
      ['1', '2', '3'],
    ]),
  );
  await stopping.branch.stop();
  const again = await broker.watch(stopping.queue);
  await eventually(() => expect(again.map(({ body }) => body)).toEqual(['1', '2', '3', '4', '5']));
  expect(await broker.depth(other.queue)).toBe(2);
  expect(line.clientsLeft).toBe(1);
});

test('when their connection breaks, all branches are open again over one, and it is told once', async () => {
  const lines: string[] = [];
  const { line, trunk } = await startTrunk({ log: pino({}, { write: (text) => lines.push(JSON.parse(text).msg) }) });
  const branches: Awaited<ReturnType<typeof startBranch>>[] = [];
  for (let i = 0; i < 5; i += 1) branches.push(await startBranch(trunk));
  const before = branches.map(({ branch }) => branch.session);
  line.cut();
  await eventually(() => expect(before.every((session) => session?.ended.aborted)).toBe(true));
  await Promise.all(branches.map(({ branch }) => opened(branch)));
  expect(line.clientsLeft).toBe(1);
  expect(lines).toEqual(['broker link open', 'broker link lost', 'broker link open']);
});

test('a connection that is closed by the data that opened it is not taken for an open one', async () => {
  const line = await startLine(servers.amqpUrl);
  line.addToAnswer(OPEN_OK, CONNECTION_FORCED);
  const { trunk } = await startTrunk({ url: line.url() });
  await startBranch(trunk);
  expect(line.attempts).toBe(2);
});

test('a branch is over as soon as the session of its link is', async () => {
  const { trunk } = await startTrunk();
  const { branch } = await startBranch(trunk);
  const session = await opened(branch);
  (await opened(trunk)).fail(new Error('on purpose'));
  expect(session.ended.aborted).toBe(true);
  await opened(branch);
});

test('a branch that gets no answer has its link begin again, at the next node if there are several', async () => {
  const { trunk } = await startTrunk({ openTimeoutMs: 500 });
  const before = await opened(trunk);
  let tries = 0;
  const open = async (session: Session) => {
    tries += 1;
    if (tries === 1) await once(session.ended, 'abort');
  };
  const branch = trunk.branch({ name: 'unanswered', open, drain: async () => undefined });
  closeLater(() => branch.stop());
  branch.start();
  await opened(branch);
  expect(before.ended.reason).toEqual(new Error('unanswered gets no answer'));
});

test('a branch can be stopped while it waits for its connection', async () => {
  const { line, trunk } = await startTrunk();
  const { branch } = await startBranch(trunk);
  await line.close();
  await eventually(() => expect(branch.isOpen).toBe(false));
  await branch.stop();
});
