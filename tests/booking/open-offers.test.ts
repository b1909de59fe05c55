import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { eventually } from '../../tools/testing/waiting.ts';
import { openSql, type Rows } from '../support/database.ts';
import { call } from '../support/http.ts';
import { actors } from '../support/people/actors.ts';
import { gatewayReads, goOnDuty, isOf, place, watch } from '../support/people/people.ts';
import { expectRefusal } from '../support/refusals.ts';
import { type System, startSystem } from '../support/services/system.ts';

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
