import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { openSql } from '../support/database.ts';
import { callText } from '../support/http.ts';
import { act, bookingBody, place } from '../support/people/people.ts';
import { expectRefusal } from '../support/refusals.ts';
import { type System, startSystem } from '../support/services/system.ts';

let system: System;
let database: Awaited<ReturnType<typeof openSql>>;
beforeAll(async () => {
  system = await startSystem();
  database = await openSql(system.servers.databaseUrl);
});
afterAll(async () => {
  await database.close();
  await system.stop();
});

let userId: string;
let counter = 0;
beforeEach(() => {
  counter += 1;
  userId = `ana-${counter}`;
});

/** The answer as it came, byte for byte. */
async function create(key: string | undefined, body: unknown = bookingBody(), user = userId) {
  const { response, text } = await callText(`${system.bookingUrl}/v1/bookings`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${system.token('user', user)}`,
      'content-type': 'application/json',
      ...(key !== undefined && { 'idempotency-key': key }),
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, text };
}

async function countBookings(user = userId): Promise<unknown> {
  const rows = await database.sql('select count(*)::int as n from booking.booking where user_id = $1', [user]);
  return rows[0]?.['n'];
}

test('without an Idempotency-Key, two requests are two bookings', async () => {
  await create(undefined);
  await create(undefined);
  expect(await countBookings()).toBe(2);
});

test('the same key and body get the same answer byte for byte, and there is one booking', async () => {
  const first = await create('k1');
  expect(first.status).toBe(201);
  expect(await create('k1')).toEqual(first);
  expect(await countBookings()).toBe(1);
});

test('a repeat gets its answer also when the trip would be refused by now', async () => {
  const first = await create('k1', bookingBody({ vehicleType: 'truck' }));
  await database.sql(`update booking.vehicle_type set is_offered = false where vehicle_type = 'truck'`);
  expect(await create('k1', bookingBody({ vehicleType: 'truck' }))).toEqual(first);
  expect((await create('k2', bookingBody({ vehicleType: 'truck' }))).status).toBe(400);
});

test('the same body written in another way is the same body', async () => {
  const { pickup_location, dropoff_location, vehicle_type } = bookingBody();
  const first = await create('k1');
  const reordered = JSON.stringify({ vehicle_type, dropoff_location, pickup_location }, undefined, 2);
  expect(await create('k1', reordered.replace('"coordinates"', '"coor\\u0064inates"'))).toEqual(first);
});

test('a repeat is answered as the first time, also when the booking has moved on since', async () => {
  const first = await create('k1');
  const { booking_id } = JSON.parse(first.text);
  const cancelled = await act(system, { role: 'user', id: userId }, booking_id, 'cancel');
  expect(cancelled).toMatchObject({ status: 200, body: { status: 'Cancelled' } });
  expect(await create('k1')).toEqual(first);
});

test('the same key with another body is refused, and nothing is written', async () => {
  await create('k1');
  const other = await create('k1', bookingBody({ at: place(1) }));
  expectRefusal({ status: other.status, body: JSON.parse(other.text) }, 'idempotency_key_reused');
  expect(await countBookings()).toBe(1);
});

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
const [SOON, LATER] = [inDays(1), inDays(2)];
test.each([
  ['with a time of pickup', {}, { scheduled_at: SOON }],
  ['with another time of pickup', { scheduled_at: SOON }, { scheduled_at: LATER }],
  ['without its time of pickup', { scheduled_at: SOON }, {}],
  ['with a quote', {}, { quote_id: randomUUID() }],
])('the same key and trip %s is another body, and refused', async (_name, first, second) => {
  expect((await create('k1', { ...bookingBody(), ...first })).status).toBe(201);
  const other = await create('k1', { ...bookingBody(), ...second });
  expectRefusal({ status: other.status, body: JSON.parse(other.text) }, 'idempotency_key_reused');
  expect(await countBookings()).toBe(1);
});

test('twenty repeats at once make one booking, and all get the same answer', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => create('k1')));
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  expect(answers.every(({ status }) => status === 201)).toBe(true);
  expect(await countBookings()).toBe(1);
});

test('of two bodies at once under one key, one is booked and the other refused', async () => {
  const bodies = [place(1), place(2)].map((at) => bookingBody({ at }));
  const answers = await Promise.all(bodies.flatMap((body) => [create('k1', body), create('k1', body)]));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 422, 422]);
  expect(await countBookings()).toBe(1);
});

test('a key is its user’s own', async () => {
  const mine = await create('k1');
  const theirs = await create('k1', bookingBody(), `${userId} other`);
  expect(theirs.status).toBe(201);
  expect(JSON.parse(theirs.text).booking_id).not.toBe(JSON.parse(mine.text).booking_id);
});

test('a refusal does not use the key up', async () => {
  expect((await create('k1', bookingBody({ vehicleType: 'spaceship' }))).status).toBe(400);
  expect((await create('k1')).status).toBe(201);
});

test.each(['k'.repeat(255), "'; drop table booking.booking; --", '{"a":1}', '*', '__proto__', '\xfcml\xe4ut'])(
  'any text may be a key: %s',
  async (key) => {
    const first = await create(key);
    expect(first.status).toBe(201);
    expect(await create(key)).toEqual(first);
    expect((await create(`${key.slice(0, 254)}!`)).text).not.toBe(first.text);
  },
);
