import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { EXCHANGES, type LivePosition, STATE_CHANGED, STATE_SNAPSHOT } from '@logi/contracts';
import { readMetric } from '../../tools/testing/read-metric.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { startLine } from '../support/line.ts';
import { connectV2, type Gateway, makeBooking, type Rig, startRig } from '../support/services/gateways.ts';
import { TestSocket } from '../support/socket.ts';

/*
 * Positions, acceptances and people come in any order. Events, live positions and the stream of trips are published by
 * hand here, each at the moment that matters.
 */

const HOUR_MS = 3_600_000;

let rig: Rig;
let gateway: Gateway;
beforeAll(async () => {
  rig = await startRig();
  gateway = await rig.startGateway();
});
afterAll(() => rig.stop());

const ago = (ms: number) => new Date(Date.now() - ms).toISOString();

/** A user whose booking has a driver by name. */
function someone() {
  const userId = randomUUID();
  const booking = makeBooking(rig, { userId, driverId: 'dro' });
  const token = rig.token('user', userId);
  return {
    booking,
    connect: (query = '', to = gateway) => TestSocket.connect(`${to.url}/ws?token=${token}${query}`),
    connectV2: (query = '', to = gateway) => connectV2(to, token, query),
    position: (latitude: number, change: Partial<LivePosition> = {}): LivePosition => ({
      booking_id: booking.bookingId,
      user_id: userId,
      driver_id: 'dro',
      latitude,
      longitude: 0,
      recorded_at: ago(0),
      started_at: ago(0),
      live_until: ago(-HOUR_MS),
      ...change,
    }),
  };
}

async function publishState(routingKey: string, body: object): Promise<void> {
  await rig.publishRaw({ exchange: EXCHANGES.trackingState, routingKey, body: JSON.stringify(body) });
}
const change = (...entries: object[]) => publishState(STATE_CHANGED, { entries });
const snapshot = (...entries: object[]) =>
  publishState(STATE_SNAPSHOT, { snapshot_id: randomUUID(), part: 0, parts: 1, entries });

/** What was published before, a gateway has read. */
async function hasRead(on: Gateway = gateway): Promise<void> {
  const { connect, position } = someone();
  const socket = await connect('', on);
  await rig.publishPosition(position(1, { started_at: ago(HOUR_MS) }));
  await socket.find(({ type }) => type === 'driver_location');
}

function latitudes({ messages }: { messages: { type: string; payload: object }[] }): unknown[] {
  return messages.flatMap(({ type, payload }) =>
    type === 'driver_location' && 'latitude' in payload ? [payload.latitude] : [],
  );
}

const typesOf = ({ messages }: { messages: { type: string }[] }) => messages.map(({ type }) => type);

test('a position that comes before the acceptance of its booking is told right after it', async () => {
  const { booking, connect, position } = someone();
  const socket = await connect();
  await booking.become('Searching', null);
  await rig.publishPosition(position(1));
  await change(position(1));
  await hasRead();
  expect(latitudes(socket)).toEqual([]);
  await booking.become('Accepted');
  await socket.find(({ type }) => type === 'driver_location');
  await socket.caughtUp();
  expect(typesOf(socket)).toEqual([
    'new_booking_request',
    'status_update',
    'booking_accepted',
    'status_update',
    'driver_location',
  ]);
});

test('a position of a trip whose booking is unheard of waits for it, and one that began before all that is read does not', async () => {
  const [early, old] = [someone(), someone()];
  await change(early.position(1), old.position(2, { started_at: ago(HOUR_MS) }));
  await hasRead();
  const sockets = [await early.connect(), await old.connect()] as const;
  await sockets[1].find(({ type }) => type === 'driver_location');
  await early.booking.become('Searching', null);
  expect(latitudes(sockets[0])).toEqual([]);
  await early.booking.become('Accepted');
  await sockets[0].find(({ type }) => type === 'driver_location');
});

