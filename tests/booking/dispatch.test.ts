import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../../tools/testing/waiting.ts';
import { openSql, type Rows } from '../support/database.ts';
import { call } from '../support/http.ts';
import { actors, BERLIN, north } from '../support/people/actors.ts';
import { type System, startSystem } from '../support/services/system.ts';

let system: System;
let act: ReturnType<typeof actors>;
let sql: Rows;
let closeSql: () => Promise<void>;

beforeAll(async () => {
  system = await startSystem({
    SEARCH_TIMEOUT_MS: '4000',
    SEARCH_RETRY_MS: '200',
    OFFER_TIMEOUT_MS: '3000',
    OFFER_TO_LARGER_VEHICLES: 'true',
  });
  act = actors(system);
  ({ sql, close: closeSql } = await openSql(system.servers.databaseUrl));
});
afterAll(async () => {
  await closeSql();
  await system.stop();
});

/** Every test plays in a city of its own, so that no driver of another one is near. */
let cities = 0;
function newCity() {
  cities += 1;
  return { latitude: BERLIN.latitude, longitude: -170 + cities * 5 };
}

/** Resolves when booking has heard of the driver's label. */
async function labelKnown(driverId: string, status: string): Promise<void> {
  await eventually(async () => {
    expect(await sql(`select status from booking.driver where driver_id = $1`, [driverId])).toEqual([{ status }]);
  });
}

test('the dispatch of a booking explains who was considered, with what score, and how each answered', async () => {
  const city = newCity();
  await act.goOnDuty('far', north(city, 900));
  await act.goOnDuty('near', north(city, 100));
  const { booking_id } = await act.book('ana', { pickup: city });
  expect(await act.askedDriver(booking_id)).toBe('near');
  expect((await act.decline('near', booking_id)).status).toBe(204);
  await eventually(async () => expect(await act.askedDriver(booking_id)).toBe('far'));
  expect((await act.accept('far', booking_id)).status).toBe(200);

  const { searches, rounds } = await act.dispatch(booking_id);
  expect(searches).toMatchObject([{ ended_as: 'Accepted', reason: 'accepted' }]);
  expect(rounds).toHaveLength(2);
  expect(rounds[0]).toMatchObject({
    round: 1,
    radius_meters: 2_000,
    vehicle_types: ['van'],
    candidates: [
      { driver_id: 'near', rank: 1, distance_meters: 100, skipped: null, answer: 'declined' },
      { driver_id: 'far', rank: 2, distance_meters: 900, skipped: 'batch_full', answer: null },
    ],
  });
  const [first] = rounds[0].candidates;
  expect(first.score_lines.map((line: { code: string }) => line.code)).toEqual(['eta', 'acceptance', 'idle']);
  expect(first.answered_at >= first.offered_at).toBe(true);
  expect(rounds[1].candidates).toMatchObject([{ driver_id: 'far', answer: 'accepted' }]);
});

test('a search that finds nobody says why', async () => {
  const nobody = await act.book('ana', { pickup: newCity() });
  const city = newCity();
  await act.goOnDuty('unwilling', city);
  const declined = await act.book('ben', { pickup: city });
  await act.askedDriver(declined.booking_id);
  await act.decline('unwilling', declined.booking_id);
  await eventually(async () => {
    expect((await act.dispatch(nobody.booking_id)).searches).toMatchObject([
      { ended_as: 'No Driver Found', reason: 'no_driver_nearby' },
    ]);
    expect((await act.dispatch(declined.booking_id)).searches).toMatchObject([
      { ended_as: 'No Driver Found', reason: 'nobody_accepted' },
    ]);
  });
});

test('a larger vehicle stands in where the setting allows it and nobody of the booked type is there', async () => {
  const city = newCity();
  await act.goOnDuty('trucker', { ...city, vehicleType: 'truck' });
  await act.goOnDuty('cyclist', { ...city, vehicleType: 'bike' });
  const { booking_id } = await act.book('ana', { pickup: city, vehicleType: 'van' });
  expect(await act.askedDriver(booking_id)).toBe('trucker');
});

test('a driver who goes off duty is not waited for', async () => {
  const city = newCity();
  await act.goOnDuty('leaving', city);
  await act.goOnDuty('staying', north(city, 500));
  const { booking_id } = await act.book('ana', { pickup: city });
  expect(await act.askedDriver(booking_id)).toBe('leaving');
  await act.goOffDuty('leaving');
  await eventually(async () => expect(await act.askedDriver(booking_id)).toBe('staying'));
  expect((await act.dispatch(booking_id)).rounds[0].candidates[0]).toMatchObject({ answer: 'withdrawn' });
});

