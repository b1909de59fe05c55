import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  EXCHANGES,
  type LatLon,
  PROTOCOL_V2,
  type Role,
  redeliveryExchange,
  type V2Envelope,
  WATCH_REFUSALS,
  WATCH_STREAM,
} from '@logi/contracts';
import { type ConsumeMessage, connect } from 'amqplib';
import { readMetric } from '../../tools/testing/read-metric.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { call } from '../support/http.ts';
import { startLine } from '../support/line.ts';
import { acceptOffered, book, gatewayReads, goOnDuty, place } from '../support/people/people.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { TestSocket } from '../support/socket.ts';

/* Admins who watch areas, with real drivers in them. */

let system: System;
beforeAll(async () => {
  system = await startSystem({
    ...{ PLAUSIBILITY: 'off', WATCH_RENEW_MS: '200', WATCH_INTERVAL_MS: '1000' },
    MAX_WATCHED_AREAS_PER_SOCKET: '2',
  });
  await gatewayReads(system);
});
afterAll(() => system.stop());

type Box = [number, number, number, number];
let places = 500;
const somewhere = () => {
  places += 1;
  return place(places);
};
const around = ({ latitude, longitude }: LatLon, reach = 0.1): Box => [
  longitude - reach,
  latitude - reach,
  longitude + reach,
  latitude + reach,
];

function open(role: Role = 'admin', url = system.gatewayUrl, query = ''): Promise<TestSocket<V2Envelope>> {
  const token = system.token(role, `${role} ${randomUUID()}`);
  return TestSocket.connect<V2Envelope>(`${url}/ws?token=${token}${query}`, { protocols: [PROTOCOL_V2] });
}

function watch(socket: TestSocket<V2Envelope>, bbox: number[] | null, more: { max?: number; area?: string } = {}) {
  socket.send(JSON.stringify({ type: 'watch_area', payload: { bbox, ...more } }));
}

async function watching(bbox: Box, more: { max?: number } = {}): Promise<TestSocket<V2Envelope>> {
  const socket = await open();
  watch(socket, bbox, more);
  await socket.find(({ type }) => type === 'watching');
  return socket;
}

const send = (driverId: string, points: object[]) =>
  call('POST', `${system.trackingUrl}/v1/locations`, { token: system.token('driver', driverId), body: { points } });

const told = (socket: TestSocket<V2Envelope>, driverId: string) =>
  socket.messages.flatMap((message) =>
    message.type === 'driver_position' && message.payload.driver_id === driverId ? [message.payload] : [],
  );
const isAt = (driverId: string, latitude: number) => (message: V2Envelope) =>
  message.type === 'driver_position' && message.payload.driver_id === driverId && message.payload.latitude === latitude;

