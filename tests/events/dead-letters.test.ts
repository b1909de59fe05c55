import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import {
  deadQueue,
  EXCHANGES,
  QUEUES,
  redeliveryExchange,
  retryQueue,
  SHARDS,
  shardExchange,
  waitingRooms,
} from '@logi/contracts';
import { declareTopology } from '@logi/messaging';
import { eventually, within } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { openSql, type Rows } from '../support/database.ts';
import { long } from '../support/long.ts';
import { connectBroker } from '../support/raw/raw-broker.ts';
import { EventConsumers, QUEUE, type WorkChanged, workChanged } from '../support/services/event-consumers.ts';
import { type Ended, spawnTool } from '../support/tool.ts';

let consumers: EventConsumers;
/** What the handler does before its effect, by driver. */
const faults = new Map<string, () => Promise<void>>();

beforeAll(async () => {
  consumers = await EventConsumers.create();
});
afterEach(async () => {
  await consumers.stopInstances();
  await consumers.broker.stopWatching();
  for (const queue of [QUEUE, retryQueue(QUEUE, '5s'), deadQueue(QUEUE), deadQueue(QUEUES.gatewayNotifications)])
    await consumers.broker.purge(queue);
  await consumers.sql('truncate operations.dead_letter');
});
afterAll(() => consumers.discard());

function startConsumer() {
  return consumers.start({ before: async (event) => faults.get(event.aggregate_id)?.() });
}

function spawnDlq(...args: string[]) {
  const { databaseUrl, amqpUrl } = consumers.servers;
  return spawnTool('tools/logi/main.ts', ['dlq', ...args], { DATABASE_URL: databaseUrl, AMQP_URL: amqpUrl });
}

function dlq(...args: string[]): Promise<Ended> {
  return spawnDlq(...args).ended();
}

/** An event that died of its handler: this attempt was the last. */
async function killByHandler(event: WorkChanged, reason: string): Promise<void> {
  faults.set(event.aggregate_id, () => Promise.reject(new Error(reason)));
  const before = await consumers.broker.depth(deadQueue(QUEUE));
  await consumers.publish(event, { 'x-attempt': 4 });
  await eventually(async () => expect(await consumers.broker.depth(deadQueue(QUEUE))).toBe(before + 1));
}

/** Letters as a consumer writes them, straight into the dead queue. */
async function bury(letters: { messageId: string; type?: string; reason?: string; body?: unknown; queue?: string }[]) {
  for (const { messageId, type = 'driver.work_changed', reason = 'a bug', body = '{}', queue = QUEUE } of letters) {
    const headers = { 'x-attempt': 5, 'x-reason': reason, 'x-first-routing-key': type };
    const exchange = redeliveryExchange(queue.startsWith('gateway') ? 'gateway' : 'tracking');
    await consumers.broker.publish({
      exchange,
      routingKey: deadQueue(queue),
      body: body as string,
      messageId,
      headers,
    });
  }
}

/** Takes one delivery and is gone without a word. */
async function dieOver(queue: string): Promise<void> {
  const connection = await connectBroker(consumers.servers.amqpUrl);
  const channel = await connection.createChannel();
  const taken = Promise.withResolvers<void>();
  for (const room of waitingRooms(queue, SHARDS.default)) await channel.consume(room, () => taken.resolve());
  await within(taken.promise, `a message of ${queue}`);
  await connection.close();
}

/** What a command says when it takes letters out of the broker. */
function moved(count: number): string {
  return `moved ${count} from the broker's dead queues to the table operations.dead_letter\n`;
}

function ids(count: number): string[] {
  return Array.from({ length: count }, () => randomUUID());
}

/** The message ids that a list shows, in its order. */
function listedIn({ output }: Ended): string[] {
  return [...output.matchAll(/^ {2}([0-9a-f]{8}-[0-9a-f-]{27}) /gm)].map(([, id = '']) => id);
}

async function auditOf(messageId: string) {
  return consumers.sql(
    `select fate, decided_by, reason, type, convert_from(body, 'utf8') as body
     from operations.dead_letter where message_id = $1 order by id`,
    [messageId],
  );
}

test('the list tells of each dead letter what it is, why it died, after how many attempts, and how long ago', async () => {
  startConsumer();
  const event = workChanged(randomUUID(), 1);
  await killByHandler(event, 'no such driver');
  const list = await dlq('list');
  expect(list).toMatchObject({ status: 0, errors: moved(1) });
  expect(list.output).toMatch(/^tracking\.booking-events\.dead: 1$/m);
  expect(list.output).toMatch(/^booking\.tracking-events\.dead: 0$/m);
  expect(list.output).toMatch(
    new RegExp(`^  ${event.event_id} +driver\\.work_changed +\\d+s +5 +no such driver$`, 'm'),
  );
  expect(await dlq('list')).toMatchObject({ output: expect.stringContaining(event.event_id) });
});

