import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { BookingStatus, LatLon } from '@logi/contracts';
import { eventually } from '../../tools/testing/waiting.ts';
import { openSql, type Rows } from '../support/database.ts';
import { call } from '../support/http.ts';
import { long } from '../support/long.ts';
import { actors, north } from '../support/people/actors.ts';
import { eachApart } from '../support/people/apart.ts';
import { acceptOffered, advance, gatewayReads, goOnDuty, isOf, watch } from '../support/people/people.ts';
import { expectRefusal } from '../support/refusals.ts';
import { connectV2 } from '../support/services/gateways.ts';
import { type System, startSystem } from '../support/services/system.ts';

/* The truck breaks down with the goods on board, and another one takes them. */

let system: System;
let sql: Rows;
let act: ReturnType<typeof actors>;
beforeAll(async () => {
  system = await startSystem();
  ({ sql } = await openSql(system.servers.databaseUrl));
  act = actors(system);
  await gatewayReads(system);
});
afterAll(() => system.stop());

let at: LatLon;
let [user, broken, helper] = ['', '', ''];
const named = eachApart((here) => {
  at = here;
  [user, broken, helper] = [named('user'), named('broken down'), named('helper')];
});

const TO: Partial<Record<BookingStatus, BookingStatus[]>> = {
  'Goods Collected': ['Goods Collected'],
  'In Transit': ['Goods Collected', 'In Transit'],
  'Arrived at Drop-off': ['In Transit', 'Arrived at Drop-off'],
  Returning: ['In Transit', 'Returning'],
};
const AFTER_COLLECTION = Object.keys(TO) as (keyof typeof TO)[];

async function tripIn(status: BookingStatus): Promise<string> {
  await goOnDuty(system, broken, { at });
  const { booking_id } = await act.book(user, { pickup: at });
  await acceptOffered(system, broken, booking_id);
  await advance(system, broken, booking_id, ['En Route to Pickup', 'Arrived at Pickup', ...(TO[status] ?? [])]);
  await isAbout(helper);
  return booking_id;
}

/** Too far to be asked, and known to be on duty. */
async function isAbout(driverId: string): Promise<void> {
  await goOnDuty(system, driverId, { at: north(at, 25_000) });
  await isKnownAs(driverId, 'Available');
}

async function isKnownAs(driverId: string, status: string): Promise<void> {
  await eventually(async () => {
    const rows = await sql('select status from booking.driver where driver_id = $1', [driverId]);
    expect(rows).toEqual([{ status }]);
  });
}

const asDriver = (id: string, path: string) =>
  call('GET', `${system.trackingUrl}/v1/${path}`, { token: system.token('driver', id) });
const me = async (id: string) => (await asDriver(id, 'drivers/me')).body;

describe.each(AFTER_COLLECTION)('while a booking is %s', (status) => {
  const some = status === 'Goods Collected' || status === 'Returning' ? test : long; // the others are alike
  some('an admin hands it over: the status stays, and the history has who did it', async () => {
    const bookingId = await tripIn(status);
    const before = await act.show(bookingId);
    expect(await act.assign(bookingId, helper)).toMatchObject({
      status: 200,
      body: { ...before, driver_id: helper, version: before.version + 1, updated_at: expect.any(String) },
    });
    expect((await act.history(bookingId)).at(-1)).toMatchObject({
      from: status,
      to: status,
      driver_id: helper,
      actor: { role: 'admin', id: 'ops' },
      reason: 'handed_over',
    });
    const again = await act.assign(bookingId, helper);
    expect(again).toMatchObject({ status: 200, body: { version: before.version + 1 } });
  });
});

test('the user hears who comes now; that the status stays is told by `logi.v2` alone', async () => {
  const bookingId = await tripIn('In Transit');
  const people = [
    { role: 'user', id: user },
    { role: 'admin', id: 'ops' },
  ] as const;
  const inDefault = await Promise.all(people.map((person) => watch(system, person)));
  const inV2 = await Promise.all(
    people.map(({ role, id }) => connectV2({ url: system.gatewayUrl }, system.token(role, id))),
  );
  await act.assign(bookingId, helper);
  const { payload } = (await inDefault[0]?.find(isOf(bookingId, 'booking_accepted'))) ?? {};
  expect(payload).toEqual({ booking_id: bookingId, driver_id: helper });
  for (const socket of inV2) {
    const update = await socket.find(
      ({ type, payload }) => type === 'status_update' && payload.booking_id === bookingId,
    );
    expect(update.payload).toMatchObject({ status: 'In Transit', previous_status: 'In Transit', driver_id: helper });
    await socket.close();
  }
  for (const socket of inDefault) {
    await socket.caughtUp();
    expect(socket.messages.filter(isOf(bookingId, 'status_update'))).toEqual([]);
    await socket.close();
  }
});

test('the one has no more to do with it, is free, and hears nothing more; the other brings it to its end', async () => {
  const bookingId = await tripIn('In Transit');
  await act.assign(bookingId, helper);
  expectRefusal(await act.advance(broken, bookingId, 'Arrived at Drop-off'), 'booking_not_found');
  expectRefusal(await act.accept(broken, bookingId), 'offer_not_open');
  await eventually(async () => {
    expect(await me(broken)).toMatchObject({ status: 'Available', booking_id: null });
    expect(await me(helper)).toMatchObject({ status: 'Busy', booking_id: bookingId });
  });
  expect((await act.accept(helper, bookingId)).status).toBe(200); // on the record they have accepted it
  await advance(system, helper, bookingId, ['Arrived at Drop-off', 'Delivered']);
  await eventually(async () => expect(await me(helper)).toMatchObject({ status: 'Available', booking_id: null }));
  const from = new Date(Date.now() - 60_000).toISOString();
  const url = `${system.bookingUrl}/v1/admin/stats?from=${from}`;
  const { drivers } = (await call('GET', url, { token: system.token('admin', 'ops') })).body;
  expect(drivers).toContainEqual(expect.objectContaining({ driver_id: helper, trips_completed: 1 }));
  expect(drivers).toContainEqual(expect.objectContaining({ driver_id: broken, trips_completed: 0, given_back: 1 }));
});

