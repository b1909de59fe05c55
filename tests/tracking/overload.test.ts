import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { readMetric } from '../../tools/testing/read-metric.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { connectSql } from '../support/database.ts';
import { call } from '../support/http.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { TestSocket } from '../support/socket.ts';

const MAX_REQUESTS = 5;
const MAX_BUFFERED = 500;
/** From here on streams are not read. */
const FULL = 0.8 * MAX_BUFFERED;

let system: System;
let admin: pg.Client;
beforeAll(async () => {
  system = await startSystem({
    MAX_REQUESTS_PER_SECOND: `${MAX_REQUESTS}`,
    RATE_BURST_SECONDS: '1',
    MAX_FRAMES_PER_SECOND: '50',
    MAX_BUFFERED_POINTS: `${MAX_BUFFERED}`,
    HEARTBEAT_MS: '300',
  });
  admin = await connectSql(system.servers.databaseUrl);
});
afterAll(async () => {
  await admin.end();
  await system.stop();
});

const HERE = { latitude: 52, longitude: 13 };
type Ack = { type: 'ack'; payload: { seq: number; accepted: number } };
const openStream = (driverId: string, of: System = system) =>
  TestSocket.connect<Ack>(`${of.trackingUrl.replace('http', 'ws')}/v1/stream?token=${of.token('driver', driverId)}`);
const frame = (payload: unknown) => JSON.stringify({ type: 'location_update', payload });
const post = (driverId: string, body: unknown) =>
  call('POST', `${system.trackingUrl}/v1/locations`, { token: system.token('driver', driverId), body });
const buffered = (of: System = system) => readMetric(of.trackingUrl, 'logi_points_buffered');
async function countPoints(drivers: string): Promise<number> {
  const { rows } = await admin.query('select count(*)::int from tracking.position where driver_id like $1', [drivers]);
  return rows[0].count;
}
/** Stands for a database that takes nothing for a while: until the transaction is over. */
async function holdUp(client: pg.Client = admin): Promise<void> {
  await client.query('begin; lock table tracking.position in access exclusive mode');
  closeLater(() => client.query('rollback'));
}

test('a flood of requests is answered 429, and what was answered 200 is stored', async () => {
  const answers = await Promise.all(Array.from({ length: 20 * MAX_REQUESTS }, () => post('flood', { points: [HERE] })));
  const taken = answers.filter((answer) => answer.status === 200);
  const refused = answers.filter((answer) => answer.status === 429);
  expect(taken.length + refused.length).toBe(answers.length);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0]).toMatchObject({ body: { error: { code: 'rate_limited' } } });
  expect(refused[0]?.headers.get('retry-after')).toBe('1');
  expect(await countPoints('flood')).toBe(taken.length);
  expect((await post('bystander', { points: [HERE] })).status).toBe(200);
});

test('a flood of frames without points ends its stream with 4429, what was taken before it is stored, and no neighbour is harmed', async () => {
  const [stream, neighbour] = [await openStream('hasty'), await openStream('calm')];
  stream.send(frame({ ...HERE, seq: 0 }));
  await stream.find(({ payload }) => payload.seq === 0);
  for (let sent = 0; sent < 200; sent += 1) stream.ping();
  for (let seq = 0; seq < 5; seq += 1) {
    neighbour.send(frame({ ...HERE, seq }));
    await neighbour.find(({ payload }) => payload.seq === seq);
  }
  expect((await stream.closed).code).toBe(4429);
  expect(await countPoints('hasty')).toBe(1);
  await neighbour.close();
});

