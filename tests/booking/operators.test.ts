import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { EXCHANGES, type LatLon } from '@logi/contracts';
import { wireEvent } from '../../tools/testing/events.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { openBroker } from '../support/broker.ts';
import { openSql } from '../support/database.ts';
import { call } from '../support/http.ts';
import { actors, north } from '../support/people/actors.ts';
import { eachApart } from '../support/people/apart.ts';
import { bookingBody, gatewayReads, goOnDuty, isOf, watch } from '../support/people/people.ts';
import { expectRefusal } from '../support/refusals.ts';
import { type System, startSystem } from '../support/services/system.ts';

/* What people on the telephone do for users and drivers. */

let system: System;
let act: ReturnType<typeof actors>;
beforeAll(async () => {
  system = await startSystem({ SEARCH_RETRY_MS: '200', OFFER_TIMEOUT_MS: '60000' });
  act = actors(system);
  await gatewayReads(system);
});
afterAll(() => system.stop());

let at: LatLon;
const named = eachApart((here) => {
  at = here;
});

describe('a booking on behalf of a user', () => {
  const create = (role: 'user' | 'driver' | 'admin', id: string, body: object, key?: string) =>
    call('POST', `${system.bookingUrl}/v1/bookings`, {
      token: system.token(role, id),
      body: { ...bookingBody({ at }), ...body },
      ...(key !== undefined && { headers: { 'idempotency-key': key } }),
    });

  test('is the user’s, who hears of it; and the history has the admin who made it', async () => {
    const socket = await watch(system, { role: 'user', id: named('ana') });
    const made = await create('admin', 'ops', { on_behalf_of: named('ana') });
    expect(made).toMatchObject({ status: 201, body: { user_id: named('ana'), status: 'Searching' } });
    const { booking_id } = made.body;
    await socket.find(isOf(booking_id, 'new_booking_request'));
    expect(await act.history(booking_id)).toMatchObject([{ to: 'Searching', actor: { role: 'admin', id: 'ops' } }]);
    expect((await act.cancel('user', named('ana'), booking_id)).status).toBe(200);
  });

  test('can be at the price that the admin has told', async () => {
    const quote = await call('POST', `${system.bookingUrl}/v1/estimates`, {
      token: system.token('admin', 'ops'),
      body: bookingBody({ at }),
    });
    const { quote_id, price_estimate } = quote.body;
    const made = await create('admin', 'ops', { on_behalf_of: named('ana'), quote_id });
    expect(made).toMatchObject({ status: 201, body: { price_estimate } });
  });

  test('is made once, and its key is not that of a user with the admin’s name', async () => {
    const body = { on_behalf_of: named('ana') };
    const first = await create('admin', 'same', body, named('key'));
    expect((await create('admin', 'same', body, named('key'))).body).toEqual(first.body);
    expectRefusal(
      await create('admin', 'same', { on_behalf_of: named('ben') }, named('key')),
      'idempotency_key_reused',
    );
    const own = await create('user', 'same', {}, named('key'));
    expect(own).toMatchObject({ status: 201, body: { user_id: 'same' } });
  });

  test('is made by nobody but an admin, and by an admin not without a user', async () => {
    expectRefusal(await create('user', 'eve', { on_behalf_of: named('ana') }), 'forbidden');
    expectRefusal(await create('driver', 'dro', { on_behalf_of: named('ana') }), 'forbidden');
    expectRefusal(await create('admin', 'ops', {}), 'invalid_request');
    expectRefusal(await create('admin', 'ops', { on_behalf_of: '' }), 'invalid_request');
    expect((await create('user', named('ana'), { on_behalf_of: null })).status).toBe(201);
    expect((await create('user', named('ana'), { on_behalf_of: named('ana') })).status).toBe(201);
  });
});

