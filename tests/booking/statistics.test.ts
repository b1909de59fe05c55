import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Booking } from '@logi/contracts';
import { createRandom } from '../../tools/testing/random.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { openSql, type Rows } from '../support/database.ts';
import { call } from '../support/http.ts';
import { actors, BERLIN, north } from '../support/people/actors.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { addBookings, scan } from './statistics-scan.ts';

/* One booking of each fate, all of one driver, and what the figures make of them. */

const COLLECTED = ['En Route to Pickup', 'Arrived at Pickup', 'Goods Collected'];
/** On to the drop-off, back on the road since it was the wrong door, and there. */
const DELIVERED = ['In Transit', 'Arrived at Drop-off', 'In Transit', 'Arrived at Drop-off', 'Delivered'];

let system: System;
let sql: Rows;
let act: ReturnType<typeof actors>;
let from: string;
const made: Record<string, Booking> = {};

beforeAll(async () => {
  system = await startSystem({ SEARCH_RETRY_MS: '200' });
  ({ sql } = await openSql(system.servers.databaseUrl));
  act = actors(system);
  from = new Date().toISOString();
  await act.goOnDuty('worker', BERLIN);
  const delivered = await acceptedBooking('delivered');
  for (const status of [...COLLECTED, ...DELIVERED]) await advance(delivered, status);
  const returned = await acceptedBooking('returned');
  for (const status of COLLECTED) await advance(returned, status);
  await act.cancel('user', 'ana', returned);
  await advance(returned, 'Returned');
  const givenBack = await acceptedBooking('given back');
  await act.cancel('driver', 'worker', givenBack);
  await act.cancel('user', 'ana', givenBack, 'changed_plans');
  made['cancelled'] = await act.book('ana', { pickup: north(BERLIN, 100_000), vehicleType: 'car' });
  await act.cancel('user', 'ana', made['cancelled'].booking_id, 'a reason of my own');
  made['not found'] = await act.book('ana', { pickup: north(BERLIN, 200_000) });
  await endSearch(made['not found'].booking_id);
}, 120_000);
afterAll(() => system.stop());

async function acceptedBooking(fate: string): Promise<string> {
  const booking = await act.book('ana', { pickup: BERLIN });
  made[fate] = booking;
  await act.askedDriver(booking.booking_id);
  expect((await act.accept('worker', booking.booking_id)).status).toBe(200);
  return booking.booking_id;
}

/** Lets the search's time be up. Again and again: an answer of tracking's may have put the next look off meanwhile. */
async function endSearch(bookingId: string): Promise<void> {
  await eventually(async () => {
    await sql(
      `update booking.booking set search_deadline = now(), dispatch_due_at = now()
       where booking_id = $1 and status = 'Searching'`,
      [bookingId],
    );
    expect((await act.show(bookingId)).status).toBe('No Driver Found');
  });
}

async function advance(bookingId: string, status: string): Promise<void> {
  expect(await act.advance('worker', bookingId, status)).toMatchObject({ status: 200 });
}

async function stats(query = `from=${from}`) {
  const url = `${system.bookingUrl}/v1/admin/stats?${query}`;
  return (await call('GET', url, { token: system.token('admin', 'ops') })).body;
}

test('a trip is completed by its delivery alone: goods that came back are no trip and earn nothing', async () => {
  const { funnel, trips_completed, drivers } = await stats();
  expect(trips_completed).toBe(1);
  expect(funnel).toMatchObject({
    bookings: 5,
    collected: 2,
    trips_completed: 1,
    cancelled: 2,
    no_driver_found: 1,
    completed_value: made['delivered']?.price_estimate,
  });
  expect(drivers).toMatchObject([{ driver_id: 'worker', trips_completed: 1 }]);
});

