import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { controlPayloads, v2Payloads } from '@logi/contracts';
import { startLine } from '../support/line.ts';
import {
  connectV2,
  type Gateway,
  makeBooking,
  placeOf,
  type Rig,
  startRig,
  statusesIn,
  type V2Socket,
} from '../support/services/gateways.ts';
import { TestSocket } from '../support/socket.ts';

let rig: Rig;
let gateway: Gateway;
let other: Gateway;
beforeAll(async () => {
  rig = await startRig();
  [gateway, other] = await Promise.all([rig.startGateway(), rig.startGateway()]);
});
afterAll(() => rig.stop());

function resumed(socket: V2Socket) {
  return socket.find(({ type }) => type === 'resumed');
}

function told(socket: V2Socket, status: string) {
  return socket.find(
    ({ type, payload }) => type === 'status_update' && 'status' in payload && payload.status === status,
  );
}

test('logi.v2 greets, and its messages carry id, time and more keys', async () => {
  const userId = randomUUID();
  const socket = await connectV2(gateway, rig.token('user', userId));
  const hello = await socket.find(({ type }) => type === 'hello');
  expect(hello).toMatchObject({ user_id: '', id: expect.any(String), at: expect.any(String) });
  controlPayloads.hello.parse(hello.payload);
  const booking = makeBooking(rig, { userId, driverId: 'dora' });
  await booking.become('Searching', null);
  await booking.become('Accepted');
  await told(socket, 'Accepted'); // events and positions come by ways of their own
  await rig.publishPosition({ booking_id: booking.bookingId, user_id: userId, driver_id: 'dora', heading: 90 });
  const position = await socket.find(({ type }) => type === 'driver_location');
  expect(position.payload).toMatchObject({ booking_id: booking.bookingId, driver_id: 'dora', heading: 90 });
  await booking.become('Delivered');
  await told(socket, 'Delivered');
  expect(socket.messages.map(({ type }) => type)).toEqual([
    'hello',
    'new_booking_request',
    'status_update',
    'booking_accepted',
    'status_update',
    'driver_location',
    'status_update',
  ]);
  for (const { type, payload } of socket.messages.slice(1)) {
    v2Payloads[type as keyof typeof v2Payloads].parse(payload);
  }
  const ids = socket.messages.map(({ id }) => id ?? '');
  expect(ids).toEqual([...new Set(ids)].sort());
  await socket.close();
});

test('who comes back to another instance gets what was missed, in order, once, and then live messages', async () => {
  const userId = randomUUID();
  const token = rig.token('user', userId);
  const booking = makeBooking(rig, { userId, driverId: 'dora' });
  const before = await connectV2(gateway, token);
  await booking.become('Searching', null);
  await told(before, 'Searching');
  await before.close();
  await booking.become('Accepted');
  await booking.become('En Route to Pickup');
  const after = await connectV2(other, token, `&last_id=${placeOf(before)}`);
  expect((await resumed(after)).payload).toMatchObject({ recovered: true });
  await booking.become('Arrived at Pickup');
  await told(after, 'Arrived at Pickup');
  // Where `resumed` stands among them depends on how far that instance had read.
  expect(after.messages.map(({ type }) => type).filter((type) => type !== 'resumed')).toEqual([
    'hello',
    'booking_accepted',
    'status_update',
    'status_update',
    'status_update',
  ]);
  expect(statusesIn(after)).toEqual(['Accepted', 'En Route to Pickup', 'Arrived at Pickup']);
});

test('a place between two messages of one event is kept', async () => {
  const userId = randomUUID();
  const token = rig.token('user', userId);
  const before = await connectV2(gateway, token);
  await makeBooking(rig, { userId }).become('Searching');
  await told(before, 'Searching');
  const echo = before.messages.find(({ type }) => type === 'new_booking_request');
  const after = await connectV2(other, token, `&last_id=${echo?.id}`);
  await resumed(after);
  expect(after.messages.map(({ type }) => type)).toEqual(['hello', 'status_update', 'resumed']);
});

test('an instance started later resumes a client of an earlier one', async () => {
  const userId = randomUUID();
  const token = rig.token('user', userId);
  const before = await connectV2(gateway, token);
  await before.find(({ type }) => type === 'hello');
  await before.close();
  await makeBooking(rig, { userId }).become('Searching');
  const late = await rig.startGateway();
  const after = await connectV2(late, token, `&last_id=${placeOf(before)}`);
  expect((await resumed(after)).payload).toEqual({ recovered: true, replayed: 2 });
});