describe('an admin who watches an area', () => {
  test('is told of an idle driver who stands there, and of each step, until the first outside', async () => {
    const [at, driver, other] = [somewhere(), `dro ${randomUUID()}`, `far ${randomUUID()}`];
    await goOnDuty(system, driver, { at });
    await goOnDuty(system, other, { at: { ...at, latitude: at.latitude + 0.2 } });
    const socket = await watching(around(at));
    const first = await socket.find(isAt(driver, at.latitude));
    expect(first).toMatchObject({
      user_id: '',
      payload: { ...at, driver_id: driver, status: 'Available', vehicle_type: 'van', booking_id: null },
    });
    expect(first).not.toHaveProperty('id');
    await send(driver, [{ latitude: at.latitude + 0.05, longitude: at.longitude, heading: 90, speed: 4 }]);
    expect(await socket.find(isAt(driver, at.latitude + 0.05))).toMatchObject({ payload: { heading: 90, speed: 4 } });
    await send(driver, [{ latitude: at.latitude + 0.15, longitude: at.longitude }]);
    await socket.find(isAt(driver, at.latitude + 0.15));
    await send(driver, [{ latitude: at.latitude + 0.16, longitude: at.longitude }]);
    await send(driver, [{ latitude: at.latitude + 0.01, longitude: at.longitude }]);
    await socket.find(isAt(driver, at.latitude + 0.01));
    expect(told(socket, driver).map(({ latitude }) => latitude)).not.toContain(at.latitude + 0.16);
    expect(told(socket, other)).toEqual([]);
  });

  test('is told of a driver on a job with the booking, and of nobody who is off duty', async () => {
    const [at, driver, resting] = [somewhere(), `dro ${randomUUID()}`, `rests ${randomUUID()}`];
    await goOnDuty(system, driver, { at });
    const { booking_id } = await book(system, 'una', { at });
    await acceptOffered(system, driver, booking_id);
    const socket = await watching(around(at));
    await send(resting, [at]);
    let step = 0;
    await eventually(async () => {
      step += 1;
      await send(driver, [{ ...at, latitude: at.latitude + step / 1_000 }]);
      expect(told(socket, driver)).toContainEqual(expect.objectContaining({ status: 'Busy', booking_id }));
    });
    expect(told(socket, resting)).toEqual([]);
  });

  test('is told of each driver once a second at the most, and of where they were last', async () => {
    const [at, driver] = [somewhere(), `dro ${randomUUID()}`];
    await goOnDuty(system, driver, { at });
    const socket = await watching(around(at));
    await socket.find(isAt(driver, at.latitude));
    const startedAt = performance.now();
    for (let step = 1; step <= 20; step += 1) await send(driver, [{ ...at, latitude: at.latitude + step / 1_000 }]);
    await socket.find(isAt(driver, at.latitude + 0.02));
    const seconds = (performance.now() - startedAt) / 1_000;
    expect(told(socket, driver).length).toBeLessThanOrEqual(2 + Math.ceil(seconds));
  });

  test('sees across 180°', async () => {
    const [west, east] = [`west ${randomUUID()}`, `east ${randomUUID()}`];
    await goOnDuty(system, west, { at: { latitude: 61, longitude: 179.95 } });
    await goOnDuty(system, east, { at: { latitude: 61, longitude: -179.95 } });
    const socket = await watching([179.9, 60.9, -179.9, 61.1]);
    await Promise.all([west, east].map((driver) => socket.find(isAt(driver, 61))));
  });

  test('says how many are left out above `max`, and has them counted', async () => {
    const at = somewhere();
    for (let i = 0; i < 5; i += 1) await goOnDuty(system, `one of many ${i}`, { at });
    const url = system.gatewayUrl.replace('ws', 'http');
    const dropped = () => readMetric(url, 'logi_ws_positions_dropped_total');
    const before = await dropped();
    const socket = await watching(around(at), { max: 2 });
    await socket.find(({ type, payload }) => type === 'watching' && 'left_out' in payload && payload.left_out === 3);
    const names = socket.messages.flatMap(({ type, payload }) =>
      type === 'driver_position' && 'driver_id' in payload ? [payload.driver_id] : [],
    );
    expect(new Set(names).size).toBe(2);
    expect(await dropped()).toBeGreaterThanOrEqual(before + 3);
  });

  test('watches another area in its place, or another beside it, and stops', async () => {
    const [here, there, driver, other] = [somewhere(), somewhere(), `dro ${randomUUID()}`, `oro ${randomUUID()}`];
    await goOnDuty(system, driver, { at: here });
    await goOnDuty(system, other, { at: there });
    const socket = await watching(around(here));
    await socket.find(isAt(driver, here.latitude));
    watch(socket, around(there), { area: 'second' });
    await socket.find(isAt(other, there.latitude));
    watch(socket, null);
    await socket.find(({ type, payload }) => type === 'watching' && 'bbox' in payload && payload.bbox === null);
    await send(driver, [{ ...here, latitude: here.latitude + 0.01 }]);
    await send(other, [{ ...there, latitude: there.latitude + 0.01 }]);
    await socket.find(isAt(other, there.latitude + 0.01));
    expect(told(socket, driver)).toHaveLength(1);
    watch(socket, around(here), { area: 'second' });
    await socket.find(isAt(driver, here.latitude + 0.01));
    const count = told(socket, other).length;
    await send(other, [{ ...there, latitude: there.latitude + 0.02 }]);
    await send(driver, [{ ...here, latitude: here.latitude + 0.02 }]);
    await socket.find(isAt(driver, here.latitude + 0.02));
    expect(told(socket, other)).toHaveLength(count);
  });

  test('is on record, once for each hour', async () => {
    const token = system.token('admin', 'looker');
    const socket = await TestSocket.connect<V2Envelope>(`${system.gatewayUrl}/ws?token=${token}`, {
      protocols: [PROTOCOL_V2],
    });
    for (const area of ['one', 'two']) watch(socket, around(somewhere()), { area });
    await socket.find(({ type, payload }) => type === 'watching' && 'area' in payload && payload.area === 'two');
    await eventually(async () => {
      const { body } = await call('GET', `${system.bookingUrl}/v1/audit?actor=looker`, { token });
      expect(body.items).toMatchObject([{ act: 'map.read', actor: { role: 'admin', id: 'looker' } }]);
    });
  });

  test('is told of all anew when the gateway was cut off from the broker', async () => {
    const { amqpUrl } = system.servers.urls.gateway;
    const line = await startLine(amqpUrl);
    const gateway = await system.start.gateway({ AMQP_URL: line.url(amqpUrl) });
    const [at, driver] = [somewhere(), `dro ${randomUUID()}`];
    await goOnDuty(system, driver, { at });
    const socket = await open('admin', `ws://127.0.0.1:${gateway.port()}`);
    watch(socket, around(at));
    await socket.find(isAt(driver, at.latitude));
    await line.close();
    await socket.find(({ type }) => type === 'degraded');
    await send(driver, [{ ...at, latitude: at.latitude + 0.01 }]);
    await line.reopen();
    await socket.find(isAt(driver, at.latitude + 0.01));
  });
});

