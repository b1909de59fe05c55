import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { toGeoPoint } from '@logi/contracts';
import { cellOf } from '../../services/booking/src/pricing/surge.ts';
import { openSql, type Rows } from '../support/database.ts';
import { call } from '../support/http.ts';
import { bookingBody, place } from '../support/people/people.ts';
import { expectRefusal } from '../support/refusals.ts';
import { type System, startSystem } from '../support/services/system.ts';

let system: System;
let sql: Rows;
beforeAll(async () => {
  system = await startSystem();
  ({ sql } = await openSql(system.servers.databaseUrl));
});
afterAll(() => system.stop());

let counter = 0;
let at: ReturnType<typeof place>;
beforeEach(() => {
  counter += 1;
  at = place(counter);
});

const estimate = (body: object = bookingBody({ at }), role: 'user' | 'driver' = 'user') =>
  call('POST', `${system.bookingUrl}/v1/estimates`, { token: system.token(role, 'ana'), body });
const book = (body: object, headers: Record<string, string> = {}) =>
  call('POST', `${system.bookingUrl}/v1/bookings`, { token: system.token('user', 'ana'), body, headers });

/** As searches would have found it: so scarce, and lately enough that it has not faded. */
async function setSurge(multiplier: number): Promise<void> {
  await sql(
    `insert into booking.surge values ($1, 'van', 9, 1, $2, now() + interval '1 hour')
     on conflict (cell, vehicle_type) do update set multiplier = excluded.multiplier`,
    [cellOf(at), multiplier],
  );
}

test.each([
  ['rises after it', 1, 2],
  ['falls after it', 2, 1],
  ['stays as it is', 2, 2],
])('a quote is the whole price, also where the surge %s', async (_name, before, after) => {
  await setSurge(before);
  const { body: quote } = await estimate();
  expect(quote.surge_multiplier).toBe(before);
  await setSurge(after);
  expect((await estimate()).body.surge_multiplier).toBe(after);
  const booked = await book({ ...bookingBody({ at }), quote_id: quote.quote_id });
  expect(booked).toMatchObject({ status: 201, body: { price_estimate: quote.price_estimate } });
});

test('without a quote, a booking costs what an estimate says at that moment, surge and all', async () => {
  await setSurge(2);
  const { body: quote } = await estimate();
  expect(await book(bookingBody({ at }))).toMatchObject({
    status: 201,
    body: { price_estimate: quote.price_estimate },
  });
});

test('a quote holds for a later pickup, too', async () => {
  await setSurge(2);
  const { body: quote } = await estimate();
  await setSurge(1);
  const scheduled_at = new Date(Date.now() + 86_400_000).toISOString();
  const booked = await book({ ...bookingBody({ at }), quote_id: quote.quote_id, scheduled_at });
  expect(booked).toMatchObject({ status: 201, body: { status: 'Scheduled', price_estimate: quote.price_estimate } });
});

test.each([
  ['pickup', () => ({ pickup_location: toGeoPoint(place(counter + 1_000)) })],
  ['drop-off', () => ({ dropoff_location: toGeoPoint(place(counter)) })],
  ['vehicle type', () => ({ vehicle_type: 'car' })],
])('a quote for another %s is refused, and nothing is booked', async (_name, other) => {
  const { body: quote } = await estimate();
  const before = await sql('select count(*) from booking.booking');
  expectRefusal(await book({ ...bookingBody({ at }), ...other(), quote_id: quote.quote_id }), 'quote_mismatch');
  expect(await sql('select count(*) from booking.booking')).toEqual(before);
});

test('a quote of a driver is not that of a user with the same id', async () => {
  const { body: quote } = await estimate(undefined, 'driver');
  expectRefusal(await book({ ...bookingBody({ at }), quote_id: quote.quote_id }), 'quote_not_found');
});

test('who repeats a booking gets the same answer, also when its quote is over by then', async () => {
  const { body: quote } = await estimate();
  const body = { ...bookingBody({ at }), quote_id: quote.quote_id };
  const first = await book(body, { 'idempotency-key': 'k' });
  expect(first.status).toBe(201);
  await sql(`update booking.quote set expires_at = now() - interval '1 minute' where quote_id = $1`, [quote.quote_id]);
  expect((await book(body, { 'idempotency-key': 'k' })).body).toEqual(first.body);
  expectRefusal(await book(body), 'quote_used');
});

test('a quote is the price of one booking, also of fifty that are made at once; and whoever repeats that one gets its answer', async () => {
  const { body: quote } = await estimate();
  const body = { ...bookingBody({ at }), quote_id: quote.quote_id };
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) => book(body, { 'idempotency-key': `fifty ${n}` })),
  );
  const [made, ...rest] = answers.sort((a, b) => a.status - b.status);
  expect(made).toMatchObject({ status: 201, body: { price_estimate: quote.price_estimate } });
  for (const refused of rest) expectRefusal(refused, 'quote_used');
  const again = await Promise.all(
    Array.from({ length: 50 }, (_, n) => book(body, { 'idempotency-key': `fifty ${n}` })),
  );
  expect(again.filter(({ status }) => status === 201).map((answer) => answer.body)).toEqual([made?.body]);
});

test('a quote is not used up by a booking that is refused', async () => {
  const { body: quote } = await estimate();
  const body = { ...bookingBody({ at }), quote_id: quote.quote_id };
  expectRefusal(await book({ ...body, vehicle_type: 'car' }), 'quote_mismatch');
  expectRefusal(await book({ ...body, scheduled_at: '2020-01-01T00:00:00Z' }), 'invalid_schedule');
  expect(await book(body)).toMatchObject({ status: 201, body: { price_estimate: quote.price_estimate } });
});
