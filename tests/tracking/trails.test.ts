import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type pg from 'pg';
import { connectSql } from '../support/database.ts';
import { call } from '../support/http.ts';
import { inTwoSizes } from '../support/long.ts';
import { lonelyPlace, startPastTrip, startTrip, type Trip } from '../support/people/trip.ts';
import { type System, startSystem } from '../support/services/system.ts';

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

type Sent = { latitude: number; longitude: number; recorded_at: string; seq?: number; accuracy?: number };

async function send(driverId: string, points: unknown[]) {
  const token = system.token('driver', driverId);
  const answer = await call('POST', `${system.trackingUrl}/v1/locations`, { token, body: { points } });
  expect(answer.status).toBe(200);
  return answer;
}
const trailOf = (bookingId: string, token = system.token('admin', 'ops')) =>
  call('GET', `${system.trackingUrl}/v1/bookings/${bookingId}/trail`, { token });
const latestOf = async (driverId: string) =>
  (await call('GET', `${system.trackingUrl}/v1/drivers/me`, { token: system.token('driver', driverId) })).body;

/** A point some milliseconds after the trip began and some hundred-thousandths of a degree from where it began. */
function point(trip: Trip, ms: number, [east, north]: [number, number]): Sent {
  const recorded_at = new Date(trip.startedAt + ms).toISOString();
  return { latitude: PLACE.latitude + north / 1e5, longitude: PLACE.longitude + east / 1e5, recorded_at };
}
const PLACE = lonelyPlace();

async function anyDeliveryIsTheSame(numRuns: number): Promise<void> {
  const trips: { driverId: string; trip: Trip }[] = [];
  for (const driverId of ['meta-1', 'meta-2']) {
    trips.push({
      driverId,
      trip: await startPastTrip(system, { driverId, userId: `user of ${driverId}`, pickup: PLACE }),
    });
  }
  const startedAt = Math.max(...trips.map(({ trip }) => trip.startedAt));
  // Times collide, places repeat, some fixes are bad and some jump: all that an arrival order could matter for.
  const anyPoint = fc.record({
    ms: fc.integer({ min: 1, max: 5 }).map((n) => n * 8_000),
    place: fc.tuple(fc.integer({ min: 0, max: 60 }), fc.constantFrom(0, 20, 90_000)),
    seq: fc.option(fc.nat(2), { nil: undefined }),
    accuracy: fc.constantFrom(undefined, 5, 5_000),
  });
  const anyDelivery = fc.record({
    raw: fc.array(anyPoint, { minLength: 2, maxLength: 25 }),
    seed: fc.infiniteStream(fc.nat(1_000)),
    cuts: fc.array(fc.nat(25), { maxLength: 4 }),
  });
  await fc.assert(
    fc
      .asyncProperty(anyDelivery, async ({ raw, seed, cuts }) => {
        const trip = { bookingId: '', startedAt };
        const anyPoints = raw.map(({ ms, place, seq, accuracy }) => ({
          ...point(trip, ms, place),
          ...(seq !== undefined && { seq }),
          ...(accuracy !== undefined && { accuracy }),
        }));
        // One that is good, or the latest would be where each driver went on duty.
        const points = [...anyPoints, point(trip, 8_000, [0, 0])];
        const shuffled = points.map((each) => ({ each, key: seed.next().value ?? 0 })).sort((a, b) => a.key - b.key);
        const again = [...shuffled, ...shuffled.slice(0, 5)].map(({ each }) => each);
        const [inOrder, otherwise] = trips;
        if (!inOrder || !otherwise) throw new Error('two trips are needed');
        await send(inOrder.driverId, points);
        let from = 0;
        for (const to of [...cuts.sort((a, b) => a - b), again.length]) {
          await send(otherwise.driverId, again.slice(from, to));
          from = Math.max(from, to);
        }
        const [a, b] = [await trailOf(inOrder.trip.bookingId), await trailOf(otherwise.trip.bookingId)];
        expect(b.body.geometry).toEqual(a.body.geometry);
        expect({ ...b.body.properties, booking_id: '', driver_id: '' }).toEqual({
          ...a.body.properties,
          booking_id: '',
          driver_id: '',
        });
        const [meA, meB] = [await latestOf(inOrder.driverId), await latestOf(otherwise.driverId)];
        expect([meB.latitude, meB.longitude, meB.recorded_at]).toEqual([meA.latitude, meA.longitude, meA.recorded_at]);
      })
      .afterEach(async () => {
        await admin.query(`delete from tracking.position where driver_id like 'meta-%'`);
        await admin.query(`delete from tracking.driver_latest where driver_id like 'meta-%'`);
      }),
    { numRuns },
  );
}