test('from then on the user follows the other driver, and not the one who had it', async () => {
  const bookingId = await tripIn('In Transit');
  const socket = await watch(system, { role: 'user', id: user });
  await act.assign(bookingId, helper);
  await eventually(async () => expect(await me(helper)).toMatchObject({ booking_id: bookingId }));
  await eventually(async () => expect(await me(broken)).toMatchObject({ booking_id: null }));
  const [left, coming] = [north(at, 500), north(at, 24_000)];
  for (const [id, point] of [
    [broken, left],
    [helper, coming],
  ] as const) {
    const token = system.token('driver', id);
    await call('POST', `${system.trackingUrl}/v1/locations`, { token, body: { points: [{ ...point, accuracy: 5 }] } });
  }
  const position = await socket.find((message) => message.type === 'driver_location' && isAt(message.payload, coming));
  expect(position.payload).toMatchObject({ booking_id: bookingId });
  expect(socket.messages.some((message) => message.type === 'driver_location' && isAt(message.payload, left))).toBe(
    false,
  );
  const location = `bookings/${bookingId}/location`;
  expect(await asDriver(helper, location)).toMatchObject({ status: 200, body: { driver_id: helper } });
  expectRefusal(await asDriver(broken, location), 'location_not_found');
});

const isAt = (payload: object, { latitude }: { latitude: number }) =>
  'latitude' in payload && Math.abs(Number(payload.latitude) - latitude) < 1e-6;

test('the other driver’s trip leads to the drop-off, or back, and not to the pickup', async () => {
  for (const [status, leg] of [
    ['In Transit', 'dropoff'],
    ['Returning', null],
  ] as const) {
    [broken, helper] = [`${broken} ${status}`, `${helper} ${status}`];
    const bookingId = await tripIn(status);
    await act.assign(bookingId, helper);
    await eventually(async () => {
      const rows = await sql('select driver_id, leg from tracking.trip where booking_id = $1 and ended_at is null', [
        bookingId,
      ]);
      expect(rows).toEqual([{ driver_id: helper, leg }]);
    });
    await act.goOffDuty(broken); // or they would be asked about the next booking, and not answer
  }
});

test('who is unknown, off duty, on a job or excluded is not handed anything, and the booking stays as it is', async () => {
  const bookingId = await tripIn('In Transit');
  const before = await act.show(bookingId);
  await act.goOffDuty(helper);
  await isKnownAs(helper, 'Offline');
  expectRefusal(await act.assign(bookingId, helper), 'driver_not_available');
  expectRefusal(await act.assign(bookingId, 'nobody ever seen'), 'driver_not_found');
  const [busyBooking, busy] = [await tripOf('busy'), named('busy')];
  expectRefusal(await act.assign(bookingId, busy), 'driver_not_available');
  const exclusion = `bookings/${bookingId}/excluded-drivers/${encodeURIComponent('quarrelsome')}`;
  await call('PUT', `${system.bookingUrl}/v1/${exclusion}`, { token: system.token('admin', 'ops') });
  expectRefusal(await act.assign(bookingId, 'quarrelsome'), 'driver_excluded');
  expect(await act.show(bookingId)).toEqual(before);
  expect(await act.show(busyBooking)).toMatchObject({ driver_id: busy });
});

async function tripOf(name: string): Promise<string> {
  const elsewhere = north(at, 200_000);
  await goOnDuty(system, named(name), { at: elsewhere });
  const { booking_id } = await act.book('ben', { pickup: elsewhere });
  await acceptOffered(system, named(name), booking_id);
  return booking_id;
}

test('after collection nobody takes the booking off its driver without another one', async () => {
  const bookingId = await tripIn('In Transit');
  const refused = await act.assign(bookingId, null);
  expectRefusal(refused, 'illegal_transition');
  expect(refused.body.error.details).toEqual({ status: 'In Transit', allowed: ['In Transit'] });
});

test('what happened tells whoever reads the events who brings what where, and for how much', async () => {
  const bookingId = await tripIn('Goods Collected');
  const shown = (await act.assign(bookingId, helper)).body;
  const rows = await sql(`select body from booking.outbox where type = 'booking.handed_over' and aggregate_id = $1`, [
    bookingId,
  ]);
  const { version, created_at: _, updated_at: __, ...booking } = shown;
  expect(rows.map((row) => JSON.parse(String(row['body'])))).toMatchObject([
    {
      version,
      data: {
        ...booking,
        previous_status: 'Goods Collected',
        previous_driver_id: broken,
        actor: { role: 'admin', id: 'ops' },
      },
    },
  ]);
});

test('two drivers who swap at the same moment do not lock each other', async () => {
  const [first, second] = [await tripIn('In Transit'), await tripOf('swapping')];
  await advance(system, named('swapping'), second, ['En Route to Pickup', 'Arrived at Pickup', 'In Transit']);
  const answers = await Promise.all([act.assign(first, named('swapping')), act.assign(second, broken)]);
  for (const answer of answers) expectRefusal(answer, 'driver_not_available');
});