test('an instance that is behind waits until it has come as far as the client, and sends nothing twice', async () => {
  const line = await startLine(rig.broker.gatewayUrl);
  const behind = await rig.startGateway({ AMQP_URL: line.url() });
  const userId = randomUUID();
  const token = rig.token('user', userId);
  const watcher = await connectV2(behind, token);
  const ahead = await connectV2(gateway, token);
  await watcher.find(({ type }) => type === 'hello');
  await line.close();
  await watcher.find(({ type }) => type === 'degraded');
  const booking = makeBooking(rig, { userId, driverId: 'dora' });
  await booking.become('Searching', null);
  await told(ahead, 'Searching');
  const after = await connectV2(behind, token, `&last_id=${placeOf(ahead)}`);
  await after.find(({ type }) => type === 'degraded');
  await booking.become('Accepted');
  await line.reopen();
  expect((await resumed(after)).payload).toMatchObject({ recovered: true });
  await told(after, 'Accepted');
  expect(statusesIn(after)).toEqual(['Accepted']);
});

test('a resume frame does what the query does', async () => {
  const userId = randomUUID();
  const token = rig.token('user', userId);
  const before = await connectV2(gateway, token);
  await before.find(({ type }) => type === 'hello');
  const place = placeOf(before);
  await makeBooking(rig, { userId }).become('Searching');
  await told(before, 'Searching');
  const after = await connectV2(gateway, token);
  after.send(JSON.stringify({ type: 'resume', payload: { last_id: place } }));
  expect((await resumed(after)).payload).toEqual({ recovered: true, replayed: 2 });
});

test.each([
  ['of no form that we know', 'nonsense'],
  ['empty', ''],
  ['of another stream', '000000000001-00000f-deadbeef'],
  ['in the future', 'ffffffffffff-00000f-00000000'],
  ['negative', '-1'],
  ['huge', 'f'.repeat(3_000)],
])('a last_id %s is answered plainly with recovered: false', async (_, lastId) => {
  const userId = randomUUID();
  const socket = await connectV2(gateway, rig.token('user', userId), `&last_id=${lastId}`);
  expect(await resumed(socket)).toMatchObject({ id: expect.any(String), payload: { recovered: false, replayed: 0 } });
  await makeBooking(rig, { userId }).become('Searching');
  await told(socket, 'Searching');
});

test('outside the window a client is told that it could not be recovered', async () => {
  const small = await rig.startGateway({ RESUME_WINDOW_BYTES: '65536' });
  const userId = randomUUID();
  const token = rig.token('user', userId);
  const before = await connectV2(small, token);
  await before.find(({ type }) => type === 'hello');
  await before.close();
  const noise = makeBooking(rig, { userId: 'noise', driverId: 'dora' });
  for (let i = 0; i < 100; i += 1) await noise.become(i % 2 === 0 ? 'In Transit' : 'Arrived at Drop-off');
  const after = await connectV2(small, token, `&last_id=${placeOf(before)}`);
  expect((await resumed(after)).payload).toEqual({ recovered: false, replayed: 0 });
});

test('a replay shows nobody what is another’s, also with another’s id', async () => {
  const [ana, ben] = [randomUUID(), randomUUID()];
  const socket = await connectV2(gateway, rig.token('user', ana));
  await socket.find(({ type }) => type === 'hello');
  const place = placeOf(socket);
  await makeBooking(rig, { userId: ana }).become('Searching');
  await told(socket, 'Searching');
  const [stranger, driver, narrowed] = await Promise.all([
    connectV2(gateway, rig.token('user', ben), `&last_id=${place}`),
    connectV2(gateway, rig.token('driver', ana), `&last_id=${place}`),
    connectV2(gateway, rig.token('user', ana), `&types=new_booking_request&last_id=${place}`),
  ]);
  expect((await resumed(stranger)).payload).toEqual({ recovered: true, replayed: 0 });
  expect((await resumed(driver)).payload).toEqual({ recovered: true, replayed: 0 });
  expect((await resumed(narrowed)).payload).toEqual({ recovered: true, replayed: 1 });
});

