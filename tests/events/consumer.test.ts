import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { deadQueue, redeliveryExchange, retryQueue } from '@logi/contracts';
import { appendEvent } from '@logi/events';
import { eventually } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import type { SeenMessage } from '../support/raw/raw-broker.ts';
import {
  EventConsumers,
  type Instance,
  QUEUE,
  type WorkChanged,
  workChanged,
} from '../support/services/event-consumers.ts';

let consumers: EventConsumers;
let instance: Instance;
let dead: SeenMessage[];
let commits = 0;
/** What the handler does before its effect, by driver. */
const behaviours = new Map<string, (event: WorkChanged) => Promise<void>>();

beforeAll(async () => {
  consumers = await EventConsumers.create();
  dead = await consumers.broker.watch(deadQueue(QUEUE));
  instance = consumers.start({
    afterCommit: () => {
      commits += 1;
    },
    before: async (event, tx) => {
      if (event.data.driver_id.startsWith('appending')) {
        const data = { booking_id: randomUUID(), round: 1, available_nearby: 0, candidates: [] };
        appendEvent(tx, { type: 'drivers.nominated', aggregateId: event.aggregate_id, version: 1, data });
      }
      await behaviours.get(event.aggregate_id)?.(event);
    },
  });
});
afterAll(() => consumers.discard());

function newDriver(name: string): string {
  return `${name}-${randomUUID()}`;
}

async function deadLetterOf(messageId: string): Promise<SeenMessage> {
  return eventually(() => {
    const found = dead.find((message) => message.messageId === messageId);
    if (!found) throw new Error(`${messageId} is not in the dead queue`);
    return found;
  });
}

test('an event has its effect', async () => {
  const driver = newDriver('plain');
  await consumers.publish(workChanged(driver, 1));
  await eventually(async () => expect(await consumers.versions(driver)).toEqual([1]));
});

test('an event that is delivered twice has one effect', async () => {
  const driver = newDriver('twice');
  const first = workChanged(driver, 1);
  await consumers.publish(first);
  await consumers.publish(first);
  await consumers.publish(workChanged(driver, 2));
  await eventually(async () => expect(await consumers.versions(driver)).toContain(2));
  expect(await consumers.versions(driver)).toEqual([1, 2]);
});

test('an older event that comes after a newer one has no effect', async () => {
  const driver = newDriver('late');
  for (const version of [2, 1, 3]) await consumers.publish(workChanged(driver, version));
  await eventually(async () => expect(await consumers.versions(driver)).toContain(3));
  expect(await consumers.versions(driver)).toEqual([2, 3]);
});

test('three copies of each event in any order leave what the newest says', async () => {
  const driver = newDriver('shuffled');
  const events = Array.from({ length: 20 }, (_, index) => workChanged(driver, index + 1));
  const copies = [...events, ...events, ...events].sort(() => Math.random() - 0.5);
  for (const event of [...copies, workChanged(driver, 21)]) await consumers.publish(event);
  await eventually(async () => expect(await consumers.versions(driver)).toContain(21));
  const versions = await consumers.versions(driver);
  expect(versions).toContain(20);
  expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
});

const SOONER_THAN_A_LOCK_IS_GIVEN_UP_MS = 3_000;

test('events of different things are handled side by side, those of one thing one after the other', async () => {
  const [waiting, other] = [newDriver('waiting'), newDriver('other')];
  const otherIsDone = Promise.withResolvers<void>();
  closeLater(otherIsDone.resolve);
  behaviours.set(waiting, () => otherIsDone.promise);
  for (const event of [workChanged(waiting, 1), workChanged(waiting, 2), workChanged(other, 1)]) {
    await consumers.publish(event);
  }
  await eventually(async () => expect(await consumers.versions(other)).toEqual([1]));
  // The second of the one thing has not even begun: it could get the locks that the first waits for.
  const busy = `select pid from pg_stat_activity
    where datname = current_database() and application_name = 'only' and state <> 'idle'`;
  await eventually(async () => expect(await consumers.sql(busy)).toHaveLength(1), SOONER_THAN_A_LOCK_IS_GIVEN_UP_MS);
  expect(await consumers.versions(waiting)).toEqual([]);
  otherIsDone.resolve();
  await eventually(async () => expect(await consumers.versions(waiting)).toEqual([1, 2]));
});

