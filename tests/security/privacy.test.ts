import { readFileSync } from 'node:fs';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { CATALOGUE, columnsOf, renderCatalogue } from '../../tools/logi/privacy/catalogue.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { connectSql, openSql } from '../support/database.ts';
import { call } from '../support/http.ts';
import { long } from '../support/long.ts';
import { actors, north } from '../support/people/actors.ts';
import { acceptOffered, advance, book, bookingBody, goOnDuty, place, showBooking } from '../support/people/people.ts';
import { comeNear, lonelyPlace, startTrip } from '../support/people/trip.ts';
import { erase, exportOf, readSchema, rowsNaming, spawnPrivacy, whereIs } from '../support/services/privacy.ts';
import { type System, startSystem } from '../support/services/system.ts';

let system: System;
let act: ReturnType<typeof actors>;
beforeAll(async () => {
  system = await startSystem();
  act = actors(system);
});

let next = 0;
let user = '';
let driver = '';
let boss = '';
beforeEach(() => {
  next += 1;
  [user, driver, boss] = [`user no. ${next};`, `driver no. ${next};`, `boss no. ${next};`];
});

const as = (role: 'user' | 'driver' | 'admin', sub: string) => ({ token: system.token(role, sub) });

/** All that three people can leave behind: a trip with its points, a quote, a cancel in their own words, looks, and more. */
async function live(): Promise<{ trip: string; cancelled: string }> {
  const pickup = lonelyPlace();
  const { bookingId } = await startTrip(system, { driverId: driver, userId: user, pickup });
  await comeNear(system, driver, { goal: north(pickup, 300), meters: [250, 200, 150] });
  await advance(system, driver, bookingId, [
    'En Route to Pickup',
    'Arrived at Pickup',
    'Goods Collected',
    'In Transit',
  ]);
  const look = await call('GET', `${system.trackingUrl}/v1/drivers/${encodeURIComponent(driver)}`, as('admin', boss));
  expect(look.status).toBe(200);
  await advance(system, driver, bookingId, ['Arrived at Drop-off', 'Delivered']);
  await act.goOffDuty(driver);
  const estimate = { ...as('user', user), body: bookingBody({ at: pickup }) };
  expect((await call('POST', `${system.bookingUrl}/v1/estimates`, estimate)).status).toBe(200);
  const onBehalf = await call('POST', `${system.bookingUrl}/v1/bookings`, {
    ...as('admin', boss),
    body: { ...bookingBody({ at: pickup }), on_behalf_of: user },
    headers: { 'idempotency-key': `of ${boss}` },
  });
  const cancelled = onBehalf.body.booking_id;
  const exclude = `${system.bookingUrl}/v1/bookings/${cancelled}/excluded-drivers/${encodeURIComponent(driver)}`;
  expect((await call('PUT', exclude, as('admin', boss))).status).toBe(204);
  expect((await act.cancel('user', user, cancelled, `I, ${user}, have moved`)).status).toBe(200);
  return { trip: bookingId, cancelled };
}

/** Those who have nothing to do with it. */
async function bystanders() {
  const [userId, driverId] = [`bystander of ${next}`, `another driver of ${next}`];
  const { bookingId } = await startTrip(system, { driverId, userId });
  await advance(system, driverId, bookingId, ['En Route to Pickup', 'Arrived at Pickup', 'In Transit']);
  await advance(system, driverId, bookingId, ['Arrived at Drop-off', 'Delivered']);
  await act.goOffDuty(driverId);
  return async () => [await rowsNaming(system, userId), await rowsNaming(system, driverId)];
}

const [from, to] = [-3_600_000, 3_600_000].map((ms) => new Date(Date.now() + ms).toISOString());
const statistics = async () => {
  const { body } = await call(
    'GET',
    `${system.bookingUrl}/v1/admin/stats?${new URLSearchParams({ from: from ?? '', to: to ?? '' })}`,
    as('admin', 'ops'),
  );
  return JSON.stringify(body);
};