test('streams that bring more than the database takes are slowed: none is closed, and no point is lost', async () => {
  const [streams, frames] = [40, 30];
  const crowd = await Promise.all(Array.from({ length: streams }, (_, i) => openStream(`crowd-${i}`)));
  await holdUp();
  for (let seq = 0; seq < frames; seq += 1) for (const stream of crowd) stream.send(frame({ ...HERE, seq }));
  await eventually(async () => expect(await buffered()).toBeGreaterThanOrEqual(FULL));
  const late = await openStream('crowd-late');
  late.send(frame({ ...HERE, seq: 0 }));
  // Meanwhile whoever does not answer pings would be cut; those whom we do not read cannot.
  await sleep(4_000);
  expect(await buffered()).toBeLessThan(MAX_BUFFERED);
  await admin.query('commit');
  await late.find(({ payload }) => payload.seq === 0);
  await eventually(() => {
    expect(crowd.filter(({ closedWith }) => closedWith !== undefined)).toEqual([]);
    for (const { messages } of crowd) expect(messages).toHaveLength(frames);
  });
  expect(await countPoints('crowd-%')).toBe(streams * frames + 1);
  await Promise.all([late, ...crowd].map((stream) => stream.close()));
});

test('while the buffer is full, new points are refused to be sent again, and none that was taken is dropped', async () => {
  const batch = { points: Array.from({ length: 300 }, () => HERE) };
  const stream = await openStream('full-stream');
  await holdUp();
  const waiting = post('full-1', batch);
  await eventually(async () => expect(await buffered()).toBe(300));
  expect(await post('full-2', batch)).toMatchObject({ status: 429, body: { error: { code: 'too_many_points' } } });
  stream.send(frame(batch.points));
  expect((await stream.closed).code).toBe(4429);
  expect((await call('GET', `${system.trackingUrl}/healthz`)).status).toBe(200);
  await admin.query('commit');
  expect(await waiting).toMatchObject({ status: 200, body: { accepted: 300 } });
  expect([await countPoints('full-1'), await countPoints('full-2')]).toEqual([300, 0]);
  expect((await post('full-2', batch)).status).toBe(200);
});

const TRACKERS: [path: string, body: unknown][] = [
  ['owntracks', { _type: 'location', lat: 52, lon: 13, tst: 1 }],
  ['osmand', { location: { coords: HERE } }],
  ['overland', { locations: [{ geometry: { coordinates: [13, 52] }, properties: {} }] }],
];

test.each(TRACKERS)(
  'a flood at /v1/%s is answered 503, to be sent again, for a 4xx may lose it',
  async (path, body) => {
    const token = system.token('driver', `flood of ${path}`);
    const send = () => call('POST', `${system.trackingUrl}/v1/${path}`, { token, body });
    const answers = await Promise.all(Array.from({ length: 20 * MAX_REQUESTS }, send));
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused.length).toBeGreaterThan(0);
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([503]));
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
  },
);

test('a backlog that finds the buffer full is answered 503, and taken when it comes again', async () => {
  const backlog = { location: Array.from({ length: 1_200 }, () => ({ coords: HERE })) };
  const token = system.token('driver', 'backlog');
  const send = () => call('POST', `${system.trackingUrl}/v1/osmand`, { token, body: backlog });
  await holdUp();
  const waiting = post('full-3', { points: Array.from({ length: 300 }, () => HERE) });
  await eventually(async () => expect(await buffered()).toBe(300));
  expect(await send()).toMatchObject({ status: 503, body: { error: { code: 'unavailable' } } });
  await admin.query('commit');
  await waiting;
  expect(await send()).toMatchObject({ status: 200, body: { accepted: 1_200, rejected: [] } });
  expect(await countPoints('backlog')).toBe(1_200);
});

test('points that are under way when the service stops are committed before it ends', async () => {
  const other = await startSystem();
  closeLater(() => other.stop());
  const stream = await openStream('d', other);
  const client = await connectSql(other.servers.databaseUrl);
  await holdUp(client);
  stream.send(frame(Array.from({ length: 100 }, () => HERE)));
  await eventually(async () => expect(await buffered(other)).toBe(100));
  const stopped = other.tracking.stop();
  await sleep(50); // the stop has begun; it waits for nothing else
  await client.query('commit');
  await stopped;
  const { rows } = await client.query('select count(*)::int from tracking.position');
  expect(rows[0].count).toBe(100);
});
