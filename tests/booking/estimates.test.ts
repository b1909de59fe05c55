import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type pg from 'pg';
import { eventually } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { connectSql } from '../support/database.ts';
import { call } from '../support/http.ts';
import { type System, startSystem } from '../support/services/system.ts';

let system: System;
let admin: pg.Client;
let router: Server;
let routerAnswer: { status: number; body: unknown };

beforeAll(async () => {
  router = createServer((_request, response) => {
    response.writeHead(routerAnswer.status).end(JSON.stringify(routerAnswer.body));
  });
  closeLater(() => router.close());
  await once(router.listen(0, '127.0.0.1'), 'listening');
  const address = router.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  system = await startSystem({
    ROUTING_URL: `http://127.0.0.1:${address.port}`,
    QUOTE_LIFETIME_MS: '1500',
    SCHEDULE_LEAD_MS: '1000',
    SCHEDULE_JITTER_MS: '0',
    SURGE_MAX_CHANGE_PERCENT_PER_MINUTE: '10000',
  });
  admin = await connectSql(system.servers.databaseUrl);
});
beforeEach(() => {
  routerAnswer = { status: 200, body: { code: 'Ok', routes: [{ distance: 10_000, duration: 1_200 }] } };
});
afterAll(async () => {
  await admin.end();
  await system.stop();
});

const TRIP = {
  pickup_location: { type: 'Point', coordinates: [13.4, 52.52] },
  dropoff_location: { type: 'Point', coordinates: [13.45, 52.5] },
  vehicle_type: 'car',
};
const estimate = (sub: string, body: object = TRIP) =>
  call('POST', `${system.bookingUrl}/v1/estimates`, { token: system.token('user', sub), body });
const book = (sub: string, body: object) =>
  call('POST', `${system.bookingUrl}/v1/bookings`, { token: system.token('user', sub), body });

test('an estimate says what the price is made of, and the lines add up', async () => {
  const { status, body } = await estimate('ana');
  expect(status).toBe(200);
  // 3.50 + 10 km × 1.10 + 20 min × 0.20
  expect(body).toMatchObject({
    price_estimate: 18.5,
    currency: 'EUR',
    distance_meters: 10_000,
    duration_seconds: 1_200,
    surge_multiplier: 1,
    breakdown: [
      { code: 'base', amount: 3.5 },
      { code: 'distance', amount: 11 },
      { code: 'time', amount: 4 },
    ],
  });
});

test('a quote is honoured although the rates have changed since', async () => {
  const quote = await estimate('ana');
  await admin.query(`update booking.vehicle_type set base_minor = base_minor + 500 where vehicle_type = 'car'`);
  const booked = await book('ana', { ...TRIP, quote_id: quote.body.quote_id });
  await admin.query(`update booking.vehicle_type set base_minor = base_minor - 500 where vehicle_type = 'car'`);
  expect(booked).toMatchObject({ status: 201, body: { price_estimate: quote.body.price_estimate } });
});

test('a quote of somebody else, for another trip, unknown or expired is refused, and nothing is booked', async () => {
  const { quote_id } = (await estimate('ben')).body;
  expect(await book('eve', { ...TRIP, quote_id })).toMatchObject({
    status: 404,
    body: { error: { code: 'quote_not_found' } },
  });
  expect(await book('ben', { ...TRIP, vehicle_type: 'van', quote_id })).toMatchObject({
    status: 409,
    body: { error: { code: 'quote_mismatch' } },
  });
  expect(await book('ben', { ...TRIP, quote_id: 'x' })).toMatchObject({
    status: 404,
    body: { error: { code: 'quote_not_found' } },
  });
  await eventually(async () => {
    expect(await book('ben', { ...TRIP, vehicle_type: 'van', quote_id })).toMatchObject({
      status: 409,
      body: { error: { code: 'quote_expired' } },
    });
  });
});

test('a routing server that fails costs nobody a booking: the distance is estimated', async () => {
  routerAnswer = { status: 500, body: 'broken' };
  const { status, body } = await estimate('ana');
  expect(status).toBe(200);
  expect(body.distance_meters).toBeGreaterThan(4_000);
  expect(body.distance_meters).toBeLessThan(8_000);
});

test('a trip further than any vehicle drives is refused', async () => {
  const body = { ...TRIP, dropoff_location: { type: 'Point', coordinates: [-74, 40.7] } };
  expect(await estimate('ana', body)).toMatchObject({ status: 400, body: { error: { code: 'trip_too_long' } } });
});

test('a scheduled booking waits, and its search begins by itself', async () => {
  const scheduledAt = new Date(Date.now() + 2_500).toISOString();
  const booked = await book('ana', { ...TRIP, scheduled_at: scheduledAt });
  expect(booked).toMatchObject({ status: 201, body: { status: 'Scheduled', scheduled_at: scheduledAt } });
  await eventually(async () => {
    const url = `${system.bookingUrl}/v1/bookings/${booked.body.booking_id}`;
    expect((await call('GET', url, { token: system.token('user', 'ana') })).body.status).toBe('Searching');
  });
});

test('a pickup in the past or years ahead cannot be scheduled', async () => {
  for (const at of ['2020-01-01T00:00:00Z', '2999-01-01T00:00:00Z']) {
    expect(await book('ana', { ...TRIP, scheduled_at: at })).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid_schedule' } },
    });
  }
});

test('prices rise where many search and nobody is free, in steps and not beyond the cap, and a quote says so', async () => {
  for (let i = 0; i < 6; i += 1) await book(`crowd-${i}`, { ...TRIP, vehicle_type: 'truck' });
  await eventually(async () => {
    const { body } = await estimate('ana', { ...TRIP, vehicle_type: 'truck' });
    expect(body.surge_multiplier).toBeGreaterThan(1.2);
    expect(body.surge_multiplier).toBeLessThanOrEqual(2);
    expect(body.breakdown.at(-1)).toMatchObject({ code: 'surge' });
    const total = body.breakdown.reduce(
      (sum: number, line: { amount: number }) => sum + Math.round(line.amount * 100),
      0,
    );
    expect(total).toBe(Math.round(body.price_estimate * 100));
  });
});