async function quiet(bookingId: string): Promise<void> {
  await eventually(async () => {
    const { sql, close } = await openSql(system.servers.databaseUrl);
    const rows = await sql('select from tracking.trip where booking_id = $1 and ended_at is null', [bookingId]);
    await sql('select booking.count_ended(null)');
    await close();
    expect(rows).toEqual([]);
  });
}

test('each table and column that there is has been thought about, and docs/privacy.md has it', async () => {
  const { sql } = await openSql(system.servers.databaseUrl);
  const columns = Map.groupBy(await readSchema(sql), ({ name }) => name);
  const real = [...columns].map(([name, each]) => [name, each.map(({ column }) => column).sort()]);
  const thoughtOf = [...CATALOGUE].map(([name, table]) => [name, columnsOf(table).sort()]);
  expect(Object.fromEntries(thoughtOf)).toEqual(Object.fromEntries(real));
  const document = readFileSync('docs/privacy.md', 'utf8').split('\n');
  expect(document).toEqual(expect.arrayContaining(renderCatalogue()));
});

test('an export has all that is kept of a user, of a driver and of an admin, and names no other admin', async () => {
  const { trip, cancelled } = await live();
  await quiet(trip);
  const ofUser = await exportOf(system, 'user', user);
  expect(Object.keys(ofUser.kept).sort()).toEqual(
    [
      ...['booking.audit', 'booking.booking', 'booking.history', 'booking.idempotency_key', 'booking.outbox'],
      ...['booking.quote', 'tracking.outbox', 'tracking.trip'],
    ].sort(),
  );
  expect(ofUser.kept['booking.booking']?.map(({ booking_id }) => booking_id).sort()).toEqual([trip, cancelled].sort());
  expect(JSON.stringify(ofUser)).not.toContain(boss);
  expect(JSON.stringify(ofUser)).toContain('have moved');
  const ofDriver = await exportOf(system, 'driver', driver);
  expect(Object.keys(ofDriver.kept)).toEqual(
    expect.arrayContaining([
      ...['booking.booking', 'booking.history', 'booking.offer', 'booking.driver', 'booking.candidate'],
      ...['booking.excluded_driver', 'booking.inbox_version', 'booking.outbox', 'tracking.driver', 'tracking.trip'],
      ...['tracking.driver_latest', 'tracking.driver_heard', 'tracking.position', 'tracking.audited_look'],
    ]),
  );
  expect(ofDriver.kept['tracking.position']).toHaveLength(4);
  expect(JSON.stringify(ofDriver)).not.toContain(boss);
  const ofAdmin = await exportOf(system, 'admin', boss);
  const acts = ofAdmin.kept['booking.audit']?.map(({ act: name }) => name).sort();
  expect(acts).toEqual(['booking.created', 'driver.excluded', 'position.read']);
});