describe('an area is not watched', () => {
  test.each([
    ['by a user', 'user', [13, 52, 14, 53], 'not_admin'],
    ['by a driver', 'driver', [13, 52, 14, 53], 'not_admin'],
    ['that lies upside down', 'admin', [13, 53, 14, 52], 'bad_bbox'],
    ['that is nowhere on Earth', 'admin', [13, 52, 190, 53], 'bad_bbox'],
  ] as const)('%s', async (_name, role, bbox, code) => {
    const socket = await open(role);
    watch(socket, [...bbox], { area: 'mine' });
    const refused = await socket.find(({ type }) => type === 'watch_refused');
    expect(refused.payload).toEqual({ area: 'mine', code, message: WATCH_REFUSALS[code] });
  });

  test.each([[[13, 52, 14]], ['13,52,14,53'], [[13, 52, 14, null]]])('by a frame that has no box: %j', async (bbox) => {
    const socket = await open();
    socket.send(JSON.stringify({ type: 'watch_area', payload: { bbox } }));
    expect(await socket.closed).toEqual({ code: 4400, reason: 'bad frame' });
  });

  test('beyond what one connection, or one gateway, may watch, or where it is too wide', async () => {
    const gateway = await system.start.gateway({
      MAX_WATCHED_AREAS: '3',
      MAX_WATCHED_DEGREES: '10',
      MAX_WATCHED_DRIVERS: '7',
    });
    const url = `ws://127.0.0.1:${gateway.port()}`;
    const codeOf = async (socket: TestSocket<V2Envelope>, area: string, bbox: number[]) => {
      watch(socket, bbox, { area });
      const { type, payload } = await socket.find((each) => 'area' in each.payload && each.payload.area === area);
      return type === 'watch_refused' && 'code' in payload ? payload.code : type;
    };
    const [first, second] = [await open('admin', url), await open('admin', url)];
    watch(second, [0, 0, 1, 1], { area: 'few', max: 9 });
    expect((await second.find(({ type }) => type === 'watching')).payload).toMatchObject({ area: 'few', max: 7 });
    watch(second, null, { area: 'few' });
    expect(await codeOf(first, 'wide', [175, 0, -174, 1])).toBe('area_too_wide');
    expect(await codeOf(first, 'high', [0, 0, 1, 11])).toBe('area_too_wide');
    expect(await codeOf(first, 'a', [175, 0, -175, 1])).toBe('watching');
    expect(await codeOf(first, 'b', [0, 0, 1, 1])).toBe('watching');
    expect(await codeOf(first, 'c', [0, 0, 1, 1])).toBe('too_many_areas');
    expect(await codeOf(second, 'a', [0, 0, 1, 1])).toBe('watching');
    expect(await codeOf(second, 'b', [0, 0, 1, 1])).toBe('gateway_full');
    expect(await readMetric(url.replace('ws', 'http'), 'logi_watched_areas')).toBe(3);
    await first.close();
    await eventually(async () => expect(await readMetric(url.replace('ws', 'http'), 'logi_watched_areas')).toBe(1));
    const third = await open('admin', url);
    expect(await codeOf(third, 'b', [0, 0, 1, 1])).toBe('watching');
  });

  test('while it cannot be put on record who looks', async () => {
    const { amqpUrl } = system.servers.urls.gateway;
    const line = await startLine(amqpUrl);
    const gateway = await system.start.gateway({ AMQP_URL: line.url(amqpUrl) });
    const socket = await open('admin', `ws://127.0.0.1:${gateway.port()}`);
    await line.close();
    await socket.find(({ type }) => type === 'degraded');
    watch(socket, around(somewhere()), { area: 'mine' });
    const refused = await socket.find(({ type }) => type === 'watch_refused');
    expect(refused.payload).toMatchObject({ area: 'mine', code: 'not_on_record' });
    await line.reopen();
    await socket.find(({ type }) => type === 'restored');
    watch(socket, around(somewhere()), { area: 'mine' });
    await socket.find(({ type }) => type === 'watching');
  });

  test('in the default mode, which says nothing of it', async () => {
    const [at, driver] = [somewhere(), `dro ${randomUUID()}`];
    await goOnDuty(system, driver, { at });
    const socket = await TestSocket.connect(`${system.gatewayUrl}/ws?token=${system.token('admin', 'plain')}`);
    socket.send(JSON.stringify({ type: 'watch_area', payload: { bbox: around(at) } }));
    const beside = await watching(around(at));
    await beside.find(isAt(driver, at.latitude));
    await socket.caughtUp();
    expect(socket.messages.filter(({ type }) => (type as string) !== 'driver_status_update')).toEqual([]);
  });
});