test('what waits for an acceptance is not told when another driver accepts, or when the booking ends', async () => {
  const { booking, connect, position } = someone();
  const socket = await connect();
  await booking.become('Searching', null);
  await change(position(1));
  await hasRead();
  await booking.become('Accepted', 'dra');
  await booking.become('Cancelled', 'dra');
  await change(position(2));
  await socket.find(
    ({ type, payload }) => type === 'status_update' && 'status' in payload && payload.status === 'Cancelled',
  );
  await hasRead();
  await socket.caughtUp();
  expect(latitudes(socket)).toEqual([]);
});

test('an older position is not told after a newer one, whichever way they come', async () => {
  const { booking, connect, position } = someone();
  const socket = await connect();
  await booking.become('Accepted');
  const [older, newer] = [position(1, { recorded_at: ago(2_000) }), position(2, { recorded_at: ago(1_000) })];
  await change(newer);
  await socket.find(({ type }) => type === 'driver_location');
  await rig.publishPosition(older);
  await change(older, newer);
  await rig.publishPosition(position(3));
  await hasRead();
  await eventually(() => expect(latitudes(socket)).toEqual([2, 3]));
});

test('who connects is told where each of their drivers is: once, and where `types` wants it', async () => {
  const ana = someone();
  const other = ana.position(7, { booking_id: randomUUID(), started_at: ago(HOUR_MS) });
  const early = await ana.connect();
  await ana.booking.become('Accepted');
  await early.find(({ type }) => type === 'status_update'); // else the first position waits for that
  await change(ana.position(1), other);
  await hasRead();
  const socket = await ana.connect();
  const [wanted, unwanted] = [
    await ana.connect('&types=driver_location'),
    await ana.connect('&types=booking_accepted'),
  ];
  const inV2 = await ana.connectV2();
  for (const each of [socket, wanted]) await eventually(() => expect(latitudes(each)).toEqual([1, 7]));
  await eventually(() => expect(typesOf(inV2)).toEqual(['hello', 'driver_location', 'driver_location']));
  await ana.booking.become('Delivered');
  await unwanted.caughtUp();
  expect(latitudes(unwanted)).toEqual([]);
  await hasRead();
  const late = await ana.connect();
  await eventually(() => expect(latitudes(late)).toEqual([7]));
  expect(latitudes(socket)).toEqual([1, 7]);
});

test('what is not live is told in `logi.v2` only, and there it says so', async () => {
  const { booking, connect, connectV2: inV2, position } = someone();
  const there = await connect();
  await booking.become('Accepted');
  await change(position(1, { recorded_at: ago(90_000), live_until: ago(30_000) }));
  await hasRead();
  const [socket, v2] = [await connect(), await inV2()];
  const told = await v2.find(({ type }) => type === 'driver_location');
  expect(told.payload).toMatchObject({ is_live: false, latitude: 1 });
  expect((told.payload as { age_ms: number }).age_ms).toBeGreaterThanOrEqual(90_000);
  await change(position(1, { recorded_at: ago(90_000), live_until: ago(30_000) }), position(2));
  for (const each of [there, socket]) await eventually(() => expect(latitudes(each)).toEqual([2]));
  const live = await v2.find(({ payload }) => 'latitude' in payload && payload.latitude === 2);
  expect(live.payload).toMatchObject({ is_live: true });
});

test('a parked driver stays live for as long as tracking says so', async () => {
  const { booking, connect, position } = someone();
  await booking.become('Accepted');
  const parked = { recorded_at: ago(600_000) };
  await change(position(1, { ...parked, live_until: ago(1_000) }));
  await hasRead();
  const before = await connect();
  await snapshot(position(1, { ...parked, live_until: ago(-60_000) }));
  await hasRead();
  const after = await connect();
  await eventually(() => expect(latitudes(after)).toEqual([1]));
  expect(latitudes(before)).toEqual([]);
});

