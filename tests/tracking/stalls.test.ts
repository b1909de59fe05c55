import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../../tools/testing/waiting.ts';
import { openSql, type Rows } from '../support/database.ts';
import { comeNear, lonelyPlace, startTrip, type Trip } from '../support/people/trip.ts';
import { type System, startSystem } from '../support/services/system.ts';

let system: System;
let sql: Rows;
let closeSql: () => Promise<void>;
beforeAll(async () => {
  system = await startSystem({ SIGNAL_SWEEP_MS: '50' });
  ({ sql, close: closeSql } = await openSql(system.servers.databaseUrl));
});
afterAll(async () => {
  await closeSql();
  await system.stop();
});

/** A trip whose driver has come as near as 4 km to the pickup. */
async function tripGoesWrong(driverId: string) {
  const pickup = lonelyPlace();
  const trip = await startTrip(system, { driverId, userId: 'ana', pickup });
  await sql('update tracking.trip set stage = 0, closest_meters = 4000 where booking_id = $1', [trip.bookingId]);
  return { ...trip, pickup };
}

/** As if the driver had not come nearer for so long. */
async function noProgressFor({ bookingId }: Trip, seconds: number): Promise<void> {
  await sql(`update tracking.trip set progress_at = now() - interval '${seconds} s' where booking_id = $1`, [
    bookingId,
  ]);
}

/** As if the driver had been warned of so long ago. */
async function warnedFor({ bookingId }: Trip, seconds: number): Promise<void> {
  await sql(`update tracking.trip set warned_at = now() - interval '${seconds} s' where booking_id = $1`, [bookingId]);
}

/** As if the driver had been silent for so long. */
async function silence(driverId: string, seconds: number): Promise<void> {
  const ago = `now() - interval '${seconds} s'`;
  await sql(`update tracking.driver set status_call_at = ${ago} where driver_id = $1`, [driverId]);
  await sql(`update tracking.driver_latest set heard_at = ${ago} where driver_id = $1`, [driverId]);
  await sql(`update tracking.driver_heard set heard_at = ${ago} where driver_id = $1`, [driverId]);
}

async function told(type: string, { bookingId }: Trip): Promise<Record<string, unknown>[]> {
  const rows = await sql('select body from tracking.outbox where type = $1 and aggregate_id = $2 order by id', [
    type,
    bookingId,
  ]);
  return rows.map((row) => JSON.parse(String(row['body'])).data);
}
const stalls = async (trip: Trip) =>
  (await told('driver.stalled', trip)).map((data) => `${data['step']}: ${data['reason']}`);

/** Resolves when all stalls of before this call have been told: one made for it is, in a sweep that began after. */
let witness: Trip | undefined;
async function sweep(): Promise<void> {
  witness ??= await tripGoesWrong('witness');
  for (let n = 0; n < 2; n += 1) await beSeen(witness); // of one sweep, the witness may be the first
}

async function beSeen(trip: Trip): Promise<void> {
  const before = (await stalls(trip)).length;
  await sql(`update tracking.trip set stalled = null, progress_at = now() - interval '200 s' where booking_id = $1`, [
    trip.bookingId,
  ]);
  await eventually(async () => expect(await stalls(trip)).toHaveLength(before + 1));
}

test('a driver who comes no nearer to the pickup is warned of, and later to be replaced, each once', async () => {
  const trip = await tripGoesWrong('lazy');
  await noProgressFor(trip, 165);
  await sweep();
  expect(await stalls(trip)).toEqual([]);
  await noProgressFor(trip, 181);
  await eventually(async () => expect(await stalls(trip)).toEqual(['warned: not_approaching']));
  await warnedFor(trip, 345);
  await noProgressFor(trip, 345);
  await sweep();
  expect(await stalls(trip)).toHaveLength(1);
  await noProgressFor(trip, 361);
  await eventually(async () =>
    expect(await stalls(trip)).toEqual(['warned: not_approaching', 'replace: not_approaching']),
  );
  await sweep();
  expect(await stalls(trip)).toHaveLength(2);
});

