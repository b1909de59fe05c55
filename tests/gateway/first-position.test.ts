import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { BookingStatus } from '@logi/contracts';
import { createRandom } from '../../tools/testing/random.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { openSql } from '../support/database.ts';
import { call } from '../support/http.ts';
import { inTwoSizes } from '../support/long.ts';
import { acceptOffered, act, advance, book, forEach, gatewayReads, goOnDuty, watch } from '../support/people/people.ts';
import { lonelyPlace } from '../support/people/trip.ts';
import { connectV2 } from '../support/services/gateways.ts';
import { type System, startSystem } from '../support/services/system.ts';
import type { TestSocket } from '../support/socket.ts';

/*
 * Where the driver is, at the moment at which a user looks for it: from the first of the driver's points on, in whatever
 * order point, acceptance and user come.
 */

const SEED = Number(process.env['FIRST_POSITION_SEED'] ?? Date.now() % 1_000_000);
const MAX_DISTANCE_MS = 300;
const MINUTE_MS = 60_000;

let system: System;
beforeAll(async () => {
  system = await startSystem({ SIGNAL_SWEEP_MS: '200', SEARCH_RETRY_MS: '100' });
  await gatewayReads(system);
});
afterAll(() => system.stop());

let people = 0;
/** A user and a driver who have nobody else near. */
function pair() {
  people += 1;
  return { userId: `user-${people}`, driverId: `driver-${people}`, at: lonelyPlace() };
}
type Pair = ReturnType<typeof pair>;

async function sendPoints(driverId: string, ...points: object[]): Promise<void> {
  const token = system.token('driver', driverId);
  const { body } = await call('POST', `${system.trackingUrl}/v1/locations`, { token, body: { points } });
  expect(body).toEqual({ accepted: points.length, rejected: [] });
}

async function isOffered({ userId, driverId, at }: Pair): Promise<string> {
  await goOnDuty(system, driverId, { at });
  return bookFor({ userId, driverId, at });
}

async function bookFor({ userId, driverId, at }: Pair): Promise<string> {
  const { booking_id: bookingId } = await book(system, userId, { at });
  const driver = await watch(system, { role: 'driver', id: driverId });
  await eventually(async () => {
    const { body } = await call('GET', `${system.bookingUrl}/v1/bookings/${bookingId}/dispatch`, {
      token: system.token('admin', 'ops'),
    });
    expect(JSON.stringify(body)).toContain('"open"');
  });
  await driver.close();
  return bookingId;
}

/** A booking that its driver has, and how both came to it. */
async function begin(who: Pair): Promise<string> {
  const bookingId = await isOffered(who);
  await acceptOffered(system, who.driverId, bookingId);
  return bookingId;
}

const user = ({ userId }: Pair) => ({ role: 'user' as const, id: userId });
const userInV2 = ({ userId }: Pair, gatewayUrl = system.gatewayUrl) =>
  connectV2({ url: gatewayUrl }, system.token('user', userId));
const locationOf = async (bookingId: string, { userId }: Pair) =>
  call('GET', `${system.trackingUrl}/v1/bookings/${bookingId}/location`, { token: system.token('user', userId) });

function latitudes({ messages }: { messages: { type: string; payload: object }[] }): unknown[] {
  return messages.flatMap(({ type, payload }) =>
    type === 'driver_location' && 'latitude' in payload ? [payload.latitude] : [],
  );
}

async function tracksJob(driverId: string, bookingId: string | null): Promise<void> {
  await eventually(async () => {
    const { body } = await call('GET', `${system.trackingUrl}/v1/drivers/me`, {
      token: system.token('driver', driverId),
    });
    expect(body.booking_id).toBe(bookingId);
  });
}

inTwoSizes(
  `users see the first point, however near it is to the acceptance, and none an older one (seed ${SEED})`,
  { short: 20, long: 200 },
  { run: seeFirstPoints, timeoutMs: 10 * MINUTE_MS },
);

async function seeFirstPoints(users: number): Promise<void> {
  const random = createRandom(String(SEED));
  const runs = Array.from({ length: users }, () => ({
    who: pair(),
    acceptsAfterMs: random.between(0, MAX_DISTANCE_MS),
    sendsAfterMs: random.between(0, MAX_DISTANCE_MS),
  }));
  await forEach(runs, async ({ who, acceptsAfterMs, sendsAfterMs }) => {
    const socket = await watch(system, user(who));
    const bookingId = await isOffered(who);
    const first = who.at.latitude + 0.001;
    await Promise.all([
      after(acceptsAfterMs, () => acceptOffered(system, who.driverId, bookingId)),
      after(sendsAfterMs, () => sendPoints(who.driverId, { ...who.at, latitude: first })),
    ]);
    await eventually(() => expect(latitudes(socket).at(-1)).toBe(first));
    await socket.caughtUp();
    const seen = latitudes(socket);
    expect(seen).toEqual(seen.length === 1 ? [first] : [who.at.latitude, first]);
    const types = socket.messages.map(({ type }) => type);
    expect(types.indexOf('driver_location')).toBeGreaterThan(types.indexOf('booking_accepted'));
    await socket.close();
  });
}