test('a gateway that starts knows the last positions of all trips, and what has ended since', async () => {
  const [ana, bob, cat] = [someone(), someone(), someone()];
  const longAgo = { started_at: ago(HOUR_MS) };
  await snapshot(ana.position(1, longAgo), bob.position(2, longAgo), cat.position(3, longAgo));
  await change(ana.position(4, longAgo));
  await cat.booking.become('Delivered');
  const second = await rig.startGateway();
  const sockets = [
    await ana.connect('', second),
    await bob.connect('', second),
    await cat.connect('', second),
  ] as const;
  await eventually(() => expect(latitudes(sockets[0])).toEqual([4]));
  await eventually(() => expect(latitudes(sockets[1])).toEqual([2]));
  await hasRead(second);
  expect(latitudes(sockets[2])).toEqual([]);
  await second.stop();
});

test('a trip that no snapshot names any more is forgotten', async () => {
  const own = await rig.startGateway();
  const [ana, bob] = [someone(), someone()];
  const longAgo = { started_at: ago(HOUR_MS) };
  await hasRead(own);
  await snapshot(ana.position(1, longAgo), bob.position(1, longAgo));
  await snapshot(bob.position(1, longAgo));
  await snapshot(bob.position(1, longAgo));
  await eventually(async () => expect(await readMetric(own.httpUrl, 'logi_trip_positions')).toBe(1));
  const sockets = [await ana.connect('', own), await bob.connect('', own)] as const;
  await eventually(() => expect(latitudes(sockets[1])).toEqual([1]));
  await sockets[0].caughtUp();
  expect(latitudes(sockets[0])).toEqual([]);
  await own.stop();
});

test('a snapshot of which a part is missing makes nobody forget anything', async () => {
  const own = await rig.startGateway();
  const [ana, bob] = [someone(), someone()];
  const longAgo = { started_at: ago(HOUR_MS) };
  await hasRead(own);
  await change(ana.position(1, longAgo), bob.position(1, longAgo));
  await snapshot(); // of a moment before
  for (const [part, parts] of [
    [0, 3],
    [2, 3],
    [1, 2],
  ]) {
    await publishState(STATE_SNAPSHOT, { snapshot_id: 'torn', part, parts, entries: [] });
  }
  await hasRead(own);
  expect(await readMetric(own.httpUrl, 'logi_trip_positions')).toBeGreaterThanOrEqual(2);
  await own.stop();
});

test('what is no position, and what is no message of trips, harms no other', async () => {
  const { booking, connect, position } = someone();
  const socket = await connect();
  await booking.become('Accepted');
  await publishState(STATE_CHANGED, { entries: 'all' });
  await publishState(STATE_SNAPSHOT, { entries: [] });
  await publishState('state.invented', {});
  await rig.publishRaw({ exchange: EXCHANGES.trackingState, routingKey: STATE_CHANGED, body: '{' });
  await change({ booking_id: 'x' }, position(1, { latitude: 91 }), position(2));
  await eventually(() => expect(latitudes(socket)).toEqual([2]));
});

test('the broker is away: who connects meanwhile is told when it is back, unless the booking has ended', async () => {
  const proxy = await startLine(rig.broker.gatewayUrl);
  const own = await rig.startGateway({ AMQP_URL: proxy.url() });
  const [ana, bob] = [someone(), someone()];
  for (const each of [ana, bob]) {
    await each.booking.become('Accepted');
    await change(each.position(1));
  }
  const there = await ana.connectV2('', own);
  await there.find(({ type }) => type === 'driver_location');
  await proxy.close();
  await there.find(({ type }) => type === 'degraded');
  const [anas, bobs] = [await ana.connect('', own), await bob.connect('', own)];
  await bob.booking.become('Delivered');
  await proxy.reopen();
  await there.find(({ type }) => type === 'restored');
  await anas.find(({ type }) => type === 'driver_location');
  await bobs.find(({ type }) => type === 'status_update');
  await hasRead(own);
  expect([latitudes(anas), latitudes(bobs)]).toEqual([[1], []]);
  expect(latitudes(there)).toEqual([1]);
  await own.stop();
});
