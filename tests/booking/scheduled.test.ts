import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { LatLon } from '@logi/contracts';
import { cellOf } from '../../services/booking/src/pricing/surge.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { openSql, type Rows } from '../support/database.ts';
import { call } from '../support/http.ts';
import { actors } from '../support/people/actors.ts';
import { eachApart } from '../support/people/apart.ts';
import { bookingBody, goOnDuty } from '../support/people/people.ts';
import { expectRefusal } from '../support/refusals.ts';
import { type System, startSystem } from '../support/services/system.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const SEARCH_TIMEOUT_MS = 1_500;
const SURGE_HORIZON_MS = 10 * MINUTE_MS;

let system: System;
let sql: Rows;
let act: ReturnType<typeof actors>;
beforeAll(async () => {
  system = await startSystem({
    SEARCH_TIMEOUT_MS: `${SEARCH_TIMEOUT_MS}`,
    SEARCH_RETRY_MS: '100',
    SURGE_HORIZON_MS: `${SURGE_HORIZON_MS}`,
    SCHEDULE_LEAD_MS: `${15 * MINUTE_MS}`,
    SCHEDULE_JITTER_MS: '0',
  });
  ({ sql } = await openSql(system.servers.databaseUrl));
  act = actors(system);
});
afterAll(() => system.stop());

let at: LatLon;
eachApart((here) => {
  at = here;
});

const post = (path: string, body: object) =>
  call('POST', `${system.bookingUrl}/v1/${path}`, { token: system.token('user', 'ana'), body });
const later = (ms: number) => new Date(Date.now() + ms).toISOString();
const bookFor = async (scheduledAt: string) =>
  (await post('bookings', { ...bookingBody({ at }), scheduled_at: scheduledAt })).body;
const statusOf = async (bookingId: string) => (await act.show(bookingId)).status;

test('a scheduled booking is searched for until its pickup time, long after a search would have ended', async () => {
  const pickupAt = later(5 * MINUTE_MS);
  const { booking_id } = await bookFor(pickupAt);
  await eventually(async () => expect(await statusOf(booking_id)).toBe('Searching'));
  const [row] = await sql('select search_deadline from booking.booking where booking_id = $1', [booking_id]);
  expect(row?.['search_deadline']).toEqual(new Date(pickupAt));
  await goOnDuty(system, 'late riser', { at });
  expect(await act.askedDriver(booking_id)).toBe('late riser');
});

test('with nobody there, it ends at its pickup time and not before', async () => {
  const pickupAt = later(4_000);
  const { booking_id } = await bookFor(pickupAt);
  await eventually(async () => expect(await statusOf(booking_id)).toBe('No Driver Found'));
  expect((await act.show(booking_id)).updated_at >= pickupAt).toBe(true);
});

test('a search that begins at the pickup time has as long as any other', async () => {
  const pickupAt = later(500);
  const { booking_id } = await bookFor(pickupAt);
  await eventually(async () => expect(await statusOf(booking_id)).toBe('No Driver Found'));
  const { searches } = await act.dispatch(booking_id);
  // Its time counts from when it was decided on, some milliseconds before it was written down.
  const lastedMs = Date.parse(searches[0].ended_at) - Date.parse(searches[0].began_at);
  expect(lastedMs).toBeGreaterThan(SEARCH_TIMEOUT_MS / 2);
});

test('whose driver gives it back before the pickup time is searched for until then, too', async () => {
  const pickupAt = later(5 * MINUTE_MS);
  await goOnDuty(system, 'fickle', { at });
  const { booking_id } = await bookFor(pickupAt);
  await eventually(async () => expect((await act.accept('fickle', booking_id)).status).toBe(200));
  expect((await act.cancel('driver', 'fickle', booking_id)).status).toBe(200);
  const [row] = await sql('select search_deadline from booking.booking where booking_id = $1', [booking_id]);
  expect(row?.['search_deadline']).toEqual(new Date(pickupAt));
});

test('a search of many hours rests no longer, and counts no further, than one of minutes', async () => {
  const { booking_id } = await bookFor(later(10 * MINUTE_MS));
  await eventually(async () => expect(await statusOf(booking_id)).toBe('Searching'));
  const step = async () =>
    (await sql('select search_radius_step as step from booking.booking where booking_id = $1', [booking_id]))[0]?.[
      'step'
    ];
  await eventually(async () => expect(await step()).toBe(7)); // four radii, and three rests that grow
  const rounds = (await act.dispatch(booking_id)).rounds.length;
  await eventually(async () => expect((await act.dispatch(booking_id)).rounds.length).toBeGreaterThan(rounds + 1));
  expect(await step()).toBe(7);
});

/** As searches would have found it: so scarce, and lately enough that it has not faded. */
const setSurge = (multiplier: number) =>
  sql(`insert into booking.surge values ($1, 'van', 9, 1, $2, now() + interval '1 hour')`, [cellOf(at), multiplier]);
const plain = async () => (await post('estimates', bookingBody({ at }))).body.price_estimate;

test('scarcity of this minute is not in the price of a far pickup, and is in that of a near one', async () => {
  const usual = await plain();
  await setSurge(2);
  const dear = await plain();
  expect(dear).toBeGreaterThan(usual * 1.9);
  for (const [aheadMs, price] of [
    [20 * DAY_MS, usual],
    [SURGE_HORIZON_MS + MINUTE_MS, usual],
    [SURGE_HORIZON_MS - MINUTE_MS, dear],
  ] as const) {
    const scheduled_at = later(aheadMs);
    expect((await bookFor(scheduled_at)).price_estimate).toBe(price);
    const { body } = await post('estimates', { ...bookingBody({ at }), scheduled_at });
    expect(body).toMatchObject({ price_estimate: price, surge_multiplier: price === usual ? 1 : 2 });
  }
});

test('a quote for a later pickup holds for that pickup, and neither for another nor for now', async () => {
  await setSurge(2);
  const scheduled_at = later(3 * DAY_MS);
  const quote = async () => (await post('estimates', { ...bookingBody({ at }), scheduled_at })).body;
  const { quote_id, price_estimate } = await quote();
  expectRefusal(await post('bookings', { ...bookingBody({ at }), quote_id }), 'quote_mismatch');
  const tomorrow = { ...bookingBody({ at }), quote_id, scheduled_at: later(DAY_MS) };
  expectRefusal(await post('bookings', tomorrow), 'quote_mismatch');
  const sameMoment = scheduled_at.replace('Z', '+00:00');
  expect(await post('bookings', { ...bookingBody({ at }), quote_id, scheduled_at: sameMoment })).toMatchObject({
    status: 201,
    body: { status: 'Scheduled', price_estimate },
  });
});

test('a driver found before the pickup time has not been searched for in less than no time', async () => {
  const from = new Date().toISOString();
  await goOnDuty(system, 'trucker', { at, vehicleType: 'truck' });
  const order = { ...bookingBody({ at, vehicleType: 'truck' }), scheduled_at: later(10 * MINUTE_MS) };
  const { booking_id } = (await post('bookings', order)).body;
  await eventually(async () => expect((await act.accept('trucker', booking_id)).status).toBe(200));
  const url = `${system.bookingUrl}/v1/admin/stats?from=${from}`;
  const { by_vehicle_type } = (await call('GET', url, { token: system.token('admin', 'ops') })).body;
  expect(by_vehicle_type).toMatchObject([{ vehicle_type: 'truck', accepted: 1, average_search_seconds: null }]);
});