test('who gave a booking back has not accepted it, as far as the booking goes, and has as far as the driver does', async () => {
  const { funnel, drivers } = await stats();
  expect(funnel).toMatchObject({ offered: 3, accepted: 2 });
  expect(drivers).toMatchObject([{ offers: 3, accepted: 3, given_back: 1, declined: 0, expired: 0 }]);
});

test('every booking that ended without a trip is there with its reason, and what is nobody’s code is other', async () => {
  const { reasons } = (await stats()).funnel;
  expect(reasons).toHaveLength(4);
  expect(reasons).toEqual(
    expect.arrayContaining([
      { status: 'Cancelled', reason: 'changed_plans', bookings: 1 },
      { status: 'Cancelled', reason: 'other', bookings: 1 },
      { status: 'No Driver Found', reason: 'no_driver_nearby', bookings: 1 },
      { status: 'Returned', reason: 'none', bookings: 1 },
    ]),
  );
});

test('a trip lasts from the first time the goods were collected, and only delivered ones count', async () => {
  const booking_id = made['delivered']?.booking_id ?? '';
  const collected = (await act.history(booking_id)).find(({ to }: { to: string }) => to === 'Goods Collected');
  const [row] = await sql('select collected_at from booking.booking where booking_id = $1', [booking_id]);
  expect(row?.['collected_at']).toEqual(new Date(collected.at));
  await sql(
    `update booking.booking set collected_at = ended_at - case when booking_id = $1
    then interval '100 s' else interval '9000 s' end where collected_at is not null`,
    [booking_id],
  );
  const { average_trip_seconds, funnel, drivers } = await stats();
  expect([average_trip_seconds, funnel.average_trip_seconds, drivers[0].average_trip_seconds]).toEqual([100, 100, 100]);
});

test('the figures are of the bookings made in the range, and of each vehicle type', async () => {
  const { by_vehicle_type } = await stats();
  expect(by_vehicle_type).toMatchObject([
    { vehicle_type: 'car', bookings: 1, cancelled: 1 },
    { vehicle_type: 'van', bookings: 4, trips_completed: 1 },
  ]);
  const last = made['not found']?.created_at;
  expect((await stats(`from=${from}&to=${last}`)).funnel.bookings).toBe(4);
  expect((await stats(`from=${last}`)).funnel.bookings).toBe(1);
});

/* Of past days: bookings of every status, and what a scan of them says beside what the statistics say. */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const PAST_DAYS = 4;
/** A midnight. */
const pastFrom = Math.floor(Date.now() / DAY_MS - PAST_DAYS - 2) * DAY_MS;

async function expectAsScanned(seed: string): Promise<void> {
  const random = createRandom(seed);
  const any = () => Math.floor(pastFrom + random.next() * PAST_DAYS * DAY_MS);
  const full = (at: number, unitMs: number) => Math.floor(at / unitMs) * unitMs;
  const [a, b, c, d, e, f] = [any(), any(), any(), any(), any(), any()];
  const ranges = [
    [pastFrom, pastFrom + PAST_DAYS * DAY_MS],
    [a, b],
    [c, c + 90 * 60_000],
    [full(d, HOUR_MS), full(d, HOUR_MS) + 7 * HOUR_MS],
    [full(d, HOUR_MS), full(d, HOUR_MS) + 1],
    [full(e, HOUR_MS) - 1, full(e, HOUR_MS) + HOUR_MS + 1],
    [full(e, DAY_MS) - 1, full(e, DAY_MS) + DAY_MS + 1],
    [full(f, DAY_MS), full(f, DAY_MS) + DAY_MS],
  ];
  for (const range of ranges) {
    const [from, to] = range.sort().map((at) => new Date(at).toISOString());
    const { funnel, by_vehicle_type, by_hour, by_status, drivers, series } = await stats(`from=${from}&to=${to}`);
    const { by_both, ...scanned } = await scan(sql, from ?? '', to ?? '');
    expect({ range: [from, to], funnel, by_vehicle_type, by_hour, by_status, drivers }).toEqual({
      range: [from, to],
      ...scanned,
    });
    expect(withoutHoles(series)).toEqual(by_both);
  }
}

