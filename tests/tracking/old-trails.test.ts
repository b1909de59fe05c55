import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { eventually } from '../../tools/testing/waiting.ts';
import { connectSql } from '../support/database.ts';
import { call } from '../support/http.ts';
import { advance } from '../support/people/people.ts';
import { lonelyPlace, startTrip, type Trip } from '../support/people/trip.ts';
import { type System, startSystem } from '../support/services/system.ts';

const TO_THE_END = [
  'En Route to Pickup',
  'Arrived at Pickup',
  'In Transit',
  'Arrived at Drop-off',
  'Delivered',
] as const;

let system: System;
let admin: pg.Client;
beforeAll(async () => {
  system = await startSystem({ MAX_REQUESTS_PER_SECOND: '10000' });
  admin = await connectSql(system.servers.databaseUrl);
});
afterAll(async () => {
  await admin.end();
  await system.stop();
});

async function send(driverId: string, points: unknown[]) {
  const token = system.token('driver', driverId);
  const answer = await call('POST', `${system.trackingUrl}/v1/locations`, { token, body: { points } });
  expect(answer).toMatchObject({ status: 200, body: { accepted: points.length } });
}
async function trailOf({ bookingId }: Trip) {
  const token = system.token('admin', 'ops');
  return (await call('GET', `${system.trackingUrl}/v1/bookings/${bookingId}/trail`, { token })).body;
}
const count = async (query: string, driverId: string): Promise<number> =>
  (await admin.query(`select count(*)::int from tracking.${query} driver_id = $1`, [driverId])).rows[0].count;

type Begun = Trip & { place: ReturnType<typeof lonelyPlace> };

/** A drive around a corner with a stop and a gap, of a trip that began ten minutes before it was delivered. */
function drive({ startedAt, place }: Begun) {
  return Array.from({ length: 60 }, (_, i) => ({
    latitude: place.latitude + Math.min(i, 20) * 1e-4,
    longitude: place.longitude + Math.max(0, i - 40) * 1e-4,
    recorded_at: new Date(startedAt + 1_000 + i * 1_000 + (i > 50 ? 200_000 : 0)).toISOString(),
  }));
}

/** A trip as it stands in the database so many days after it began, so long that all of its drive is in it. */
async function endedTrip(driverId: string, { daysAgo = 0 } = {}): Promise<Begun> {
  const place = lonelyPlace();
  const trip = await startTrip(system, { driverId, userId: `user of ${driverId}`, pickup: place });
  await admin.query(`update tracking.trip set started_at = started_at - interval '10 minutes' where booking_id = $1`, [
    trip.bookingId,
  ]);
  await admin.query('delete from tracking.position where driver_id = $1', [driverId]); // where they went on duty
  const begun = { ...trip, place, startedAt: trip.startedAt - 600_000 };
  await send(driverId, drive(begun));
  await advance(system, driverId, trip.bookingId, TO_THE_END);
  await eventually(async () => expect(await count('trip where ended_at is not null and', driverId)).toBe(1));
  await age(driverId, daysAgo);
  return begun;
}

async function age(driverId: string, days: number): Promise<void> {
  await admin.query(`begin;
    select tracking.maintain_partitions(current_date - ${days + 1}, current_date, current_date - ${days + 1});
    update tracking.position set recorded_at = recorded_at - interval '${days} days' where driver_id = '${driverId}';
    update tracking.trip set started_at = started_at - interval '${days} days',
      ended_at = ended_at - interval '${days} days' where driver_id = '${driverId}';
    commit`);
}

/** What happens each minute happens at the start of an instance, too. */
async function minutePasses(settings: Record<string, string> = {}): Promise<void> {
  await (await system.start.tracking(settings)).stop();
}

test('points that come after the trip has ended join its trail', async () => {
  const trip = await endedTrip('forgetful');
  await send('forgetful', [{ ...trip.place, recorded_at: new Date(trip.startedAt + 500).toISOString() }]);
  expect((await trailOf(trip)).geometry.coordinates).toHaveLength(61);
});

test('when the points of a trip are dropped, its trail is kept, in fewer positions that say the same', async () => {
  const trip = await endedTrip('old', { daysAgo: 40 });
  const before = await trailOf(trip);
  await eventually(async () => {
    await minutePasses();
    expect(await count('position where', 'old')).toBe(0);
  });
  const after = await trailOf(trip);
  expect(after.properties.distance_meters).toBe(before.properties.distance_meters);
  const [times, coordinates] = [before.properties.coordinateProperties.times, before.geometry.coordinates];
  // The start; the corner, when it was reached and left; both sides of the gap; the end.
  const kept = [0, 20, 40, 50, 51, 59];
  expect(after.geometry.coordinates).toEqual(kept.map((i) => coordinates[i]));
  expect(after.properties.coordinateProperties.times).toEqual(kept.map((i) => times[i]));
  expect(before.properties.segments).toEqual([
    [0, 50],
    [51, 59],
  ]);
  expect(after.properties.segments).toEqual([
    [0, 3],
    [4, 5],
  ]);
});

test('the days of a trip are kept for as long as points of it may come', async () => {
  const trip = await endedTrip('slow', { daysAgo: 40 });
  await admin.query(`update tracking.trip set ended_at = now() - interval '29 days' where driver_id = 'slow'`);
  await minutePasses();
  await minutePasses();
  expect((await trailOf(trip)).geometry.coordinates).toHaveLength(60);
  await admin.query(`update tracking.trip set ended_at = now() - interval '31 days' where driver_id = 'slow'`);
  await eventually(async () => {
    await minutePasses();
    expect(await count('position where', 'slow')).toBe(0);
  });
  expect((await trailOf(trip)).geometry.coordinates).toHaveLength(6);
});

test('a kept trail is deleted when its own retention is over', async () => {
  const trip = await endedTrip('older', { daysAgo: 45 });
  await eventually(async () => {
    await minutePasses({ KEPT_TRAIL_RETENTION_DAYS: '44' });
    expect(await count('trip where compacted_at is not null and', 'older')).toBe(1);
    expect(await count('trail where', 'older')).toBe(0);
    expect(await count('position where', 'older')).toBe(0);
  });
  expect(await trailOf(trip)).toMatchObject({ geometry: null });
});
