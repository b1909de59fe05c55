import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { readMetric } from '../../tools/testing/read-metric.ts';
import { connectSql } from '../support/database.ts';
import { call } from '../support/http.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { refusedUpgrade, TestSocket } from '../support/socket.ts';

let system: System;
let admin: pg.Client;
beforeAll(async () => {
  system = await startSystem({ MAX_STREAMS_PER_DRIVER: '1', HEARTBEAT_MS: '300' });
  admin = await connectSql(system.servers.databaseUrl);
});
afterAll(async () => {
  await admin.end();
  await system.stop();
});

const HERE = { latitude: 52, longitude: 13 };
const streamUrl = (token: string) => `${system.trackingUrl.replace('http', 'ws')}/v1/stream?token=${token}`;
const openStream = (driverId: string, ttlSeconds?: number) =>
  TestSocket.connect(streamUrl(system.token('driver', driverId, ttlSeconds)));
const frame = (payload: unknown) => JSON.stringify({ type: 'location_update', payload });
const post = (driverId: string, body: unknown) =>
  call('POST', `${system.trackingUrl}/v1/locations`, { token: system.token('driver', driverId), body });
async function countPoints(driverId: string): Promise<number> {
  const { rows } = await admin.query('select count(*)::int from tracking.position where driver_id = $1', [driverId]);
  return rows[0].count;
}
const firstMessage = async (socket: TestSocket): Promise<unknown> => socket.find(() => true);

test('a frame of many points is acknowledged whole, with the reason for each that was refused', async () => {
  const stream = await openStream('array');
  stream.send(
    frame([
      { ...HERE, seq: 1 },
      { latitude: 91, longitude: 0 },
      { ...HERE, longitude: 181 },
      { ...HERE, seq: 4 },
    ]),
  );
  expect(await firstMessage(stream)).toEqual({
    type: 'ack',
    payload: {
      seq: 4,
      accepted: 2,
      rejected: [
        { index: 1, code: 'invalid_point', field: 'latitude', final: true },
        { index: 2, code: 'invalid_point', field: 'longitude', final: true },
      ],
    },
  });
  expect(await countPoints('array')).toBe(2);
  await stream.close();
});

test('points that come one after the other are committed together, not each by itself', async () => {
  const flushes = () => readMetric(system.trackingUrl, 'logi_points_flush_seconds_count');
  const stream = await openStream('one-by-one');
  const [before, startedAt] = [await flushes(), performance.now()];
  for (let seq = 1; seq <= 200; seq += 1) {
    stream.send(frame({ ...HERE, seq }));
    await setTimeout(1);
  }
  await stream.find(({ payload }) => 'seq' in payload && payload.seq === 200);
  const flushedMs = performance.now() - startedAt;
  expect(await countPoints('one-by-one')).toBe(200);
  // They are 20 ms apart, so a slower machine only makes fewer of them in that time.
  expect((await flushes()) - before).toBeLessThanOrEqual(flushedMs / 15 + 1);
  await stream.close();
});

test('500 points in a frame or request are taken, 501 are not', async () => {
  const points = Array.from({ length: 501 }, (_, i) => ({ ...HERE, seq: i }));
  const stream = await openStream('many');
  stream.send(frame(points.slice(0, 500)));
  expect(await firstMessage(stream)).toMatchObject({ payload: { accepted: 500 } });
  stream.send(frame(points));
  expect((await stream.closed).code).toBe(4400);
  expect(await post('many', { points })).toMatchObject({ status: 400, body: { error: { code: 'invalid_request' } } });
  expect(await countPoints('many')).toBe(500);
});

test.each([
  ['not JSON', '{"type":'],
  ['NaN, which is not JSON', '{"type":"location_update","payload":{"latitude":NaN,"longitude":0}}'],
  ['no object', '5'],
  ['of another type', JSON.stringify({ type: 'subscribe', payload: {} })],
  ['without a payload', JSON.stringify({ type: 'location_update' })],
  ['a text as payload', frame('52,13')],
  ['binary', Buffer.from(frame(HERE))],
])('a frame that is %s ends the stream with 4400', async (_what, data) => {
  const stream = await openStream('lost');
  stream.send(data);
  expect((await stream.closed).code).toBe(4400);
});

test('a frame that is too long ends the stream with 1009', async () => {
  const stream = await openStream('long');
  stream.send(frame({ ...HERE, note: 'x'.repeat(300_000) }));
  expect((await stream.closed).code).toBe(1009);
});

test.each([
  ['1e999', '{"latitude":1e999,"longitude":0}'],
  ['texts for numbers', '{"latitude":"52","longitude":"13"}'],
  ['deep nesting', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
  ['nothing', 'null'],
])('a point of %s is refused alone, and the stream goes on', async (_what, bad) => {
  const stream = await openStream('odd');
  stream.send(`{"type":"location_update","payload":[${bad},${JSON.stringify({ ...HERE, seq: 9 })}]}`);
  expect(await firstMessage(stream)).toMatchObject({
    type: 'ack',
    payload: { seq: 9, accepted: 1, rejected: [{ index: 0, code: 'invalid_point', final: true }] },
  });
  await stream.close();
  const answer = await post('odd', `{"points":[${bad}]}`);
  expect(answer).toMatchObject({ status: 200, body: { accepted: 0, rejected: [{ index: 0 }] } });
});

test('another driver’s id in frame, body or point is ignored: the token decides', async () => {
  const stream = await openStream('honest');
  stream.send(
    JSON.stringify({ type: 'location_update', user_id: 'victim', payload: { ...HERE, driver_id: 'victim' } }),
  );
  await firstMessage(stream);
  await post('honest', { driver_id: 'victim', points: [{ ...HERE, driver_id: 'victim' }] });
  expect(await countPoints('honest')).toBe(2);
  expect(await countPoints('victim')).toBe(0);
  await stream.close();
});

test.each([
  ['{', 'invalid_json'],
  ['', 'invalid_request'],
  ['{"__proto__":{"points":[]}}', 'invalid_json'],
  ['[]', 'invalid_request'],
  ['{"points":{}}', 'invalid_request'],
])('a body of %s is refused', async (body, code) => {
  expect(await post('body', body)).toMatchObject({ status: 400, body: { error: { code } } });
});

test('only drivers send points', async () => {
  for (const role of ['user', 'admin'] as const) {
    const token = system.token(role, 'x');
    const answer = await call('POST', `${system.trackingUrl}/v1/locations`, { token, body: { points: [HERE] } });
    expect(answer.status).toBe(403);
    expect((await refusedUpgrade(streamUrl(token))).status).toBe(403);
  }
  expect((await refusedUpgrade(streamUrl(''))).status).toBe(401);
});

test('a stream ends with 4401 when its token does', async () => {
  const stream = await openStream('brief', 2);
  stream.send(frame(HERE));
  expect(await firstMessage(stream)).toMatchObject({ payload: { accepted: 1 } });
  expect((await stream.closed).code).toBe(4401);
});

test('a half-open stream keeps its driver from nothing: another opens at once, and the hung one is cut', async () => {
  const hung = await openStream('hung');
  hung.pause();
  const next = await openStream('hung');
  next.send(frame(HERE));
  expect(await firstMessage(next)).toMatchObject({ payload: { accepted: 1 } });
  await next.close();
  hung.resume();
  expect([4409, 1006]).toContain((await hung.closed).code); // told so, or cut by its heartbeat before
});