test.each(['user', 'driver', 'admin'] as const)(
  'a %s who is erased is named nowhere, nobody else is touched, and the statistics stay',
  async (role) => {
    const { trip, cancelled } = await live();
    const others = await bystanders();
    await quiet(trip);
    const sub = { user, driver, admin: boss }[role];
    await whereIs(system, sub).then((columns) => expect(columns.length).toBeGreaterThan(3));
    const before = { others: await others(), statistics: await statistics() };
    const { pseudonym, changed } = await erase(system, role, sub);
    expect(Object.keys(changed).length).toBeGreaterThan(3);
    const left = await whereIs(system, sub);
    expect(left).toEqual([]);
    expect(await exportOf(system, role, sub)).toMatchObject({ kept: {} });
    expect(await others()).toEqual(before.others);
    expect(await statistics()).toBe(before.statistics.replaceAll(sub, role === 'driver' ? pseudonym : sub));

    const shown = await showBooking(system, trip);
    expect(shown).toMatchObject({ status: 'Delivered', ...(role !== 'admin' && { [`${role}_id`]: pseudonym }) });
    const trail = await call('GET', `${system.trackingUrl}/v1/bookings/${trip}/trail`, as('admin', 'ops'));
    expect(trail.body.geometry?.coordinates.length > 0).toBe(role === 'admin');
    if (role === 'user') {
      const [longitude, latitude] = shown.pickup_location.coordinates;
      expect([longitude * 10, latitude * 10].map((tenths) => Math.abs(tenths - Math.round(tenths)) < 1e-9)).toEqual([
        true,
        true,
      ]);
      expect((await act.history(cancelled)).at(-1)).toMatchObject({ reason: 'other', actor: { id: pseudonym } });
    }
    const { body } = await call(
      'GET',
      `${system.bookingUrl}/v1/audit?act=principal.erased&limit=1`,
      as('admin', 'ops'),
    );
    expect(body.items[0]).toMatchObject({
      actor: { role: 'operator', id: 'tester' },
      subject: { kind: role, id: pseudonym },
    });
  },
);
test('who comes back under the same id is somebody new: books, drives and is heard as anybody', async () => {
  const { trip } = await live();
  await quiet(trip);
  await erase(system, 'user', user);
  await erase(system, 'driver', driver);
  const at = lonelyPlace();
  await goOnDuty(system, driver, { at });
  const booking = await book(system, user, { at });
  await acceptOffered(system, driver, booking.booking_id);
  await eventually(async () => {
    const me = await call('GET', `${system.trackingUrl}/v1/drivers/me`, as('driver', driver));
    expect(me.body).toMatchObject({ status: 'Busy', booking_id: booking.booking_id });
  });
});

describe('while others count on them', () => {
  test.each(['user', 'driver'] as const)('a %s with a booking under way is not erased', async (role) => {
    const { bookingId } = await startTrip(system, { driverId: driver, userId: user });
    const sub = role === 'user' ? user : driver;
    const { status, output, errors } = await spawnPrivacy(system, ['erase', role, sub]).ended();
    expect({ status, output }).toEqual({ status: 1, output: '' });
    expect(errors).toContain(`a booking of theirs has not ended: ${bookingId} (Accepted)`);
    expect(await showBooking(system, bookingId)).toMatchObject({ [`${role}_id`]: sub });
  });

  test('nor a user with a scheduled one', async () => {
    await book(system, user, { at: place(next), scheduledAt: new Date(Date.now() + 7_200_000) });
    const { status, errors } = await spawnPrivacy(system, ['erase', 'user', user]).ended();
    expect(status).toBe(1);
    expect(errors).toContain('(Scheduled)');
  });
});

test('an erasure that is killed has done nothing, and can be made again; the second time there is nothing to do', async () => {
  const { trip } = await live();
  await quiet(trip);
  const before = await rowsNaming(system, user);
  const client = await connectSql(system.servers.databaseUrl);
  await client.query('begin; lock table booking.idempotency_key in exclusive mode');
  const erasing = spawnPrivacy(system, ['erase', 'user', user]);
  const { sql } = await openSql(system.servers.databaseUrl);
  const erasures = () =>
    sql(`select wait_event_type as waits_for from pg_stat_activity
      where application_name = 'privacy' and datname = current_database()`);
  await eventually(async () => expect(await erasures()).toEqual([{ waits_for: 'Lock' }]));
  await erasing.kill();
  await client.query('rollback');
  await eventually(async () => expect(await erasures()).toEqual([]));
  expect(await rowsNaming(system, user)).toEqual(before);
  await erase(system, 'user', user);
  expect(await whereIs(system, user)).toEqual([]);
  const told = await spawnPrivacy(system, ['erase', 'user', user, '--backup-days', '30']).ended();
  expect(told).toMatchObject({ status: 0, output: expect.stringContaining('nothing is kept of the user') });
  expect(told.output).toMatch(/backups, archived WAL +20\d\d-/);
  expect(told.output).toMatch(/stream gateway\.notifications +20\d\d-/);
});

