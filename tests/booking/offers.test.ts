import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../../tools/testing/waiting.ts';
import { openSql, type Rows } from '../support/database.ts';
import { actors, BERLIN, north } from '../support/people/actors.ts';
import { expectRefusal } from '../support/refusals.ts';
import { type System, startSystem } from '../support/services/system.ts';

let system: System;
let sql: Rows;
let act: ReturnType<typeof actors>;
beforeAll(async () => {
  system = await startSystem({
    MAX_OPEN_OFFERS_PER_DRIVER: '2',
    OFFER_BATCH_SIZE: '2',
    OFFER_TIMEOUT_MS: '60000',
    SEARCH_RETRY_MS: '200',
  });
  ({ sql } = await openSql(system.servers.databaseUrl));
  act = actors(system);
});
afterAll(() => system.stop());

/** Every test plays in a city of its own, so that no driver of another one is near. */
let cities = 0;
function newCity() {
  cities += 1;
  return north(BERLIN, cities * 200_000);
}

async function stateOf(bookingId: string, driverId: string): Promise<unknown> {
  const rows = await sql('select state from booking.offer where booking_id = $1 and driver_id = $2', [
    bookingId,
    driverId,
  ]);
  return rows[0]?.['state'];
}

let users = 0;
/** Asked about one more booking: as if tracking had not heard yet that the driver is being asked already. */
async function asked(driverId: string, pickup: ReturnType<typeof newCity>): Promise<string> {
  users += 1;
  const { booking_id } = await act.book(`user ${users}`, { pickup });
  await eventually(async () => {
    await sql(`update tracking.driver_place set status = 'Available' where driver_id = $1`, [driverId]);
    expect(await stateOf(booking_id, driverId)).toBe('open');
  });
  return booking_id;
}

test('an offer whose time is up does not win while another driver thinks, also where nobody has looked at it since', async () => {
  const city = newCity();
  await act.goOnDuty('late', city);
  await act.goOnDuty('thinking', city);
  const bookingId = await asked('late', city);
  expect(await stateOf(bookingId, 'thinking')).toBe('open');
  await sql(
    `update booking.offer set expires_at = now() - interval '1 ms' where booking_id = $1 and driver_id = 'late'`,
    [bookingId],
  );
  expectRefusal(await act.accept('late', bookingId), 'offer_not_open');
  expect(await act.show(bookingId)).toMatchObject({ status: 'Searching', driver_id: null });
});

test('who takes one booking is no longer asked about another, which is searched for on', async () => {
  const city = newCity();
  await act.goOnDuty('popular', city);
  const [first, second] = [await asked('popular', city), await asked('popular', city)];
  expect((await act.accept('popular', first)).status).toBe(200);
  expect(await stateOf(second, 'popular')).toBe('withdrawn');
  expectRefusal(await act.accept('popular', second), 'offer_not_open');
  await act.goOnDuty('next', city);
  await eventually(async () => expect(await stateOf(second, 'next')).toBe('open'));
});

test('who is given a booking by an admin is no longer asked about another', async () => {
  const [city, elsewhere] = [newCity(), newCity()];
  await act.goOnDuty('chosen', city);
  const bookingId = await asked('chosen', city);
  const given = await act.book('ben', { pickup: elsewhere });
  expect(await act.assign(given.booking_id, 'chosen')).toMatchObject({ status: 200, body: { driver_id: 'chosen' } });
  expect(await stateOf(bookingId, 'chosen')).toBe('withdrawn');
});

test('a driver takes again what an admin gives back to them, and the record has one winner', async () => {
  const city = newCity();
  await act.goOnDuty('returning', city);
  const bookingId = await asked('returning', city);
  expect((await act.accept('returning', bookingId)).status).toBe(200);
  expect((await act.cancel('driver', 'returning', bookingId)).status).toBe(200);
  expect(await stateOf(bookingId, 'returning')).toBe('abandoned');
  expect((await act.assign(bookingId, 'returning')).status).toBe(200);
  const winners = await sql(`select driver_id from booking.offer where booking_id = $1 and state = 'accepted'`, [
    bookingId,
  ]);
  expect(winners).toEqual([{ driver_id: 'returning' }]);
});