test('between a replay and what is live nothing is lost and nothing comes twice', async () => {
  const userId = randomUUID();
  const token = rig.token('user', userId);
  const booking = makeBooking(rig, { userId, driverId: 'dora' });
  const first = await connectV2(gateway, token);
  await first.find(({ type }) => type === 'hello');
  const place = placeOf(first);
  const rounds = 150;
  const publishing = (async () => {
    for (let i = 0; i < rounds; i += 1) await booking.become(i % 2 === 0 ? 'In Transit' : 'Arrived at Drop-off');
    await booking.become('Delivered');
  })();
  const sockets: V2Socket[] = [];
  for (let i = 0; i < 20; i += 1) {
    sockets.push(await connectV2(i % 2 === 0 ? gateway : other, token, `&last_id=${place}`));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await publishing;
  for (const socket of sockets) {
    await told(socket, 'Delivered');
    const versions = socket.messages.flatMap(({ type, payload }) =>
      type === 'status_update' && 'version' in payload ? [payload.version] : [],
    );
    expect(versions).toEqual(Array.from({ length: rounds + 1 }, (__, i) => i + 1));
    await socket.close();
  }
});

test('a driver in logi.v2 also learns of the trip, of its loss and of closed offers; by default only of requests', async () => {
  const driverId = randomUUID();
  const token = rig.token('driver', driverId);
  const [v2, byDefault] = [
    await connectV2(gateway, token),
    await TestSocket.connect(`${gateway.url}/ws?token=${token}`),
  ];
  const booking = makeBooking(rig, { userId: 'ana', driverId });
  const offer = { offer_id: randomUUID(), booking_id: booking.bookingId, driver_id: driverId };
  await rig.publish({
    type: 'offer.created',
    aggregateId: offer.offer_id,
    version: 1,
    data: {
      ...offer,
      user_id: 'ana',
      pickup_location: { type: 'Point', coordinates: [13.4, 52.5] },
      dropoff_location: { type: 'Point', coordinates: [13.5, 52.5] },
      vehicle_type: 'van',
      price_estimate: 25.5,
      currency: 'EUR',
      distance_meters: 120,
      expires_at: new Date(Date.now() + 15_000).toISOString(),
    },
  });
  await booking.become('Searching', null);
  await rig.publish({
    type: 'offer.closed',
    aggregateId: offer.offer_id,
    version: 2,
    data: { ...offer, outcome: 'accepted' },
  });
  await booking.become('Accepted');
  await booking.become('Searching', null);
  await told(v2, 'Searching');
  expect(v2.messages.map(({ type }) => type)).toEqual([
    'hello',
    'new_booking_request',
    'booking_offer_closed',
    'status_update',
    'status_update',
  ]);
  expect(v2.messages[1]?.payload).toMatchObject({ distance_meters: 120, expires_at: expect.any(String) });
  expect(byDefault.messages.map(({ type }) => type)).toEqual(['new_booking_request']);
  expect(Object.keys(byDefault.messages[0] ?? {})).toEqual(['user_id', 'type', 'payload']);
});

test('an event that a relay repeats, and an older one, reach nobody', async () => {
  const userId = randomUUID();
  const socket = await connectV2(gateway, rig.token('user', userId));
  const sent: Parameters<Rig['publish']>[0][] = [];
  const recorder: Pick<Rig, 'publish'> = {
    publish: async (event) => {
      sent.push(event);
      await rig.publish(event);
    },
  };
  const booking = makeBooking(recorder, { userId, driverId: 'dora' });
  await booking.become('Accepted');
  await booking.become('In Transit');
  for (const event of [...sent]) await rig.publish(event);
  await booking.become('Delivered');
  await told(socket, 'Delivered');
  expect(statusesIn(socket)).toEqual(['Accepted', 'In Transit', 'Delivered']);
});

test('no position follows the end of its booking', async () => {
  const userId = randomUUID();
  const socket = await connectV2(gateway, rig.token('user', userId));
  const [ended, going] = [makeBooking(rig, { userId, driverId: 'd' }), makeBooking(rig, { userId, driverId: 'd' })];
  await ended.become('Delivered');
  await going.become('In Transit');
  await told(socket, 'In Transit');
  await rig.publishPosition({ booking_id: ended.bookingId, user_id: userId, driver_id: 'd' });
  await rig.publishPosition({ booking_id: going.bookingId, user_id: userId, driver_id: 'd' });
  const position = await socket.find(({ type }) => type === 'driver_location');
  expect(position.payload).toMatchObject({ booking_id: going.bookingId });
});