type Series = { hours: string[]; by_vehicle_type: Record<string, (number | null)[]>[] };

function withoutHoles({ hours, by_vehicle_type }: Series) {
  return hours.flatMap((hour, index) =>
    by_vehicle_type.flatMap(({ vehicle_type, ...columns }) => {
      const values = Object.entries(columns).map(([name, column]) => [name, column[index]]);
      return columns['bookings']?.[index] === 0 ? [] : { vehicle_type, hour, ...Object.fromEntries(values) };
    }),
  );
}

const uncounted = async () => (await sql('select count(*)::int as n from booking.ended_uncounted'))[0]?.['n'];
/** Counts, or waits for whoever is counting. */
const count = () =>
  eventually(async () => {
    await sql('select booking.count_ended(null)');
    expect(await uncounted()).toBe(0);
  });

test('figures from sums are those of a scan: counted or not, ended since, ended twice, and counted by two at once', async () => {
  await addBookings(sql, { seed: 'first', count: 1_500, first: new Date(pastFrom), days: PAST_DAYS });
  await expectAsScanned('not counted, or half of it');
  await eventually(async () => expect(await uncounted()).toBe(0));
  await expectAsScanned('counted');
  const other = await system.start.booking();
  await addBookings(sql, { seed: 'second', count: 500, first: new Date(pastFrom), days: PAST_DAYS });
  await sql(`update booking.booking set status = 'Delivered', ended_at = coalesce(collected_at, created_at) + interval '7.077 s'
    where user_id = 'many' and status in ('Goods Collected', 'In Transit', 'Arrived at Drop-off')`);
  await sql(`update booking.booking set status = status where user_id = 'many'`);
  await expectAsScanned('more, some of it counted');
  await count();
  await other.stop();
  await expectAsScanned('all counted');
}, 120_000);

test('a booking that was made days ago and ends now counts once, whatever is said again', async () => {
  const user = 'late';
  const at = new Date(pastFrom - DAY_MS + 1.5 * HOUR_MS);
  const { booking_id } = await act.book(user, { pickup: north(BERLIN, 150_000), vehicleType: 'truck' });
  await sql('update booking.booking set created_at = $1 where booking_id = $2', [at, booking_id]);
  const counted = async () => {
    const [from, to] = [-1, 1].map((hours) => new Date(at.getTime() + hours * HOUR_MS).toISOString());
    return (await stats(`from=${from}&to=${to}`)).by_status;
  };
  expect(await counted()).toEqual([{ status: 'Searching', bookings: 1 }]);
  for (const _ of ['once', 'again']) expect((await act.cancel('user', user, booking_id)).status).toBe(200);
  expect(await counted()).toEqual([{ status: 'Cancelled', bookings: 1 }]);
  await count();
  // What was told is told once more, as by a dead letter that is replayed.
  await sql(`update tracking.outbox set published_at = null where ordering_key = $1`, [booking_id]);
  await sql(`update booking.outbox set published_at = null where ordering_key = $1`, [booking_id]);
  await eventually(async () =>
    expect(
      await sql(
        'select from booking.outbox where published_at is null union all select from tracking.outbox where published_at is null',
      ),
    ).toEqual([]),
  );
  await count();
  expect(await counted()).toEqual([{ status: 'Cancelled', bookings: 1 }]);
});

test('an operator’s new reason is counted under its name from the first booking on, and a recount changes nothing', async () => {
  await count();
  await sql(
    `insert into booking.cancellation_reason (reason, roles, description) values ('Ana has moved', '{user}', 'x')`,
  );
  await expectAsScanned('a reason more');
  await sql(`delete from booking.cancellation_reason where reason = 'Ana has moved'`);
  await expectAsScanned('a reason less');
  await sql('select booking.recount_ended()');
  await expectAsScanned('recounted');
});
