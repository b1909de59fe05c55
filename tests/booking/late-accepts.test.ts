import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { LatLon } from '@logi/contracts';
import { eventually } from '../../tools/testing/waiting.ts';
import { openSql, type Rows } from '../support/database.ts';
import { actors } from '../support/people/actors.ts';
import { eachApart } from '../support/people/apart.ts';
import { goOnDuty } from '../support/people/people.ts';
import { expectRefusal } from '../support/refusals.ts';
import { type System, startSystem } from '../support/services/system.ts';

let system: System;
let sql: Rows;
let act: ReturnType<typeof actors>;
beforeAll(async () => {
  system = await startSystem({
    OFFER_TIMEOUT_MS: '60000',
    MISSED_OFFER_REPEATS: '0',
    SEARCH_TIMEOUT_MS: '60000',
    SEARCH_RADII_METERS: '1000,3000',
    SEARCH_RETRY_MS: '100',
    DISPATCH_POLL_MS: '20',
  });
  ({ sql } = await openSql(system.servers.databaseUrl));
  act = actors(system);
});
afterAll(() => system.stop());

/* Nobody is asked again who has missed an offer. Each test has a place and people of its own. */
let at: LatLon;
const named = eachApart((here) => {
  at = here;
});

/** Once they are asked, their time is up, and they have not answered. */
const hasMissed = (bookingId: string, name: string) =>
  eventually(async () => {
    await sql(
      `update booking.offer set expires_at = now() where booking_id = $1 and driver_id = $2 and state = 'open'`,
      [bookingId, named(name)],
    );
    await sql(`update booking.booking set dispatch_due_at = now() where booking_id = $1`, [bookingId]);
    expect(await act.asked(bookingId)).toContain(`${named(name)}: expired`);
  });
/** From here on they think for as long as they like. */
const thinksOn = (bookingId: string, driverId: string) =>
  eventually(async () => {
    const rows = await sql(
      `update booking.offer set expires_at = now() + interval '1 hour'
       where booking_id = $1 and driver_id = $2 and state = 'open' and expires_at > now() returning driver_id`,
      [bookingId, driverId],
    );
    expect(rows).toHaveLength(1);
  });

test('an accept that comes late counts while the booking is searched for and nobody else is asked', async () => {
  const driver = named('late');
  await goOnDuty(system, driver, { at });
  const { booking_id } = await act.book('ana', { pickup: at });
  await hasMissed(booking_id, 'late');
  expect(await act.accept(driver, booking_id)).toMatchObject({
    status: 200,
    body: { status: 'Accepted', driver_id: driver },
  });
  expect((await act.accept(driver, booking_id)).status).toBe(200);
  const work = await sql(
    'select open_offers, offers_accepted, job_booking_id from booking.driver where driver_id = $1',
    [driver],
  );
  expect(work).toEqual([{ open_offers: 0, offers_accepted: 1, job_booking_id: booking_id }]);
  expect(await act.asked(booking_id)).toEqual([`${driver}: accepted`]);
});

test('it counts, too, where nobody has looked at the offer since its time was up', async () => {
  const driver = named('late');
  await goOnDuty(system, driver, { at });
  const { booking_id } = await act.book('ana', { pickup: at });
  await thinksOn(booking_id, driver);
  await sql(`update booking.booking set dispatch_due_at = now() + interval '1 hour' where booking_id = $1`, [
    booking_id,
  ]);
  await sql(`update booking.offer set expires_at = now() where booking_id = $1`, [booking_id]);
  expect(await act.accept(driver, booking_id)).toMatchObject({ status: 200, body: { driver_id: driver } });
  expect(await sql('select open_offers from booking.driver where driver_id = $1', [driver])).toEqual([
    { open_offers: 0 },
  ]);
});

test('an accept that comes late does not take the booking from one who is thinking about it', async () => {
  await goOnDuty(system, named('late'), { at });
  const { booking_id } = await act.book('ana', { pickup: at });
  await hasMissed(booking_id, 'late');
  await goOnDuty(system, named('thinking'), { at });
  await thinksOn(booking_id, named('thinking'));
  const late = await act.accept(named('late'), booking_id);
  expectRefusal(late, 'offer_not_open');
  expect(late.body.error.details).toEqual({ status: 'Searching' });
  expect((await act.accept(named('thinking'), booking_id)).status).toBe(200);
});

test('of many who come late at once, one gets the booking', async () => {
  const { booking_id } = await act.book('ana', { pickup: at });
  const names = ['a', 'b', 'c'];
  for (const name of names) await goOnDuty(system, named(name), { at });
  await Promise.all(names.map((name) => hasMissed(booking_id, name))); // as near as one another: asked in any order
  const answers = await Promise.all(names.map((name) => act.accept(named(name), booking_id)));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
});

test('who has declined, or comes when the search is over, gets nothing by coming late', async () => {
  await goOnDuty(system, named('unwilling'), { at });
  const { booking_id } = await act.book('ana', { pickup: at });
  await thinksOn(booking_id, named('unwilling'));
  expect((await act.decline(named('unwilling'), booking_id)).status).toBe(204);
  expectRefusal(await act.accept(named('unwilling'), booking_id), 'offer_not_open');
  await goOnDuty(system, named('late'), { at });
  await hasMissed(booking_id, 'late');
  await act.cancel('user', 'ana', booking_id);
  const late = await act.accept(named('late'), booking_id);
  expectRefusal(late, 'offer_not_open');
  expect(late.body.error.details).toEqual({ status: 'Cancelled' });
});

test('who is excluded by then gets nothing by coming late', async () => {
  await goOnDuty(system, named('late'), { at });
  const { booking_id } = await act.book('ana', { pickup: at });
  await hasMissed(booking_id, 'late');
  await sql(`insert into booking.excluded_driver (booking_id, driver_id, excluded_by) values ($1, $2, 'ops')`, [
    booking_id,
    named('late'),
  ]);
  expectRefusal(await act.accept(named('late'), booking_id), 'offer_not_open');
});

test('a late accept ends what else the driver is being asked about', async () => {
  const driver = named('popular');
  await goOnDuty(system, driver, { at });
  const first = await act.book('ana', { pickup: at });
  await hasMissed(first.booking_id, 'popular');
  const second = await act.book('ben', { pickup: at });
  await thinksOn(second.booking_id, driver);
  expect(await act.accept(driver, first.booking_id)).toMatchObject({ status: 200, body: { driver_id: driver } });
  expect(await sql('select open_offers from booking.driver where driver_id = $1', [driver])).toEqual([
    { open_offers: 0 },
  ]);
  expect(await act.asked(second.booking_id)).toEqual([`${driver}: withdrawn`]);
});

test('a driver who is on another job by then gets nothing by coming late', async () => {
  const driver = named('popular');
  await goOnDuty(system, driver, { at });
  const first = await act.book('ana', { pickup: at });
  await hasMissed(first.booking_id, 'popular');
  const second = await act.book('ben', { pickup: at });
  await thinksOn(second.booking_id, driver);
  expect((await act.accept(driver, second.booking_id)).status).toBe(200);
  expectRefusal(await act.accept(driver, first.booking_id), 'offer_not_open');
  expect(await act.show(first.booking_id)).toMatchObject({ status: 'Searching', driver_id: null });
});
