import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { ListeningService } from '@logi/service';
import type pg from 'pg';
import { readMetric } from '../../tools/testing/read-metric.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { connectSql } from '../support/database.ts';
import { call } from '../support/http.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { TestSocket } from '../support/socket.ts';

let system: System;
let admin: pg.Client;
beforeAll(async () => {
  system = await startSystem();
});

const HERE = { latitude: 52, longitude: 13 };
const FRAME = JSON.stringify({ type: 'location_update', payload: HERE });
let next = 0;
let bad = '';
let good = '';
beforeEach(async () => {
  next += 1;
  [bad, good] = [`bad ${next}`, `good ${next}`];
  admin = await connectSql(system.servers.databaseUrl);
});

const openStream = (driverId: string) =>
  TestSocket.connect(`${system.trackingUrl.replace('http', 'ws')}/v1/stream?token=${system.token('driver', driverId)}`);
const post = (driverId: string) =>
  call('POST', `${system.trackingUrl}/v1/locations`, {
    token: system.token('driver', driverId),
    body: { points: [HERE] },
  });

/** Stands for a database that takes nothing for a while: until the transaction is over. */
async function holdUp(): Promise<void> {
  await admin.query('begin; lock table tracking.position in access exclusive mode');
  closeLater(() => admin.query('rollback'));
}

async function block(sub: string, terms: object = {}): Promise<void> {
  const url = `${system.bookingUrl}/v1/blocks?${new URLSearchParams({ role: 'driver', sub })}`;
  expect((await call('PUT', url, { token: system.token('admin', 'ops'), body: terms })).status).toBe(200);
}

async function countPoints(driverId: string): Promise<number> {
  const { rows } = await admin.query('select count(*)::int from tracking.position where driver_id = $1', [driverId]);
  return rows[0].count;
}

const buffered = () => readMetric(system.trackingUrl, 'logi_points_buffered');
const refused = () => readMetric(system.trackingUrl, 'logi_points_refused_total');

test.each<[string, object, number]>([
  ['blocked', {}, 403],
  ['told that their tokens are old', { tokens_issued_before: new Date(Date.now() + 3_600_000).toISOString() }, 401],
])('points that still wait for the database when their driver is %s are never stored', async (_name, terms, status) => {
  const before = await refused();
  const stream = await openStream(bad);
  await holdUp();
  const first = post(good); // under way, so that what follows waits behind it
  await eventually(async () => expect(await buffered()).toBe(1));
  stream.send(FRAME);
  const late = post(bad);
  const neighbour = post(good);
  await eventually(async () => expect(await buffered()).toBe(4));
  await block(bad, terms);
  expect(await stream.closed).toMatchObject({ code: 4410 });
  await admin.query('commit');
  expect([(await first).status, (await neighbour).status, (await late).status]).toEqual([200, 200, status]);
  expect([await countPoints(good), await countPoints(bad)]).toEqual([2, 0]);
  expect((await refused()) - before).toBe(2);
});

/** Turns of a timer of this process, which the services share: they stand still when the services cannot run. */
function countTurns(everyMs: number): { soFar: () => number; stop: () => void } {
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, everyMs);
  closeLater(() => clearInterval(timer));
  return { soFar: () => turns, stop: () => clearInterval(timer) };
}

const TURN_MS = 10;
const PROMISED_TURNS = 2_000 / TURN_MS;

test('while the broker answers, a block holds on every instance two seconds after it was answered', async () => {
  const others = await Promise.all([system.start.tracking(), system.start.gateway()]);
  const at = (service: ListeningService) => `ws://127.0.0.1:${service.port()}`;
  const [tracking, gateway] = others.map(at);
  const urls = [system.trackingUrl.replace('http', 'ws'), tracking].map((url) => `${url}/v1/stream`);
  urls.push(...[system.gatewayUrl, gateway].map((url) => `${url}/ws`));
  const connect = (url: string) => TestSocket.connect(`${url}?token=${system.token('driver', bad)}`);
  const sockets = await Promise.all(urls.map(connect));
  const turns = countTurns(TURN_MS);
  const endings = sockets.map(async (socket) => ({ ...(await socket.closed), after: turns.soFar() }));
  await block(bad);
  const answeredAt = turns.soFar();
  for (const { code, after } of await Promise.all(endings)) {
    expect(code).toBe(4410);
    expect(after - answeredAt).toBeLessThanOrEqual(PROMISED_TURNS);
  }
  turns.stop();
  for (const url of urls) await expect(connect(url)).rejects.toThrow('403');
});