inTwoSizes(
  'any order, split or repetition of a trip’s points gives the same trail, distance and latest',
  { short: 20, long: 100 },
  { run: anyDeliveryIsTheSame, timeoutMs: 300_000 },
);

test('of two different points of one instant, the marker is at the same one whichever came first', async () => {
  const recorded_at = new Date().toISOString();
  const points = [
    { latitude: -10, longitude: -10, recorded_at },
    { latitude: -10, longitude: -11, recorded_at },
    { latitude: -11, longitude: -9, recorded_at },
  ];
  for (const each of points) await send('tie-forward', [each]);
  for (const each of points.toReversed()) await send('tie-backward', [each]);
  const [forward, backward] = [await latestOf('tie-forward'), await latestOf('tie-backward')];
  expect({ ...backward, driver_id: '' }).toEqual({ ...forward, driver_id: '' });
});

test('bad fixes are kept with their reason, and neither the trail nor the marker uses them', async () => {
  const driverId = 'careless';
  const trip = await startPastTrip(system, { driverId, userId: 'ana' });
  const good = [point(trip, 1_000, [0, 0]), point(trip, 2_000, [10, 0]), point(trip, 5_000, [20, 0])];
  const zero = { ...point(trip, 6_000, [0, 0]), latitude: 0, longitude: 0 };
  const blurred = { ...point(trip, 7_000, [30, 0]), accuracy: 900 };
  const jump = point(trip, 3_000, [0, 200_000]);
  const { body } = await send(driverId, [...good, zero, blurred, jump]);
  expect(body).toEqual({ accepted: 6, rejected: [] });
  const trail = (await trailOf(trip.bookingId)).body;
  expect(trail.geometry.coordinates).toEqual(good.map(({ longitude, latitude }) => [longitude, latitude]));
  expect(trail.properties.coordinateProperties.times).toEqual(good.map((each) => each.recorded_at));
  expect((await latestOf(driverId)).recorded_at).toBe(good[2]?.recorded_at);
  const kept = await admin.query('select flaw from tracking.position where driver_id = $1 and flaw is not null', [
    driverId,
  ]);
  expect(kept.rows.map((row) => row.flaw).sort()).toEqual(['inaccurate', 'null_island']);
});

test('a late point joins the trail and does not move the marker back', async () => {
  const driverId = 'late';
  const trip = await startPastTrip(system, { driverId, userId: 'ana' });
  await send(driverId, [point(trip, 9_000, [9, 0])]);
  await send(driverId, [point(trip, 4_000, [4, 0]), point(trip, 6_000, [6, 0])]);
  expect((await latestOf(driverId)).recorded_at).toBe(point(trip, 9_000, [9, 0]).recorded_at);
  const { geometry } = (await trailOf(trip.bookingId)).body;
  expect(geometry.coordinates.map(([longitude]: [number]) => Math.round((longitude - PLACE.longitude) * 1e5))).toEqual([
    4, 6, 9,
  ]);
});

test('only the points of the trip’s own time and driver are in its trail', async () => {
  const trip = await startPastTrip(system, { driverId: 'punctual', userId: 'ana' });
  await startTrip(system, { driverId: 'other', userId: 'ben', pickup: lonelyPlace() });
  await send('other', [point(trip, 1_500, [1, 0])]);
  await send('punctual', [point(trip, -600_000, [0, 0]), point(trip, 1_000, [1, 0]), point(trip, 2_000, [2, 0])]);
  expect((await trailOf(trip.bookingId)).body.geometry.coordinates).toHaveLength(2);
});

test('before there are two positions the trail has no geometry', async () => {
  const trip = await startTrip(system, { driverId: 'fresh', userId: 'ana', pickup: lonelyPlace() });
  expect((await trailOf(trip.bookingId)).body).toMatchObject({ geometry: null, properties: { distance_meters: 0 } });
});