test('a letter is shown with its headers and its body, and nothing in it steers the terminal', async () => {
  const [messageId = '', raw = ''] = ids(2);
  await bury([
    { messageId, body: { colour: '\u001b[31mred' }, reason: 'bad\u0000 \u001b[2Jreason' },
    { messageId: raw, body: Buffer.from([0xff, 0xfe]) },
  ]);
  const { output, status } = await dlq('show', messageId);
  expect(status).toBe(0);
  expect(output).toContain('"x-first-routing-key": "driver.work_changed"');
  expect(output).toContain('"colour": "\\u001b[31mred"');
  expect(output).not.toContain('\u001b');
  expect((await dlq('show', raw)).output).toContain('//4=');
  expect(await dlq('show', 'nobody')).toMatchObject({ status: 1, errors: 'no message nobody has died\n' });
});

test('a letter whose fault is mended has its effect once, however often it is replayed', async () => {
  startConsumer();
  const driver = randomUUID();
  const event = workChanged(driver, 1);
  await killByHandler(event, 'a bug');
  expect(await consumers.sql('select from tracking.inbox where event_id = $1', [event.event_id])).toEqual([]);

  faults.delete(driver);
  expect(await dlq('replay', '--by', 'olga')).toMatchObject({ status: 0, output: 'replayed 1\n' });
  await eventually(async () => expect(await consumers.versions(driver)).toEqual([1]));
  expect(await auditOf(event.event_id)).toMatchObject([
    {
      fate: 'replayed',
      decided_by: 'olga',
      reason: 'a bug',
      type: event.type,
      body: JSON.stringify(event),
    },
  ]);
  expect(await dlq('replay')).toMatchObject({ status: 0, output: 'replayed 0\n' });

  // As after a crash between the broker's confirm and the audit.
  const forget =
    'update operations.dead_letter set fate = null, decided_by = null, decided_at = null where message_id = $1';
  await consumers.sql(forget, [event.event_id]);
  expect(await dlq('replay')).toMatchObject({ output: 'replayed 1\n' });
  await consumers.publish(workChanged(driver, 2));
  await eventually(async () => expect(await consumers.versions(driver)).toContain(2));
  expect(await consumers.versions(driver)).toEqual([1, 2]);
});

test('a letter whose fault persists is tried anew from its first attempt', async () => {
  const waiting = await consumers.broker.watch(retryQueue(QUEUE, '5s'));
  startConsumer();
  const event = workChanged(randomUUID(), 1);
  await killByHandler(event, 'still a bug');
  await dlq('replay');
  await eventually(() => expect(waiting).toHaveLength(1));
  expect(waiting[0]).toMatchObject({
    messageId: event.event_id,
    headers: { 'x-attempt': 2, 'x-reason': 'still a bug', 'x-first-routing-key': event.type },
  });
});

long('a letter that can never work dies again when it is replayed, and is a second letter', async () => {
  startConsumer();
  const [messageId = ''] = ids(1);
  await bury([{ messageId, body: 'not JSON', reason: 'the first time' }]);
  await dlq('replay');
  await eventually(async () => expect(await consumers.broker.depth(deadQueue(QUEUE))).toBe(1));
  expect(listedIn(await dlq('list'))).toEqual([messageId]);
  expect(await auditOf(messageId)).toMatchObject([
    { fate: 'replayed', reason: 'the first time' },
    { fate: null, reason: expect.stringContaining('JSON') },
  ]);
});

test('a message that killed its consumers, and that the broker gave up, can be replayed', async () => {
  const driver = randomUUID();
  const event = workChanged(driver, 1);
  await consumers.publish(event);
  const deliveryLimit = 20;
  for (let deaths = 0; deaths <= deliveryLimit; deaths += 1) await dieOver(QUEUE);
  await eventually(async () => expect(await consumers.broker.depth(deadQueue(QUEUE))).toBe(1));
  const { output } = await dlq('list');
  expect(output).toMatch(new RegExp(`${event.event_id} +driver\\.work_changed +\\d+s +1 +.*delivery_limit$`, 'm'));
  startConsumer();
  expect(await dlq('replay')).toMatchObject({ output: 'replayed 1\n' });
  await eventually(async () => expect(await consumers.versions(driver)).toEqual([1]));
});