test('a gateway that says no more that somebody watches is told no more', async () => {
  const [at, driver] = [somewhere(), `dro ${randomUUID()}`];
  await goOnDuty(system, driver, { at });
  const [gone, alive] = [await gatewayOfOurs(around(at), 300), await gatewayOfOurs(around(at), 60_000)];
  await eventually(() => expect([gone, alive].every((told) => told.includes(at.latitude))).toBe(true));
  let step = 0;
  await eventually(async () => {
    step += 1;
    const latitude = at.latitude + step / 1_000;
    await send(driver, [{ ...at, latitude }]);
    await eventually(() => expect(alive).toContain(latitude));
    expect(gone).not.toContain(latitude);
  });
});

/** Says once that somebody watches, and keeps which latitudes it is told for that. */
async function gatewayOfOurs(bbox: Box, holdsMs: number): Promise<number[]> {
  const instanceId = randomUUID();
  const told: number[] = [];
  const connection = await connect(system.servers.amqpUrl);
  closeLater(() => connection.close());
  const channel = await connection.createChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, EXCHANGES.trackingFleet, instanceId);
  const onMessage = (message: ConsumeMessage | null) => {
    for (const { latitude } of JSON.parse(String(message?.content)).positions) told.push(latitude);
  };
  await channel.consume(queue, onMessage, { noAck: true });
  const notice = { instance_id: instanceId, holds_ms: holdsMs, areas: [{ watch_id: randomUUID(), bbox }] };
  channel.publish(redeliveryExchange('gateway'), WATCH_STREAM, Buffer.from(JSON.stringify(notice)));
  return told;
}