test('what a handler appends to the outbox is told of after the commit', async () => {
  const driver = newDriver('appending');
  const before = commits;
  await consumers.publish(workChanged(driver, 1));
  await eventually(() => expect(commits).toBe(before + 1));
  const appended = await consumers.sql('select type from tracking.outbox where aggregate_id = $1', [driver]);
  expect(appended).toEqual([{ type: 'drivers.nominated' }]);
});

const good = workChanged('malformed', 1);
const MALFORMED: { what: string; body: unknown; routingKey?: string; reason: RegExp }[] = [
  { what: 'text that is not JSON', body: '{"event_id":', reason: /JSON/ },
  { what: 'nothing', body: '', reason: /JSON/ },
  { what: 'bytes that are not text', body: Buffer.from([0xff, 0xfe, 0x00]), reason: /JSON/ },
  { what: 'a JSON array', body: [good], reason: /not an event/ },
  {
    what: 'an unknown type',
    body: { ...good, type: 'driver.abducted' },
    reason: /unknown event type "driver.abducted"/,
  },
  { what: 'a type that JavaScript objects have', body: { ...good, type: 'constructor' }, reason: /unknown event type/ },
  { what: 'another type than its routing key', body: good, routingKey: 'drivers.requested', reason: /routing key/ },
  { what: 'more than 256 KiB', body: { ...good, pad: 'x'.repeat(256 * 1024) }, reason: /bytes, more than 262144/ },
  { what: 'no data', body: { ...good, data: undefined }, reason: /data/ },
  { what: 'no event id', body: { ...good, event_id: undefined }, reason: /event_id/ },
  { what: 'an event id that is no UUID', body: { ...good, event_id: '7' }, reason: /event_id/ },
  { what: 'an empty aggregate id', body: { ...good, aggregate_id: '' }, reason: /aggregate_id/ },
  { what: 'a version in text', body: { ...good, version: '1' }, reason: /version/ },
  { what: 'version zero', body: { ...good, version: 0 }, reason: /version/ },
  { what: 'half a version', body: { ...good, version: 1.5 }, reason: /version/ },
  { what: 'a time that is none', body: { ...good, occurred_at: 'yesterday' }, reason: /occurred_at/ },
  { what: 'a value outside its list', body: { ...good, data: { ...good.data, work: 'Napping' } }, reason: /work/ },
  {
    what: 'a type that is not for this queue',
    body: {
      ...good,
      type: 'offer.closed',
      data: { offer_id: randomUUID(), booking_id: randomUUID(), driver_id: 'd', outcome: 'expired' },
    },
    routingKey: 'offer.closed',
    reason: /does not take offer.closed/,
  },
];

test.each(MALFORMED)(
  'an event with $what is dead-lettered with the reason, and the next one is handled',
  async ({ body, routingKey = 'driver.work_changed', reason }) => {
    const driver = newDriver('after-malformed');
    const messageId = randomUUID();
    const content = Buffer.isBuffer(body) || typeof body === 'string' ? body : JSON.stringify(body);
    // Past the bindings, so that also what is not bound comes to this queue; the header is the key it first had.
    await consumers.broker.publish({
      exchange: redeliveryExchange('tracking'),
      routingKey: QUEUE,
      body: content,
      messageId,
      headers: { 'x-first-routing-key': routingKey },
    });
    await consumers.publish(workChanged(driver, 1));

    const letter = await deadLetterOf(messageId);
    expect(letter.headers['x-reason']).toMatch(reason);
    expect(letter.headers['x-first-routing-key']).toBe(routingKey);
    expect(letter.body).toBe(Buffer.from(content).toString('latin1'));
    await eventually(async () => expect(await consumers.versions(driver)).toEqual([1]));
  },
);

test('bad events in the midst of many good ones are all dead-lettered, and the good ones have their effects in order', async () => {
  const drivers = Array.from({ length: 10 }, (_, index) => newDriver(`in-the-midst-${index}`));
  const versions = Array.from({ length: 30 }, (_, index) => index + 1);
  const bad = new Set<string>();
  for (const version of versions) {
    const messageId = randomUUID();
    bad.add(messageId);
    const message = { exchange: 'booking.events', routingKey: 'driver.work_changed', body: '{', messageId };
    await Promise.all([
      ...drivers.map((driver) => consumers.publish(workChanged(driver, version))),
      consumers.broker.publish(message),
    ]);
  }

  for (const driver of drivers)
    await eventually(async () => expect(await consumers.versions(driver)).toEqual(versions), 30_000);
  await eventually(() => expect(new Set(dead.map(({ messageId }) => messageId)).isSupersetOf(bad)).toBe(true));
});