async function after(ms: number, work: () => Promise<unknown>): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  await work();
}

test('a parked driver is seen at the acceptance, and by whoever connects later, on any instance', async () => {
  const who = pair();
  const there = await watch(system, user(who));
  const bookingId = await begin(who);
  await there.find(({ type }) => type === 'driver_location');
  const second = await system.start.gateway();
  const secondUrl = `ws://127.0.0.1:${second.port()}`;
  const sockets = [await watch(system, user(who)), await watch({ ...system, gatewayUrl: secondUrl }, user(who))];
  for (const socket of sockets) await socket.find(({ type }) => type === 'driver_location');
  const v2 = await userInV2(who, secondUrl);
  const told = await v2.find(({ type }) => type === 'driver_location');
  expect(told.payload).toMatchObject({ booking_id: bookingId, is_live: true, age_ms: expect.any(Number) });
  for (const socket of [there, ...sockets, v2]) {
    await (socket as TestSocket).caughtUp();
    expect(latitudes(socket)).toEqual([who.at.latitude]);
  }
  const end: BookingStatus[] = ['Arrived at Pickup', 'In Transit', 'Arrived at Drop-off', 'Delivered'];
  await advance(system, who.driverId, bookingId, ['En Route to Pickup', ...end]);
  await there.find(({ type, payload }) => type === 'status_update' && payload.status === 'Delivered');
  const late = await watch(system, user(who));
  await late.caughtUp();
  expect(latitudes(late)).toEqual([]);
  await second.stop();
});

test('a backlog of the last hour that is uploaded after the acceptance is shown to nobody, and by HTTP nothing of it', async () => {
  const who = pair();
  await goOnDuty(system, who.driverId, { at: who.at });
  const database = await openSql(system.servers.databaseUrl);
  // On duty since the morning, and not heard of since two hours ago.
  await database.sql(`update tracking.driver set on_duty_since = now() - interval '9 h' where driver_id = $1`, [
    who.driverId,
  ]);
  await database.sql(
    `update tracking.driver_latest set recorded_at = now() - interval '2 h', received_at = now() - interval '2 h',
     stamp = stamp + 1 where driver_id = $1`,
    [who.driverId],
  );
  const bookingId = await bookFor(who);
  const sockets = [await watch(system, user(who)), await userInV2(who)] as const;
  await acceptOffered(system, who.driverId, bookingId);
  await tracksJob(who.driverId, bookingId);
  for (const minutes of [104, 77, 51, 28]) {
    const recorded_at = new Date(Date.now() - minutes * MINUTE_MS).toISOString();
    await sendPoints(who.driverId, { latitude: minutes / 10, longitude: 1, speed: 0, recorded_at });
    expect(await locationOf(bookingId, who)).toMatchObject({ status: 404 });
  }
  await sendPoints(who.driverId, { ...who.at, latitude: who.at.latitude + 0.002 });
  await sockets[0].find(({ type }) => type === 'driver_location');
  await sockets[1].find(({ type }) => type === 'driver_location');
  for (const socket of sockets) expect(latitudes(socket)).toEqual([who.at.latitude + 0.002]);
  expect(await locationOf(bookingId, who)).toMatchObject({ status: 200, body: { is_live: true } });
});

test('where a driver was before they went on duty is not shown, however fresh', async () => {
  const who = pair();
  await sendPoints(who.driverId, { ...who.at, latitude: who.at.latitude + 0.001 });
  const token = system.token('driver', who.driverId);
  const onDuty = { status: 'Available', vehicle_type: 'van' };
  await call('PUT', `${system.trackingUrl}/v1/drivers/me/status`, { token, body: onDuty });
  const bookingId = await bookFor(who);
  const socket = await watch(system, user(who));
  await acceptOffered(system, who.driverId, bookingId);
  await tracksJob(who.driverId, bookingId);
  expect(await locationOf(bookingId, who)).toMatchObject({ status: 404 });
  await sendPoints(who.driverId, who.at);
  await socket.find(({ type }) => type === 'driver_location');
  expect(latitudes(socket)).toEqual([who.at.latitude]);
});

test('by HTTP and in `logi.v2` the last fix of the trip is there when it is no longer live, and says so', async () => {
  const who = pair();
  const bookingId = await begin(who);
  const v2 = await userInV2(who);
  const socket = await watch(system, user(who));
  await socket.find(({ type }) => type === 'driver_location');
  expect((await locationOf(bookingId, who)).body).toMatchObject({ is_live: true });
  const recorded_at = new Date(Date.now() - 2 * MINUTE_MS).toISOString();
  const database = await openSql(system.servers.databaseUrl);
  await database.sql(`update tracking.driver_latest set recorded_at = $2, received_at = $2 where driver_id = $1`, [
    who.driverId,
    recorded_at,
  ]);
  await database.sql(`update tracking.trip set started_at = started_at - interval '5 min' where booking_id = $1`, [
    bookingId,
  ]);
  const { body } = await locationOf(bookingId, who);
  expect(body).toMatchObject({ recorded_at, is_live: false, latitude: who.at.latitude });
  expect(body.age_ms).toBeGreaterThanOrEqual(2 * MINUTE_MS);
  expect(latitudes(v2)).toEqual([who.at.latitude]);
});