const FILTERS = [
  { args: ['--type', 'drivers.requested', '--reason', 'database'], chosen: [3] },
  { args: ['--reason', 'DATABASE'], chosen: [2, 3] },
  { args: ['--type', 'drivers.requested'], chosen: [1, 3] },
  { args: ['--queue', 'tracking.booking-events.dead', '--limit', '2'], chosen: [0, 1] },
  { args: ['--queue', 'booking.tracking-events'], chosen: [] },
  { args: ['--reason', '%'], chosen: [] },
];
const FITTING = 'replay $args takes what fits, and the rest keeps its order';
test.each(FILTERS.slice(0, 1))(FITTING, replayFitting);
long.each(FILTERS.slice(1))(FITTING, replayFitting);

async function replayFitting({ args, chosen }: (typeof FILTERS)[number]): Promise<void> {
  const letters = [
    { type: 'driver.work_changed', reason: 'a bug' },
    { type: 'drivers.requested', reason: 'a bug' },
    { type: 'driver.work_changed', reason: 'no Database' },
    { type: 'drivers.requested', reason: 'no database here' },
    { type: 'driver.work_changed', reason: 'a bug' },
  ].map((letter) => ({ ...letter, messageId: randomUUID() }));
  await bury(letters);
  const idsOf = (indices: number[]) => indices.map((index) => letters[index]?.messageId);
  const dry = await dlq('replay', ...args, '--dry-run');
  expect(dry.output).toContain(`replay would decide ${chosen.length}\n`);
  expect(await consumers.broker.depth(QUEUE)).toBe(0);

  expect((await dlq('replay', ...args)).output).toBe(`replayed ${chosen.length}\n`);
  expect(listedIn(await dlq('list'))).toEqual(idsOf([0, 1, 2, 3, 4].filter((index) => !chosen.includes(index))));
  const sent = await consumers.broker.watch(QUEUE);
  await eventually(() => expect(sent.map(({ messageId }) => messageId)).toEqual(idsOf(chosen)));
  for (const { headers } of sent) expect(Object.keys(headers)).toEqual(['x-first-routing-key']);
}

test('a discarded letter is gone from the list, and the audit keeps it with its body', async () => {
  const [first = '', second = ''] = ids(2);
  await bury([{ messageId: first, body: 'precious' }, { messageId: second }]);
  expect(await dlq('discard')).toMatchObject({ status: 2, errors: expect.stringContaining('--yes') });
  expect(await dlq('discard', '--id', first, '--by', 'olga')).toMatchObject({ output: 'discarded 1\n' });
  expect(listedIn(await dlq('list'))).toEqual([second]);
  expect(await auditOf(first)).toMatchObject([{ fate: 'discarded', decided_by: 'olga', body: 'precious' }]);
  expect((await dlq('list', '--decided', '--id', first)).output).toMatch(/discarded by olga {2}.*a bug/);
});

test('who decides is on record before it is done, and what cannot be put on record is not done', async () => {
  const [messageId = ''] = ids(1);
  await bury([{ messageId }]);
  const { channel } = consumers.broker;
  await channel.deleteExchange(EXCHANGES.auditEvents);
  for (const command of ['replay', 'discard']) {
    expect(await dlq(command, '--id', messageId)).toMatchObject({
      status: 1,
      output: '',
      errors: expect.stringContaining('put on record'),
    });
  }
  await declareTopology(consumers.servers.amqpUrl);
  expect(await auditOf(messageId)).toMatchObject([{ fate: null }]);
  await consumers.broker.purge(QUEUES.bookingTrackingEvents);
  await dlq('discard', '--id', messageId, '--by', 'olga');
  const [record] = await consumers.broker.watch(QUEUES.bookingTrackingEvents).then((seen) =>
    eventually(() => {
      expect(seen).toHaveLength(1);
      return seen;
    }),
  );
  expect(JSON.parse(record?.body ?? '')).toMatchObject({
    type: 'audit.recorded',
    data: {
      actor: { role: 'operator', id: 'olga' },
      act: 'dead_letters.discarded',
      subject: { kind: 'dead_letters', id: messageId },
      address: null,
    },
  });
});

test('what a gateway put aside is not replayed, since the stream has it still', async () => {
  const [messageId = ''] = ids(1);
  await bury([{ messageId, queue: QUEUES.gatewayNotifications }]);
  expect(await dlq('replay')).toMatchObject({ status: 0, output: 'replayed 0\n' });
  expect(await dlq('replay', '--queue', QUEUES.gatewayNotifications)).toMatchObject({ status: 2 });
  expect(listedIn(await dlq('list'))).toEqual([messageId]);
});

test('while no queue takes it, a letter stays', async () => {
  const [messageId = ''] = ids(1);
  await bury([{ messageId }]);
  const { channel } = consumers.broker;
  closeLater(() => declareTopology(consumers.servers.amqpUrl));
  await channel.unbindExchange(shardExchange(QUEUE), redeliveryExchange('tracking'), QUEUE);
  expect(await dlq('replay')).toMatchObject({ status: 1, errors: expect.stringContaining('no queue takes it') });
  expect(listedIn(await dlq('list'))).toEqual([messageId]);
});