describe('a driver whom an operator excludes from a booking', () => {
  const exclusion = (method: 'PUT' | 'DELETE', bookingId: string, driverId: string, role: 'admin' | 'user' = 'admin') =>
    call(method, `${system.bookingUrl}/v1/bookings/${bookingId}/excluded-drivers/${encodeURIComponent(driverId)}`, {
      token: system.token(role, 'ops'),
    });

  test('is not asked about it, is asked about others, and is asked about it when that is lifted', async () => {
    const driver = named('*.# ünwanted/'); // any text is an id
    const { booking_id } = await act.book('ana', { pickup: at });
    for (let n = 0; n < 2; n += 1) expect((await exclusion('PUT', booking_id, driver)).status).toBe(204);
    await goOnDuty(system, driver, { at });
    await eventually(async () => expect((await act.dispatch(booking_id)).rounds.length).toBeGreaterThan(5));
    const { rounds, excluded_drivers } = await act.dispatch(booking_id);
    expect(rounds.flatMap(({ candidates }: { candidates: unknown[] }) => candidates)).toEqual([]);
    expect(excluded_drivers).toMatchObject([{ driver_id: driver, excluded_by: 'ops' }]);
    const other = await act.book('ben', { pickup: at });
    expect(await act.askedDriver(other.booking_id)).toBe(driver);
    await act.decline(driver, other.booking_id);
    for (let n = 0; n < 2; n += 1) expect((await exclusion('DELETE', booking_id, driver)).status).toBe(204);
    expect(await act.askedDriver(booking_id)).toBe(driver);
  });

  test('while thinking about it is not asked any more, and the next one is', async () => {
    const [first, next] = [named('first'), named('next')];
    await goOnDuty(system, first, { at });
    await goOnDuty(system, next, { at: north(at, 500) });
    const { booking_id } = await act.book('ana', { pickup: at });
    expect(await act.askedDriver(booking_id)).toBe(first);
    expect((await exclusion('PUT', booking_id, first)).status).toBe(204);
    expectRefusal(await act.accept(first, booking_id), 'offer_not_open');
    await eventually(async () => expect(await act.askedDriver(booking_id)).toBe(next));
  });

  test('cannot be assigned to it either, before that is lifted', async () => {
    const driver = named('dro');
    await goOnDuty(system, driver, { at: north(at, 25_000) });
    const { booking_id } = await act.book('ana', { pickup: at });
    await exclusion('PUT', booking_id, driver);
    expectRefusal(await act.assign(booking_id, driver), 'driver_excluded');
    await exclusion('DELETE', booking_id, driver);
    await eventually(async () => expect((await act.assign(booking_id, driver)).status).toBe(200));
  });

  test('keeps a job that they have, and is not asked again once it is taken from them', async () => {
    const driver = named('dro');
    await goOnDuty(system, driver, { at });
    const { booking_id } = await act.book('ana', { pickup: at });
    await eventually(async () => expect((await act.accept(driver, booking_id)).status).toBe(200));
    expect((await exclusion('PUT', booking_id, driver)).status).toBe(204);
    expect((await act.advance(driver, booking_id, 'En Route to Pickup')).status).toBe(200);
    expectRefusal(await exclusion('PUT', booking_id, driver, 'user'), 'forbidden');
    expectRefusal(await exclusion('PUT', '00000000-0000-4000-8000-000000000000', driver), 'booking_not_found');
  });
});

test('the age and the flaw of a fix count in the score, and the dispatch tells them', async () => {
  const candidates = [
    { driver_id: named('nearest, long ago'), distance_meters: 100, fix_age_ms: 600_000, fix_flaw: null },
    { driver_id: named('near, perhaps'), distance_meters: 110, fix_age_ms: 1_000, fix_flaw: 'implausible' },
    { driver_id: named('here'), distance_meters: 150, fix_age_ms: 1_000, fix_flaw: null },
    { driver_id: named('told by an older tracking'), distance_meters: 900 },
  ];
  for (const { driver_id } of candidates) await goOnDuty(system, driver_id, { at: north(at, 25_000) });
  const { sql } = await openSql(system.servers.databaseUrl);
  const ids = candidates.map(({ driver_id }) => driver_id);
  await eventually(async () => {
    const heard = await sql(`select from booking.driver where driver_id = any($1) and status = 'Available'`, [ids]);
    expect(heard).toHaveLength(ids.length);
  });
  await system.tracking.stop(); // the answer is ours
  const { booking_id } = await act.book('ana', { pickup: at });
  const data = { booking_id, round: 1, available_nearby: 4, candidates };
  const event = wireEvent({ type: 'drivers.nominated', aggregateId: booking_id, version: 1, data });
  await openBroker(system.servers).publish(EXCHANGES.trackingEvents, event.type, event);
  expect(await act.askedDriver(booking_id)).toBe(named('here'));
  const { rounds } = await act.dispatch(booking_id);
  type Told = {
    driver_id: string;
    fix_age_ms: number;
    fix_flaw: string;
    score_lines: { code: string; seconds: number }[];
  };
  const told = Object.fromEntries(rounds[0].candidates.map((each: Told) => [each.driver_id, each]));
  const linesOf = (name: string) =>
    told[named(name)].score_lines.filter(({ code }: { code: string }) => /fix/.test(code));
  expect(told[named('nearest, long ago')]).toMatchObject({ fix_age_ms: 600_000, fix_flaw: null });
  expect(linesOf('nearest, long ago')).toEqual([{ code: 'fix_age', seconds: 90 }]);
  expect(told[named('near, perhaps')]).toMatchObject({ fix_age_ms: 1_000, fix_flaw: 'implausible' });
  expect(linesOf('near, perhaps')).toEqual([{ code: 'fix_flaw', seconds: 60 }]);
  expect(linesOf('here')).toEqual([]);
  expect(told[named('told by an older tracking')]).toMatchObject({ fix_age_ms: null, fix_flaw: null });
});
