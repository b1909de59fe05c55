import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '../../tools/testing/waiting.ts';
import { openSql, type Rows } from '../support/database.ts';
import { call } from '../support/http.ts';
import { actors } from '../support/people/actors.ts';
import { gatewayReads, goOnDuty, isOf, place, watch } from '../support/people/people.ts';
import { expectRefusal } from '../support/refusals.ts';
import { connectV2 } from '../support/services/gateways.ts';
import { type System, startSystem } from '../support/services/system.ts';
import type { TestSocket } from '../support/socket.ts';

/* A driver who was away reads by HTTP what they would have heard. */

let system: System;
let sql: Rows;
let act: ReturnType<typeof actors>;
beforeAll(async () => {
  system = await startSystem({ OFFER_TIMEOUT_MS: '60000' });
  ({ sql } = await openSql(system.servers.databaseUrl));
  act = actors(system);
  await gatewayReads(system);
});
afterAll(() => system.stop());

/* Each test has a place and people of its own. */
let counter = 0;
let driver: string;
let bookingId: string;
beforeEach(async () => {
  counter += 1;
  driver = `driver ${counter}`;
});

const get = (path: string, id = driver) =>
  call('GET', `${system.bookingUrl}/v1/${path}`, { token: system.token('driver', id) });
const offers = async () => (await get('offers')).body.items;

async function isAsked(): Promise<void> {
  await goOnDuty(system, driver, { at: place(counter) });
  bookingId = (await act.book('ana', { pickup: place(counter) })).booking_id;
  expect(await act.askedDriver(bookingId)).toBe(driver);
}

test('a driver who comes back reads what the message has said, and until when', async () => {
  const socket = await watch(system, { role: 'driver', id: driver });
  expect(await offers()).toEqual([]);
  await isAsked();
  const { payload } = await socket.find(isOf(bookingId, 'new_booking_request'));
  const [row] = await sql('select offer_id, expires_at from booking.offer where booking_id = $1', [bookingId]);
  const [item, ...rest] = await offers();
  expect(rest).toEqual([]);
  expect(item).toMatchObject({ ...payload, offer_id: row?.['offer_id'], currency: 'EUR' });
  expect(new Date(item.expires_at)).toEqual(row?.['expires_at']);
});

test('an offer is there while it is open', async () => {
  await isAsked();
  expect(await offers()).toHaveLength(1);
  await act.decline(driver, bookingId);
  expect(await offers()).toEqual([]);
});

test('an offer whose time is up is not there, also where nobody has looked at it since', async () => {
  await isAsked();
  await sql(`update booking.offer set expires_at = now() where booking_id = $1`, [bookingId]);
  expect(await offers()).toEqual([]);
  expectRefusal(await get(`bookings/${bookingId}`), 'booking_not_found');
});

test('nobody reads another’s offers', async () => {
  await isAsked();
  expect((await get('offers', 'stranger')).body.items).toEqual([]);
  for (const role of ['user', 'admin'] as const) {
    const answer = await call('GET', `${system.bookingUrl}/v1/offers`, { token: system.token(role, driver) });
    expectRefusal(answer, 'forbidden');
  }
});

test('a driver sees the booking they are asked about, and nothing more of it, and only while they are', async () => {
  await isAsked();
  expect(await get(`bookings/${bookingId}`)).toMatchObject({ status: 200, body: { status: 'Searching' } });
  expectRefusal(await get(`bookings/${bookingId}`, 'stranger'), 'booking_not_found');
  expectRefusal(await get(`bookings/${bookingId}/events`), 'booking_not_found');
  expect((await get('bookings')).body.items).toEqual([]);
  await act.decline(driver, bookingId);
  expectRefusal(await get(`bookings/${bookingId}`), 'booking_not_found');
});

test('an offer that was accepted is no offer any more, and the booking stays to be seen', async () => {
  await isAsked();
  await act.accept(driver, bookingId);
  expect(await offers()).toEqual([]);
  await eventually(async () => expect((await get(`bookings/${bookingId}`)).body.status).toBe('Accepted'));
});

test('a driver to whom an admin gives what they are being asked about hears of it once, and has accepted it', async () => {
  const plain = await watch(system, { role: 'driver', id: driver });
  const v2 = await connectV2({ url: system.gatewayUrl }, system.token('driver', driver));
  const admins = await watch(system, { role: 'admin', id: 'ops' });
  await isAsked();
  await plain.find(isOf(bookingId, 'new_booking_request'));
  expect((await act.assign(bookingId, driver)).status).toBe(200);
  await v2.find(({ type, payload }) => type === 'status_update' && payload.status === 'Accepted');
  for (const socket of [plain, v2]) await (socket as TestSocket).caughtUp();
  expect(plain.messages.map(({ type }) => type)).toEqual(['new_booking_request']);
  const told = v2.messages.filter(({ payload }) => 'booking_id' in payload && payload.booking_id === bookingId);
  expect(told).toMatchObject([
    { type: 'new_booking_request' },
    { type: 'booking_offer_closed', payload: { outcome: 'accepted' } },
    { type: 'status_update', payload: { driver_id: driver } },
  ]);
  const offersOf = await sql('select state from booking.offer where booking_id = $1', [bookingId]);
  expect(offersOf).toEqual([{ state: 'accepted' }]);
  const [counted] = await sql(
    'select open_offers, offers_made, offers_accepted from booking.driver where driver_id = $1',
    [driver],
  );
  expect(counted).toEqual({ open_offers: 0, offers_made: 1, offers_accepted: 1 });
  await act.cancel('driver', driver, bookingId);
  await admins.find(({ type, payload }) => type === 'driver_status_update' && payload.status === 'Available');
  const labels = admins.messages.flatMap(({ type, payload }) =>
    type === 'driver_status_update' && payload.driver_id === driver ? [payload.status] : [],
  );
  expect(labels.slice(0, 2)).toEqual(['Available', 'Busy']); // and never free between the offer and the job
  for (const socket of [plain, v2, admins]) await socket.close();
});

test('whom an admin gives what they have declined hears of it again', async () => {
  const socket = await watch(system, { role: 'driver', id: driver });
  await isAsked();
  await act.decline(driver, bookingId);
  await eventually(async () => expect((await act.assign(bookingId, driver)).status).toBe(200));
  await eventually(() => expect(socket.messages.filter(isOf(bookingId, 'new_booking_request'))).toHaveLength(2));
  await socket.close();
});