test('a driver who stands and is heard of is live for as long as that, and nobody else is', async () => {
  const [stands, moves] = [pair(), pair()];
  const database = await openSql(system.servers.databaseUrl);
  for (const who of [stands, moves]) {
    const bookingId = await begin(who);
    await tracksJob(who.driverId, bookingId);
    await database.sql(
      `update tracking.driver_latest set recorded_at = now() - interval '10 min', received_at = now() - interval '10 min',
         stands = $2 where driver_id = $1`,
      [who.driverId, who === stands],
    );
    await database.sql(`update tracking.trip set started_at = now() - interval '20 min' where booking_id = $1`, [
      bookingId,
    ]);
    expect((await locationOf(bookingId, who)).body).toMatchObject({ is_live: who === stands });
  }
});

test('a driver whom an admin assigns, or reassigns, hears the request once, in both modes', async () => {
  const who = pair();
  const other = `${who.driverId}-too`;
  const listeners = async (driverId: string) => ({
    plain: await watch(system, { role: 'driver', id: driverId }),
    v2: await connectV2({ url: system.gatewayUrl }, system.token('driver', driverId)),
  });
  const [first, second] = [await listeners(who.driverId), await listeners(other)];
  for (const driverId of [who.driverId, other]) await goOnDuty(system, driverId, { at: who.at, vehicleType: 'truck' });
  const { booking_id: bookingId, ...booking } = await book(system, who.userId, { at: who.at });
  const assign = (driver_id: string) =>
    eventually(async () => {
      const answer = await act(system, { role: 'admin', id: 'ops' }, bookingId, 'assign', { driver_id });
      expect(answer.status).toBe(200);
    });
  await assign(who.driverId);
  await first.plain.find(({ type }) => type === 'new_booking_request');
  await assign(other);
  for (const { plain, v2 } of [first, second]) {
    const told = await plain.find(({ type }) => type === 'new_booking_request');
    expect(told.payload).toEqual({
      booking_id: bookingId,
      user_id: who.userId,
      pickup_location: booking.pickup_location,
      dropoff_location: booking.dropoff_location,
      vehicle_type: 'van',
      price_estimate: booking.price_estimate,
    });
    await v2.find(({ type }) => type === 'new_booking_request');
    for (const socket of [plain, v2]) {
      await (socket as TestSocket).caughtUp();
      const requests = (socket as TestSocket).messages.filter(({ type }) => type === 'new_booking_request');
      expect(requests).toHaveLength(1);
    }
  }
});

test('in `logi.v2` a user hears when the driver goes quiet and is back, and in the default mode nothing of it', async () => {
  const who = pair();
  const bookingId = await begin(who);
  await tracksJob(who.driverId, bookingId);
  const v2 = await userInV2(who);
  const sockets = [await watch(system, user(who)), await watch(system, user(who), '&types=driver_signal')];
  const database = await openSql(system.servers.databaseUrl);
  const silence = [
    `update tracking.driver_latest set heard_at = now() - interval '10 min' where driver_id = $1`,
    `update tracking.driver set status_call_at = now() - interval '10 min' where driver_id = $1`,
  ];
  for (const statement of silence) await database.sql(statement, [who.driverId]);
  const signals = () => v2.messages.flatMap(({ type, payload }) => (type === 'driver_signal' ? [payload] : []));
  await eventually(() =>
    expect(signals()).toEqual([
      { booking_id: bookingId, driver_id: who.driverId, signal: 'Dark', heard_at: expect.any(String) },
    ]),
  );
  await sendPoints(who.driverId, { ...who.at, latitude: who.at.latitude + 0.001 });
  await eventually(() => expect(signals().map(({ signal }) => signal)).toEqual(['Dark', 'Live']));
  await eventually(() => expect(latitudes({ messages: sockets[0]?.messages ?? [] })).toHaveLength(2));
  expect(sockets[1]?.messages).toEqual([]);
  expect(new Set(sockets[0]?.messages.map(({ type }) => type))).toEqual(new Set(['driver_location']));
});

test('`types` may be repeated, and may name what only `logi.v2` has', async () => {
  const who = pair();
  const socket = await watch(
    system,
    user(who),
    '&types=driver_location,hello&types=driver_signal&types=booking_accepted',
  );
  const bookingId = await begin(who);
  await socket.find(({ type }) => type === 'driver_location');
  expect(socket.messages.map(({ type, payload }) => [type, 'booking_id' in payload && payload.booking_id])).toEqual([
    ['booking_accepted', bookingId],
    ['driver_location', bookingId],
  ]);
});
