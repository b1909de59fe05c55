import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { deadQueue, QUEUES } from '@logi/contracts';
import { eventually } from '../../tools/testing/waiting.ts';
import { openBroker } from '../support/broker.ts';
import { closeLater } from '../support/cleanup.ts';
import { openSql } from '../support/database.ts';
import { call } from '../support/http.ts';
import { type System, startSystem } from '../support/services/system.ts';

let system: System;
let url: string;
let sql: Awaited<ReturnType<typeof openSql>>['sql'];
beforeAll(async () => {
  system = await startSystem();
  const operations = await system.start.operations();
  url = `http://127.0.0.1:${operations.port()}/v1/dead-letters`;
  const opened = await openSql(system.servers.databaseUrl);
  closeLater(() => opened.close());
  sql = opened.sql;
});
afterAll(() => system.stop());
beforeEach(() => sql('truncate operations.dead_letter'));

const QUEUE = QUEUES.bookingTrackingEvents;
const get = (path = '') => call('GET', `${url}${path}`, { token: system.token('admin', 'ada') });
const post = (path: string, sub = 'ada') => call('POST', `${url}${path}`, { token: system.token('admin', sub) });
type Letter = { id: string; queue: string; message_id: string; reason: string; fate: string | null };

/** A letter in the table, as if somebody had looked before. */
async function keep(
  letter: { messageId?: string; queue?: string; body?: string; reason?: string } = {},
): Promise<string> {
  const { messageId = randomUUID(), queue = QUEUE, body = '{}', reason = 'a bug' } = letter;
  const [row] = await sql(
    `insert into operations.dead_letter (queue, message_id, type, reason, attempt, died_at, headers, body)
     values ($1, $2, 'driver.status_changed', $3, 5, now(), '{"x-reason":"a bug"}', $4) returning id`,
    [queue, messageId, reason, Buffer.from(body)],
  );
  return String(row?.['id']);
}

/** An event that tracking really could have sent, of a driver nobody knows yet. */
function statusEvent(driverId: string) {
  const [event_id, occurred_at] = [randomUUID(), new Date().toISOString()];
  const data = { driver_id: driverId, status: 'Available' };
  return { event_id, type: 'driver.status_changed', aggregate_id: driverId, version: 1, occurred_at, data };
}

test('what a consumer cannot handle is listed with its reason, and shown whole', async () => {
  await openBroker(system.servers).publish('tracking.events', 'driver.status_changed', 'no JSON <b>');
  const { id } = await eventually(async () => {
    const { status, body } = await get();
    expect(status).toBe(200);
    expect(body).toMatchObject({
      is_current: true,
      counts: expect.arrayContaining([expect.objectContaining({ queue: QUEUE, count: 1 })]),
      next_cursor: null,
    });
    return body.items.find((letter: Letter) => letter.queue === QUEUE) as Letter;
  });
  const { status, body } = await get(`/${id}`);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    queue: QUEUE,
    type: 'driver.status_changed',
    body: 'no JSON <b>',
    fate: null,
    is_replayable: true,
  });
  expect(body.reason).not.toBe('');
  expect(body.history).toHaveLength(1);
});

test('a replay sends it to its queue, where it has its effect once, and is on record with who did it', async () => {
  const event = statusEvent('replayed driver');
  const id = await keep({ messageId: event.event_id, body: JSON.stringify(event) });
  const first = await post(`/${id}/replay`, 'ada of the night');
  expect(first).toMatchObject({ status: 200, body: { letter: { fate: 'replayed', decided_by: 'ada of the night' } } });
  const second = await post(`/${id}/replay`, 'somebody else');
  expect(second.body).toEqual(first.body);
  await eventually(async () => {
    expect(await sql('select status from booking.driver where driver_id = $1', ['replayed driver'])).toEqual([
      { status: 'Available' },
    ]);
    const acts = await sql(
      `select actor_role, actor_id, address from booking.audit where act = 'dead_letters.replayed' and subject_id = $1`,
      [event.event_id],
    );
    expect(acts).toEqual([{ actor_role: 'admin', actor_id: 'ada of the night', address: '127.0.0.1' }]);
  });
  const { body } = await get('?state=decided');
  expect(body.items.map((letter: Letter) => letter.id)).toEqual([id]);
});

test('two who replay one letter at once send it once', async () => {
  const event = statusEvent('raced driver');
  const id = await keep({ messageId: event.event_id, body: JSON.stringify(event) });
  const answers = await Promise.all(['a', 'b', 'c'].map((sub) => post(`/${id}/replay`, sub)));
  expect(new Set(answers.map(({ body }) => body.letter.decided_by)).size).toBe(1);
  await eventually(async () => {
    const acts = await sql(`select from booking.audit where act = 'dead_letters.replayed' and subject_id = $1`, [
      event.event_id,
    ]);
    expect(acts).toHaveLength(1);
  });
});