test('however long there was no progress before the warning, there is time after it', async () => {
  const trip = await tripGoesWrong('turned-back');
  await noProgressFor(trip, 3_600);
  await eventually(async () => expect(await stalls(trip)).toEqual(['warned: not_approaching']));
  await sweep();
  expect(await stalls(trip)).toHaveLength(1);
  await warnedFor(trip, 165);
  await sweep();
  expect(await stalls(trip)).toHaveLength(1);
  await warnedFor(trip, 181);
  await eventually(async () => expect((await stalls(trip)).at(-1)).toBe('replace: not_approaching'));
});

test('a driver who waits at the pickup with a sleeping phone is warned of and not replaced', async () => {
  const trip = await tripGoesWrong('loading');
  await comeNear(system, 'loading', { goal: trip.pickup, meters: [30] });
  await eventually(async () => expect((await told('driver.approaching', trip)).at(-1)?.['stage']).toBe('arrived'));
  await noProgressFor(trip, 3_600);
  await silence('loading', 125);
  await eventually(async () => expect(await stalls(trip)).toEqual(['warned: dark']));
  await warnedFor(trip, 3_600);
  await sweep();
  expect(await stalls(trip)).toHaveLength(1);
});

test('a driver who goes Dark on the way to the pickup is warned of at once', async () => {
  const trip = await tripGoesWrong('vanished');
  await silence('vanished', 125);
  await eventually(async () => expect(await stalls(trip)).toEqual(['warned: dark']));
});

test('coming nearer clears the warning, and whoever has come near is not stalled', async () => {
  const trip = await tripGoesWrong('slow');
  await noProgressFor(trip, 200);
  await eventually(async () => expect(await stalls(trip)).toHaveLength(1));
  await comeNear(system, 'slow', { goal: trip.pickup, meters: [3_000, 300] });
  await eventually(async () => expect((await told('driver.approaching', trip)).at(-1)?.['leg']).toBe('pickup'));
  await noProgressFor(trip, 1_000);
  await sweep();
  expect(await stalls(trip)).toHaveLength(1);
});

test('a driver whose phone is exact to 80 m only, and who comes nearer, is not replaced', async () => {
  const trip = await tripGoesWrong('blurred');
  await noProgressFor(trip, 181);
  await eventually(async () => expect(await stalls(trip)).toEqual(['warned: not_approaching']));
  await comeNear(system, 'blurred', { goal: trip.pickup, meters: [3_000], accuracy: 80 });
  await eventually(async () => {
    const [row] = await sql(
      "select stalled, progress_at > now() - interval '60 s' as has_come_nearer from tracking.trip where booking_id = $1",
      [trip.bookingId],
    );
    expect(row).toEqual({ stalled: null, has_come_nearer: true });
  });
  await noProgressFor(trip, 361); // standing there: warned of again, as at first
  await eventually(async () =>
    expect(await stalls(trip)).toEqual(['warned: not_approaching', 'warned: not_approaching']),
  );
});

test('a driver all of whose fixes are too inexact for the marker, and who comes nearer by them, keeps the job', async () => {
  const trip = await tripGoesWrong('indoors');
  await noProgressFor(trip, 181);
  await eventually(async () => expect(await stalls(trip)).toEqual(['warned: not_approaching']));
  await comeNear(system, 'indoors', { goal: trip.pickup, meters: [3_700, 3_400, 3_000], accuracy: 150 });
  await warnedFor(trip, 361);
  await noProgressFor(trip, 361);
  await eventually(async () => {
    const [row] = await sql(
      'select stalled, progress_at > now() - $2::interval as is_new from tracking.trip where booking_id = $1',
      [trip.bookingId, '60 s'],
    );
    expect(row).toEqual({ stalled: null, is_new: true });
  });
  expect(await stalls(trip)).toHaveLength(1);
  await comeNear(system, 'indoors', { goal: trip.pickup, meters: [3_000, 2_900, 3_100], accuracy: 150 });
  await noProgressFor(trip, 181); // going to and fro there
  await eventually(async () => expect(await stalls(trip)).toHaveLength(2));
});
