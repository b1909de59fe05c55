import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { LatLon } from '@logi/contracts';
import { eventually } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { openSql } from '../support/database.ts';
import { call } from '../support/http.ts';
import { actors, north } from '../support/people/actors.ts';
import { eachApart } from '../support/people/apart.ts';
import { bookingBody } from '../support/people/people.ts';
import { expectRefusal } from '../support/refusals.ts';
import { type System, startSystem } from '../support/services/system.ts';

const HOUR_MS = 3_600_000;
const MAX_TRIP_METERS = 5_000;

let system: System;
let act: ReturnType<typeof actors>;
let database: Awaited<ReturnType<typeof openSql>>;
beforeAll(async () => {
  system = await startSystem({
    MAX_TRIP_METERS: `${MAX_TRIP_METERS}`,
    SCHEDULE_MAX_DAYS: '1',
    IDEMPOTENCY_KEY_HOURS: '1',
    DISPATCH_RETENTION_DAYS: '1',
    SURGE_MIN_SEARCHES: '3',
    SURGE_MAX_PERCENT: '120',
    SURGE_MAX_CHANGE_PERCENT_PER_MINUTE: '10000',
  });
  act = actors(system);
  database = await openSql(system.servers.databaseUrl);
});
afterAll(async () => {
  await database.close();
  await system.stop();
});

let at: LatLon;
eachApart((here) => {
  at = here;
});

const post = (path: string, body: object, { key, url = system.bookingUrl }: { key?: string; url?: string } = {}) =>
  call('POST', `${url}/v1/${path}`, {
    token: system.token('user', 'ana'),
    body,
    ...(key !== undefined && { headers: { 'idempotency-key': key } }),
  });
/** A service tidies up as it starts. */
async function tidyUp(untilGone: () => Promise<void>): Promise<void> {
  const tidier = await system.start.booking();
  await eventually(untilGone);
  await tidier.stop();
}
const currentSurge = async () => (await post('estimates', bookingBody({ at }))).body.surge_multiplier;

test('a trip as long as MAX_TRIP_METERS is taken, and a longer one is not', async () => {
  const trip = (meters: number) => bookingBody({ at, to: north(at, meters) });
  for (const path of ['estimates', 'bookings']) {
    expect((await post(path, trip(MAX_TRIP_METERS - 1))).status).toBeLessThan(300);
    expectRefusal(await post(path, trip(MAX_TRIP_METERS + 1)), 'trip_too_long');
  }
});

test('a pickup as far ahead as SCHEDULE_MAX_DAYS is taken, and a later one is not', async () => {
  const scheduled = (ms: number) => ({
    ...bookingBody({ at }),
    scheduled_at: new Date(Date.now() + 24 * HOUR_MS + ms).toISOString(),
  });
  expect(await post('bookings', scheduled(-60_000))).toMatchObject({ status: 201, body: { status: 'Scheduled' } });
  expectRefusal(await post('bookings', scheduled(60_000)), 'invalid_schedule');
});

test('an Idempotency-Key is known for IDEMPOTENCY_KEY_HOURS, and then means another booking', async () => {
  const create = async (key: string) => (await post('bookings', bookingBody({ at }), { key })).body.booking_id;
  const [younger, older] = [await create('younger'), await create('older')];
  const age = (key: string, minutes: number) =>
    database.sql(
      'update booking.idempotency_key set created_at = now() - make_interval(mins => $2::int) where key = $1',
      [key, minutes],
    );
  await Promise.all([age('younger', 58), age('older', 61)]);
  await tidyUp(async () => expect(await create('older')).not.toBe(older));
  expect(await create('younger')).toBe(younger);
});