test('a handler that fails leaves nothing behind, and the event is dead-lettered when its attempts are used up', async () => {
  const driver = newDriver('appending-hopeless');
  behaviours.set(driver, () => Promise.reject(new Error('no such driver')));
  const event = workChanged(driver, 1);
  const deadLetters = await instance.metric('deadLetter');
  await consumers.publish(event, { 'x-attempt': 4 });

  const letter = await deadLetterOf(event.event_id);
  expect(letter.headers).toMatchObject({ 'x-reason': 'no such driver', 'x-attempt': 5 });
  await eventually(async () => expect(await instance.metric('deadLetter')).toBeGreaterThan(deadLetters));
  const left = await consumers.sql(
    `select event_id from tracking.inbox where event_id = $1
     union all select event_id from tracking.outbox where aggregate_id = $2`,
    [event.event_id, driver],
  );
  expect(left).toEqual([]);
});

test('a dead letter that is sent again, even twice, has its effect once', async () => {
  const driver = newDriver('fixed');
  behaviours.set(driver, () => Promise.reject(new Error('a bug')));
  const event = workChanged(driver, 1);
  await consumers.publish(event, { 'x-attempt': 4 });
  const { body, messageId } = await deadLetterOf(event.event_id);

  behaviours.delete(driver);
  const again = { exchange: redeliveryExchange('tracking'), routingKey: QUEUE, body, messageId };
  const headers = { 'x-first-routing-key': 'driver.work_changed' };
  await consumers.broker.publish({ ...again, headers });
  await consumers.broker.publish({ ...again, headers });
  await consumers.publish(workChanged(driver, 2));
  await eventually(async () => expect(await consumers.versions(driver)).toContain(2));
  expect(await consumers.versions(driver)).toEqual([1, 2]);
});

test.each([
  { attempt: 2, delay: '30s' },
  { attempt: 3, delay: '5m' },
] as const)('attempt $attempt that fails is followed by a wait of $delay', async ({ attempt, delay }) => {
  const waiting = await consumers.broker.watch(retryQueue(QUEUE, delay));
  const driver = newDriver('failing');
  behaviours.set(driver, () => Promise.reject(new Error('not yet')));
  const event = workChanged(driver, 1);
  await consumers.publish(event, { 'x-attempt': attempt });
  await eventually(() => expect(waiting).toHaveLength(1));
  expect(waiting[0]).toMatchObject({
    messageId: event.event_id,
    headers: { 'x-attempt': attempt + 1, 'x-reason': 'not yet', 'x-first-routing-key': 'driver.work_changed' },
  });
});

test('an event whose handler fails is tried again after five seconds, and then works', async () => {
  const driver = newDriver('second-time');
  let tries = 0;
  behaviours.set(driver, async () => {
    tries += 1;
    if (tries === 1) throw new Error('not yet');
  });
  const retries = await instance.metric('retry');
  await consumers.publish(workChanged(driver, 1));
  await eventually(async () => expect(await instance.metric('retry')).toBe(retries + 1));
  await eventually(async () => expect(await consumers.versions(driver)).toEqual([1]));
  expect(tries).toBe(2);
});

test('a dead letter of the broker that is sent again with all its headers survives a handler that fails', async () => {
  const driver = newDriver('died-before');
  let tries = 0;
  behaviours.set(driver, async () => {
    tries += 1;
    if (tries === 1) throw new Error('not yet');
  });
  // A broker drops without a word what comes back to a queue where, as these headers say, it died before.
  const death = { queue: QUEUE, reason: 'delivery_limit', exchange: '', count: 1, 'routing-keys': [QUEUE] };
  await consumers.publish(workChanged(driver, 1), { 'x-death': [death] });
  await eventually(async () => expect(await consumers.versions(driver)).toEqual([1]));
});

test('an event that failed and was overtaken by a newer one has no effect', async () => {
  const driver = newDriver('overtaken');
  let failed = false;
  behaviours.set(driver, async () => {
    if (failed) return;
    failed = true;
    throw new Error('not yet');
  });
  await consumers.publish(workChanged(driver, 1));
  await consumers.publish(workChanged(driver, 2));
  await eventually(async () => expect(await consumers.versions(driver)).toEqual([2]));
  const comesBack = await instance.metric('ack');
  await eventually(async () => expect(await instance.metric('ack')).toBeGreaterThan(comesBack));
  expect(await consumers.versions(driver)).toEqual([2]);
});