test('an admin assigns a driver, moves the booking to another one, and takes it back', async () => {
  const city = newCity();
  await act.goOnDuty('first', city);
  await act.goOnDuty('second', north(city, 20_000)); // too far to be asked
  await labelKnown('second', 'Available');
  const { booking_id } = await act.book('ana', { pickup: city });
  await act.askedDriver(booking_id);

  expect(await act.assign(booking_id, 'second')).toMatchObject({
    status: 200,
    body: { status: 'Accepted', driver_id: 'second' },
  });
  expect(await act.accept('first', booking_id)).toMatchObject({
    status: 409,
    body: { error: { code: 'offer_not_open' } },
  });
  expect(await act.assign(booking_id, 'first')).toMatchObject({
    status: 200,
    body: { status: 'Accepted', driver_id: 'first' },
  });
  expect(await act.assign(booking_id, null)).toMatchObject({
    status: 200,
    body: { status: 'Searching', driver_id: null },
  });
  expect(
    (await act.history(booking_id)).map((change: { to: string; reason: string }) => [change.to, change.reason]),
  ).toEqual([
    ['Searching', null],
    ['Accepted', 'assigned'],
    ['Searching', 'reassigned'],
    ['Accepted', 'assigned'],
    ['Searching', 'unassigned'],
  ]);
});

test('an admin cannot assign a driver who is unknown, off duty or on another job, nor a booking that is over', async () => {
  const city = newCity();
  await act.goOnDuty('busy', city);
  const taken = await act.book('ana', { pickup: city });
  await act.askedDriver(taken.booking_id);
  await act.accept('busy', taken.booking_id);
  await act.goOnDuty('retired', north(city, 20_000));
  await act.goOffDuty('retired');
  await labelKnown('retired', 'Offline');
  const { booking_id } = await act.book('ben', { pickup: city });

  expect(await act.assign(booking_id, 'nobody-ever-seen')).toMatchObject({
    status: 404,
    body: { error: { code: 'driver_not_found' } },
  });
  expect(await act.assign(booking_id, 'busy')).toMatchObject({
    status: 409,
    body: { error: { code: 'driver_not_available' } },
  });
  expect(await act.assign(booking_id, 'retired')).toMatchObject({
    status: 409,
    body: { error: { details: { status: 'Offline' } } },
  });
  await act.cancel('user', 'ben', booking_id);
  expect(await act.assign(booking_id, 'busy')).toMatchObject({
    status: 409,
    body: { error: { code: 'illegal_transition' } },
  });
});

test('an admin finds bookings by user, driver, type and time, page by page; a user finds only their own', async () => {
  const city = newCity();
  const before = new Date().toISOString();
  for (const type of ['bike', 'car', 'car']) await act.book('lister', { pickup: city, vehicleType: type });
  await act.book('somebody', { pickup: city, vehicleType: 'car' });
  const list = (role: 'user' | 'admin', query: string) =>
    call('GET', `${system.bookingUrl}/v1/bookings?${query}`, { token: system.token(role, 'lister') });
  const cars = await list('admin', `user_id=lister&vehicle_type=car&from=${before}&limit=1`);
  expect(cars.body.items).toHaveLength(1);
  const rest = await list(
    'admin',
    `user_id=lister&vehicle_type=car&from=${before}&limit=5&cursor=${cars.body.next_cursor}`,
  );
  expect(rest.body).toMatchObject({ items: [{ user_id: 'lister', vehicle_type: 'car' }], next_cursor: null });
  expect((await list('user', 'user_id=somebody')).body.items).toEqual([]);
});

test('the statistics count what happened to the bookings of a time', async () => {
  const city = newCity();
  const from = new Date().toISOString();
  await act.goOnDuty('worker', { ...city, vehicleType: 'car' });
  const done = await act.book('ana', { pickup: city, vehicleType: 'car' });
  await act.askedDriver(done.booking_id);
  await act.accept('worker', done.booking_id);
  for (const status of ['En Route to Pickup', 'Arrived at Pickup', 'In Transit', 'Arrived at Drop-off', 'Delivered']) {
    expect((await act.advance('worker', done.booking_id, status)).status).toBe(200);
  }
  await act.goOffDuty('worker');
  const dropped = await act.book('ben', { pickup: city, vehicleType: 'car' });
  await act.cancel('user', 'ben', dropped.booking_id, 'changed_plans');
  const { body } = await call('GET', `${system.bookingUrl}/v1/admin/stats?from=${from}`, {
    token: system.token('admin', 'ops'),
  });
  const counted = { bookings: 2, accepted: 1, collected: 1, trips_completed: 1, cancelled: 1 };
  expect(body).toMatchObject({
    trips_completed: 1,
    funnel: { ...counted, reasons: [{ status: 'Cancelled', reason: 'changed_plans', bookings: 1 }] },
    by_vehicle_type: [{ vehicle_type: 'car', ...counted, completed_value: done.price_estimate }],
    drivers: [{ driver_id: 'worker', trips_completed: 1, offers: 1, accepted: 1 }],
  });
  expect(body.average_trip_seconds).toBeGreaterThan(0);
  expect(body.by_hour).toHaveLength(1);
});

test('apps learn what there is to choose from', async () => {
  const get = (path: string) => call('GET', `${system.bookingUrl}${path}`, { token: system.token('driver', 'dan') });
  expect((await get('/v1/vehicle-types')).body.items).toEqual(
    ['bike', 'car', 'van', 'truck'].map((vehicle_type) => ({ vehicle_type })),
  );
  const reasons = (await get('/v1/cancellation-reasons')).body.items.map((item: { reason: string }) => item.reason);
  expect(reasons).toContain('vehicle_trouble');
  expect(reasons).not.toContain('waited_too_long');
});