test('a block holds on when its person is erased; once it is lifted their id goes, too, and a new block holds', async () => {
  const url = `${system.bookingUrl}/v1/blocks?${new URLSearchParams({ role: 'user', sub: user })}`;
  const put = () => call('PUT', url, { ...as('admin', boss), body: { reason: `knows ${user}` } });
  const answers = async () => {
    const look = `${system.trackingUrl}/v1/drivers/nearby?latitude=1&longitude=1&vehicle_type=van`;
    const of = await Promise.all(
      [`${system.bookingUrl}/v1/bookings`, look].map((to) => call('GET', to, as('user', user))),
    );
    return of.map(({ status }) => status);
  };
  expect((await put()).status).toBe(200);
  await eventually(async () => expect(await answers()).toEqual([403, 403]));
  await erase(system, 'user', user);
  expect(await answers()).toEqual([403, 403]);
  expect(await whereIs(system, user)).toEqual(['booking.block.sub', 'tracking.block.sub']);
  expect((await call('DELETE', url, as('admin', boss))).status).toBe(204);
  await eventually(async () => expect(await answers()).toEqual([200, 200]));
  await erase(system, 'user', user);
  expect(await whereIs(system, user)).toEqual([]);
  expect((await put()).status).toBe(200);
  await eventually(async () => expect(await answers()).toEqual([403, 403]));
});

const ODD_ID = 'Ünï "quoted" \\ back\tslash $1 :role ::text';
const MORE_ODD_IDS = ['a.#.b*', "'; drop table booking.history -- %_", '\u{1F69A}'.repeat(128), 'driver'];

test(`any id can be exported and erased, and no other with it: ${ODD_ID}`, () => eraseOdd(ODD_ID));
long.each(MORE_ODD_IDS)('the same goes for %s', (id) => eraseOdd(id));

async function eraseOdd(id: string): Promise<void> {
  const own = await book(system, id, { at: place(next) });
  expect((await act.cancel('user', id, own.booking_id, 'I have moved')).status).toBe(200);
  await goOnDuty(system, id, { at: place(next + 100) });
  await act.goOffDuty(id);
  const { kept } = await exportOf(system, 'user', id);
  expect(kept['booking.booking']).toHaveLength(1);
  expect(Object.keys(kept)).not.toContain('tracking.driver');
  const ofDriver = async () => {
    const rows = await rowsNaming(system, id);
    const naming = `"driver_id": ${JSON.stringify(id)}`;
    return ['booking.driver', 'tracking.driver', 'tracking.driver_latest', 'tracking.position'].map((name) =>
      rows[name]?.filter((row) => row.includes(naming)),
    );
  };
  const before = await ofDriver();
  const { pseudonym } = await erase(system, 'user', id);
  expect(await showBooking(system, own.booking_id)).toMatchObject({ user_id: pseudonym });
  expect(await ofDriver()).toEqual(before);
  await erase(system, 'driver', id);
  if (id !== 'driver') expect(await whereIs(system, id)).toEqual([]);
}

test('dead letters tell of nobody who was erased, and can be replayed still', async () => {
  const { trip } = await live();
  await quiet(trip);
  const { sql } = await openSql(system.servers.databaseUrl);
  await sql(
    `insert into operations.dead_letter (queue, message_id, type, reason, attempt, died_at, headers, body)
     select 'tracking.booking-events', event_id::text, type, 'refused: ' || $1::text, 1, now(), '{"x-who": "somebody"}'::json, convert_to(body, 'UTF8')
     from booking.outbox where aggregate_id = $2
     union all
     select 'tracking.booking-events', 'broken', 'no.event', 'malformed', 1, now(), '{}', convert_to('{"somebody": "' || $1::text || '"}', 'UTF8')`,
    [user, trip],
  );
  await erase(system, 'user', user);
  expect(await whereIs(system, user)).toEqual([]);
  const rows = await sql(
    `select convert_from(body, 'UTF8') as body, reason from operations.dead_letter where type like 'booking.%'`,
  );
  expect(rows.length).toBeGreaterThan(3);
  for (const { body, reason } of rows) {
    expect(reason).toBe('erased');
    expect(JSON.parse(String(body)).data.user_id).toMatch(/^erased-/);
  }
});