/** Kills a run that wants to write to the operators' table, which nobody can meanwhile. */
async function killAtTable(run: ReturnType<typeof spawnDlq>, sql: Rows): Promise<void> {
  await eventually(async () => {
    const waiting = await sql(`select from pg_stat_activity
      where datname = current_database() and application_name = 'dlq' and wait_event_type = 'Lock'`);
    expect(waiting).toHaveLength(1);
  });
  await run.kill();
  await endSessions(sql);
}

/** The statement of a client that is gone would go on once it has its lock. */
async function endSessions(sql: Rows): Promise<void> {
  await sql(`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'dlq'`);
}

long('a run that is killed while it takes letters in loses none, and leaves them in order', async () => {
  const dead = ids(250);
  await bury(dead.map((messageId) => ({ messageId })));
  const other = await openSql(consumers.servers.databaseUrl);
  await other.sql('begin');
  await other.sql('lock table operations.dead_letter');
  const killed = spawnDlq('list');
  // One batch at a time is out of the queue, however many there are.
  await eventually(async () => expect(await consumers.broker.depth(deadQueue(QUEUE))).toBe(150));
  await killAtTable(killed, other.sql);
  await other.close();
  expect(listedIn(await dlq('list', '--limit', '1000'))).toEqual(dead);
});

long('a run that is killed after it kept letters, and before the broker knows, lists each once', async () => {
  const dead = ids(3);
  await bury(dead.map((messageId) => ({ messageId })));
  await dlq('list');
  await bury(dead.map((messageId) => ({ messageId })));
  expect(listedIn(await dlq('list'))).toEqual(dead);
});

test('a run that is killed between the replay and its audit has its effect once', async () => {
  const driver = randomUUID();
  const event = workChanged(driver, 1);
  await bury([{ messageId: event.event_id, body: event }]);
  await dlq('list');
  startConsumer();
  const other = await openSql(consumers.servers.databaseUrl);
  await other.sql('begin');
  await other.sql('select from operations.dead_letter where message_id = $1 for update', [event.event_id]);
  const killed = spawnDlq('replay');
  await eventually(async () => expect(await consumers.versions(driver)).toEqual([1]));
  await killAtTable(killed, other.sql);
  await other.close();
  expect(await auditOf(event.event_id)).toMatchObject([{ fate: null }]);

  expect(await dlq('replay')).toMatchObject({ output: 'replayed 1\n' });
  await consumers.publish(workChanged(driver, 2));
  await eventually(async () => expect(await consumers.versions(driver)).toContain(2));
  expect(await consumers.versions(driver)).toEqual([1, 2]);
});

long('of two operators at once the second waits, and each letter is replayed once', async () => {
  const dead = ids(40);
  await bury(dead.map((messageId) => ({ messageId })));
  const other = await openSql(consumers.servers.databaseUrl);
  await other.sql('begin');
  await other.sql('lock table operations.dead_letter');
  const runs = [spawnDlq('replay', '--by', 'one'), spawnDlq('replay', '--by', 'two')];
  const waiting = 'waiting for another operator…\n';
  await eventually(() => expect(runs.map((run) => run.errors()).sort()).toEqual(['', waiting]));
  await other.sql('rollback');
  await other.close();
  const outputs = (await Promise.all(runs.map((run) => run.ended()))).map(({ output }) => output);
  expect(outputs.sort()).toEqual(['replayed 0\n', 'replayed 40\n']);
  const sent = await consumers.broker.watch(QUEUE);
  await eventually(() => expect(sent.map(({ messageId }) => messageId)).toEqual(dead));
});

test.each(['booking', 'tracking'] as const)('%s can neither read nor write what operators did', async (service) => {
  const database = await openSql(consumers.servers.urls[service].databaseUrl);
  for (const statement of [
    'select from operations.dead_letter',
    "update operations.dead_letter set fate = 'discarded'",
    'delete from operations.dead_letter',
  ])
    await expect(database.sql(statement)).rejects.toThrow(/^permission denied/);
  await database.close();
});

const USAGE = '%j is refused with the usage';
test.each([[['replay', '--queue', 'booking.events']]])(USAGE, isRefused);
long.each([[[]], [['show']], [['list', '--yes']]])(USAGE, isRefused);

async function isRefused(args: string[]): Promise<void> {
  expect(await dlq(...args)).toMatchObject({
    status: 2,
    errors: expect.stringContaining('Usage: node tools/logi/main.ts dlq'),
  });
}
