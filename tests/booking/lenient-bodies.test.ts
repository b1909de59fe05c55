import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { call } from '../support/http.ts';
import { acceptOffered, bookingBody, goOnDuty, place } from '../support/people/people.ts';
import { expectRefusal } from '../support/refusals.ts';
import { type System, startSystem } from '../support/services/system.ts';

/* Apps send what the standards let them send. */

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());

const BODY = bookingBody({ at: place(1) });
const [longitude, latitude] = BODY.pickup_location.coordinates;
const post = (path: string, body: object, headers = {}) =>
  call('POST', `${system.bookingUrl}/v1/${path}`, { token: system.token('user', 'ana'), body, headers });

const POINTS: [what: string, point: object][] = [
  ['an altitude', { type: 'Point', coordinates: [longitude, latitude, 34.5] }],
  ['an altitude of null', { type: 'Point', coordinates: [longitude, latitude, null] }],
  ['an altitude and a measure', { type: 'Point', coordinates: [longitude, latitude, 34.5, 7] }],
  ['a bounding box', { ...BODY.pickup_location, bbox: [longitude, latitude, longitude, latitude] }],
  ['a name of its reference system', { ...BODY.pickup_location, crs: { type: 'name', properties: { name: 'x' } } }],
  ['members of somebody’s own', { ...BODY.pickup_location, id: 7, properties: null, title: 'Home' }],
];

describe.each(POINTS)('a Point with %s', (_what, point) => {
  test.each(['estimates', 'bookings'])('is a place in %s, and only the place is shown', async (path) => {
    const answer = await post(path, { ...BODY, pickup_location: point });
    expect(answer.status).toBe(path === 'bookings' ? 201 : 200);
    if (path === 'bookings') expect(answer.body.pickup_location).toEqual(BODY.pickup_location);
    expect((await post(path, { ...BODY, dropoff_location: { ...point } })).status).toBeLessThan(300);
  });
});

test.each<[what: string, point: object]>([
  ['no latitude', { type: 'Point', coordinates: [longitude] }],
  ['a latitude out of range', { type: 'Point', coordinates: [longitude, 91, 10] }],
  ['another geometry', { type: 'LineString', coordinates: [longitude, latitude] }],
  ['coordinates as text', { type: 'Point', coordinates: [`${longitude}`, `${latitude}`] }],
])('a Point with %s is none', async (_what, point) => {
  for (const path of ['estimates', 'bookings'])
    expectRefusal(await post(path, { ...BODY, pickup_location: point }), 'invalid_request');
});

test('an altitude more does not make another booking of a repeated one', async () => {
  const headers = { 'idempotency-key': 'k' };
  const first = await post('bookings', BODY, headers);
  const [[, high]] = POINTS as [[string, object]];
  const again = await post('bookings', { ...BODY, pickup_location: high, scheduled_at: null, quote_id: null }, headers);
  expect(again).toMatchObject({ status: 201, body: first.body });
});

test('a quote is for the same trip with an altitude and without', async () => {
  const { quote_id } = (await post('estimates', BODY)).body;
  const [[, high]] = POINTS as [[string, object]];
  expect((await post('bookings', { ...BODY, pickup_location: high, quote_id })).status).toBe(201);
});

test('an optional field that is null is one that was left out', async () => {
  expect((await post('estimates', { ...BODY, scheduled_at: null })).status).toBe(200);
  const made = await post('bookings', { ...BODY, quote_id: null, scheduled_at: null, on_behalf_of: null });
  expect(made).toMatchObject({ status: 201, body: { status: 'Searching', scheduled_at: null } });
  const { booking_id } = made.body;
  expect(await post(`bookings/${booking_id}/cancel`, { reason: null })).toMatchObject({
    body: { status: 'Cancelled' },
  });
  const duty = (body: object) =>
    call('PUT', `${system.trackingUrl}/v1/drivers/me/status`, { token: system.token('driver', 'dan'), body });
  const nowhere = { latitude: null, longitude: null };
  expect(await duty({ status: 'Available', vehicle_type: 'van', ...nowhere })).toMatchObject({ status: 200 });
  expect(await duty({ status: 'Offline', vehicle_type: null, ...nowhere })).toMatchObject({ status: 200 });
  expectRefusal(await duty({ status: 'Available', vehicle_type: null }), 'invalid_request');
  expectRefusal(
    await duty({ status: 'Available', vehicle_type: 'van', latitude: 1, longitude: null }),
    'invalid_request',
  );
});

test('a cancel without a body, with an empty one and with null is a cancel', async () => {
  for (const body of [undefined, {}, 'null'] as const) {
    const { booking_id } = (await post('bookings', BODY)).body;
    const token = system.token('user', 'ana');
    const answer = await call('POST', `${system.bookingUrl}/v1/bookings/${booking_id}/cancel`, { token, body });
    expect(answer).toMatchObject({ status: 200, body: { status: 'Cancelled' } });
  }
});

test('an accept and a decline may have any body, or none', async () => {
  await goOnDuty(system, 'dro', { at: place(2) });
  const { booking_id } = (await post('bookings', bookingBody({ at: place(2) }))).body;
  await acceptOffered(system, 'dro', booking_id);
  const url = `${system.bookingUrl}/v1/bookings/${booking_id}/accept`;
  for (const body of [undefined, {}, null] as const)
    expect((await call('POST', url, { token: system.token('driver', 'dro'), body })).status).toBe(200);
});

test('a field that is required is not optional', async () => {
  for (const field of ['pickup_location', 'dropoff_location', 'vehicle_type'])
    expectRefusal(await post('bookings', { ...BODY, [field]: null }), 'invalid_request');
});