test('how a search went is told for DISPATCH_RETENTION_DAYS, and then no more', async () => {
  const [younger, older] = [await act.book('ana', { pickup: at }), await act.book('ana', { pickup: at })];
  const roundsOf = async (bookingId: string) => (await act.dispatch(bookingId)).rounds.length;
  for (const [{ booking_id }, hours] of [
    [younger, 23],
    [older, 25],
  ] as const) {
    await eventually(async () => expect(await roundsOf(booking_id)).toBeGreaterThan(0));
    await act.cancel('user', 'ana', booking_id);
    await database.sql(
      'update booking.search_round set requested_at = now() - make_interval(hours => $2::int) where booking_id = $1',
      [booking_id, hours],
    );
  }
  await tidyUp(async () => expect(await roundsOf(older.booking_id)).toBe(0));
  expect(await roundsOf(younger.booking_id)).toBeGreaterThan(0);
});

test('with fewer people searching than SURGE_MIN_SEARCHES nothing is scarce, and with as many it is', async () => {
  const { booking_id } = await act.book('ana', { pickup: at });
  await act.book('ben', { pickup: at });
  await eventually(async () => {
    const measured = await database.sql(
      `select from booking.surge join booking.booking using (cell, vehicle_type)
       where booking_id = $1 and open_searches = 2`,
      [booking_id],
    );
    expect(measured).toHaveLength(1);
  });
  expect(await currentSurge()).toBe(1);
  await act.book('cleo', { pickup: at });
  await eventually(async () => expect(await currentSurge()).toBeGreaterThan(1));
});

test.each([1.2, 5])(
  'a scarcity of %d makes a price as much higher as SURGE_MAX_PERCENT, and no more',
  async (scarcity) => {
    const { booking_id } = await act.book('ana', { pickup: at });
    await act.cancel('user', 'ana', booking_id);
    await eventually(async () => {
      await database.sql(
        `insert into booking.surge (cell, vehicle_type, open_searches, available_drivers, multiplier, updated_at)
       select cell, vehicle_type, 9, 0, $2::real, now() + interval '1 hour' from booking.booking where booking_id = $1
       on conflict (cell, vehicle_type) do update set multiplier = excluded.multiplier, updated_at = excluded.updated_at`,
        [booking_id, scarcity],
      );
      expect(await currentSurge()).toBe(1.2); // a measurement that was under way may come after ours
    });
  },
);

test('a routing server is waited for as long as ROUTING_TIMEOUT_MS, and then the distance is estimated', async () => {
  const router = createServer(async (_request, response) => {
    await sleep(1_500); // longer than the default
    response.end(JSON.stringify({ code: 'Ok', routes: [{ distance: 12_345, duration: 600 }] }));
  });
  closeLater(() => router.close());
  await new Promise<void>((resolve) => router.listen(0, '127.0.0.1', resolve));
  const { port } = router.address() as AddressInfo; // it listens on a port
  const distanceWith = async (timeoutMs: string) => {
    const booking = await system.start.booking({
      ROUTING_URL: `http://127.0.0.1:${port}`,
      ROUTING_TIMEOUT_MS: timeoutMs,
    });
    const answer = await post('estimates', bookingBody({ at }), { url: `http://127.0.0.1:${booking.port()}` });
    await booking.stop();
    expect(answer.status).toBe(200);
    return answer.body.distance_meters;
  };
  expect(await distanceWith('10000')).toBe(12_345);
  expect(await distanceWith('100')).not.toBe(12_345);
});

test.each([
  ['0', 'veteran'],
  ['100', 'newcomer'],
])(
  'with NEWCOMER_SHARE_PERCENT %s, of a veteran and a newcomer a little further away the %s is asked first',
  async (share, first) => {
    await system.booking.stop();
    system.booking = await system.start.booking({ NEWCOMER_SHARE_PERCENT: share });
    system.bookingUrl = `http://127.0.0.1:${system.booking.port()}`;
    const [veteran, newcomer] = [`veteran ${share}`, `newcomer ${share}`];
    await act.goOnDuty(veteran, at);
    await act.goOnDuty(newcomer, north(at, 400));
    await database.sql(
      `insert into booking.driver (driver_id, offers_made, offers_accepted) values ($1, 10, 5)
     on conflict (driver_id) do update set offers_made = 10, offers_accepted = 5`,
      [veteran],
    );
    const { booking_id } = await act.book('ana', { pickup: at });
    expect(await act.askedDriver(booking_id)).toBe(`${first} ${share}`);
  },
);