test('a dry run does nothing', async () => {
  const id = await keep();
  for (const decision of ['replay', 'discard']) {
    const { status, body } = await post(`/${id}/${decision}?dry_run=true`);
    expect({ status, ...body }).toMatchObject({ status: 200, dry_run: true, letter: { fate: null } });
  }
  expect((await get()).body.items).toHaveLength(1);
});

test('what is discarded stays on record, and cannot be replayed: whoever tries is told who came first', async () => {
  const id = await keep();
  expect(await post(`/${id}/discard`)).toMatchObject({ status: 200, body: { letter: { fate: 'discarded' } } });
  expect((await post(`/${id}/discard`, 'bob')).body.letter.decided_by).toBe('ada');
  const { status, body } = await post(`/${id}/replay`, 'bob');
  expect({ status, error: body.error }).toMatchObject({
    status: 409,
    error: { code: 'dead_letter_decided', details: { fate: 'discarded', decided_by: 'ada' } },
  });
  expect((await get(`/${id}`)).body.body).toBe('{}');
});

test('a letter of the stream can be discarded, and not replayed', async () => {
  const id = await keep({ queue: QUEUES.gatewayNotifications });
  for (const query of ['', '?dry_run=true']) {
    const { status, body } = await post(`/${id}/replay${query}`);
    expect({ status, code: body.error.code }).toEqual({ status: 409, code: 'dead_letter_not_replayable' });
  }
  expect((await post(`/${id}/discard`)).status).toBe(200);
});

test('a list is read page by page, and narrowed by queue, reason and message', async () => {
  const ids: string[] = [];
  for (let i = 0; i < 5; i += 1) ids.push(await keep({ reason: `Reason ${i % 2}`, messageId: `message ${i}` }));
  await keep({ queue: QUEUES.trackingBlocks });
  const seen: string[] = [];
  let cursor = '';
  do {
    const { body } = await get(`?queue=${QUEUE}&limit=2${cursor && `&cursor=${cursor}`}`);
    seen.push(...body.items.map(({ id }: Letter) => id));
    cursor = body.next_cursor;
  } while (cursor);
  expect(seen).toEqual(ids.toReversed());
  expect((await get('?reason=REASON%201')).body.items).toHaveLength(2);
  expect((await get('?message_id=message%203')).body.items).toHaveLength(1);
  expect((await get()).body.counts).toEqual([
    expect.objectContaining({ queue: QUEUE, count: 5 }),
    expect.objectContaining({ queue: QUEUES.trackingBlocks, count: 1 }),
  ]);
});

test('ids and bodies of any kind are shown as they are', async () => {
  const messageId = `<img src=x>\u202e${'𝒳'.repeat(100)}`;
  const id = await keep({ messageId, body: '\xff', reason: '<script>alert(1)</script>' });
  const { body } = await get(`/${id}`);
  expect(body).toMatchObject({ message_id: messageId, reason: '<script>alert(1)</script>' });
  const binary = await sql('update operations.dead_letter set body = $1 where id = $2 returning id', [
    Buffer.from([255, 0]),
    id,
  ]);
  expect(binary).toHaveLength(1);
  expect((await get(`/${id}`)).body).toMatchObject({ body_base64: '/wA=' });
});

test.each(['/nothing', '/0', '/-1', '/1.5', '?queue=nothing', '?cursor=x', '?limit=0', '?limit=201', '?fate=x'])(
  '%s is refused',
  async (path) => {
    expect((await get(path)).status).toBe(400);
  },
);

test('one that is not there is told so', async () => {
  for (const answer of [await get('/123456'), await post('/123456/replay'), await post('/123456/discard')]) {
    expect({ status: answer.status, code: answer.body.error.code }).toEqual({
      status: 404,
      code: 'dead_letter_not_found',
    });
  }
});

test('while another operator decides, the list says that it may not be all', async () => {
  const client = await openSql(system.servers.databaseUrl);
  await client.sql('select pg_advisory_lock(7064203)');
  await openBroker(system.servers).publish('tracking.redelivery', deadQueue(QUEUES.trackingBlocks), '{}');
  const id = await keep();
  await eventually(async () => expect((await get()).body.is_current).toBe(false));
  const { status, body } = await post(`/${id}/discard`);
  expect({ status, message: body.error.message }).toEqual({
    status: 503,
    message: expect.stringContaining('Another operator'),
  });
  await client.close();
  await eventually(async () => expect((await get()).body.is_current).toBe(true));
});
