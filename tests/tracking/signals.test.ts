import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { eventually } from '../../tools/testing/waiting.ts';
import { connectSql } from '../support/database.ts';
import { call } from '../support/http.ts';
import { advance } from '../support/people/people.ts';
import { comeNear, lonelyPlace, startTrip, type Trip } from '../support/people/trip.ts';
import { type System, startSystem } from '../support/services/system.ts';

let system: System;
let admin: pg.Client;
beforeAll(async () => {
  system = await startSystem({ SIGNAL_SWEEP_MS: '50' });
  admin = await connectSql(system.servers.databaseUrl);
});
afterAll(async () => {
  await admin.end();
  await system.stop();
});

const PLACE = { latitude: 10, longitude: 20 };

const goOnDuty = (driverId: string) =>
  call('PUT', `${system.trackingUrl}/v1/drivers/me/status`, {
    token: system.token('driver', driverId),
    body: { status: 'Available', vehicle_type: 'bike', ...PLACE },
  });
const send = (driverId: string, point: object) =>
  call('POST', `${system.trackingUrl}/v1/locations`, {
    token: system.token('driver', driverId),
    body: { points: [point] },
  });
/** Asked by an admin: a driver who asks is heard of. */
const report = async (driverId: string) =>
  (await call('GET', `${system.trackingUrl}/v1/drivers/${driverId}`, { token: system.token('admin', 'ada') })).body;
const statusOf = async (driverId: string) => (await report(driverId)).status;

/** As if the driver had been silent for so long. */
async function silence(driverId: string, seconds: number): Promise<void> {
  const ago = `now() - interval '${seconds} s'`;
  await admin.query(`update tracking.driver set status_call_at = ${ago} where driver_id = $1`, [driverId]);
  await admin.query(`update tracking.driver_latest set heard_at = ${ago} where driver_id = $1`, [driverId]);
  await admin.query(`update tracking.driver_heard set heard_at = ${ago} where driver_id = $1`, [driverId]);
}

async function signalOf(driverId: string): Promise<string> {
  const { rows } = await admin.query('select signal from tracking.driver where driver_id = $1', [driverId]);
  return rows[0]?.signal;
}

/** Resolves after a sweep that began after this call: a driver made for it has been seen fading. */
let witnesses = 0;
async function sweep(): Promise<void> {
  witnesses += 1;
  const witness = `witness-${witnesses}`;
  await goOnDuty(witness);
  await silence(witness, 3_600);
  await eventually(async () => expect(await signalOf(witness)).toBe('Dark'));
}

async function events(type: string, aggregateId: string): Promise<Record<string, unknown>[]> {
  const { rows } = await admin.query(
    'select body from tracking.outbox where type = $1 and aggregate_id = $2 order by id',
    [type, aggregateId],
  );
  return rows.map((row) => JSON.parse(row.body).data);
}
const labels = async (driverId: string) =>
  (await events('driver.status_changed', driverId)).map((data) => data['status']);

test.each([
  [20, 'Live'],
  [31, 'Stale'],
  [105, 'Stale'],
  [121, 'Dark'],
])('after %i s of silence a signal is %s', async (seconds, signal) => {
  const driverId = `silent-${seconds}`;
  await goOnDuty(driverId);
  await silence(driverId, seconds);
  await sweep();
  expect(await signalOf(driverId)).toBe(signal);
});

test('a Dark driver is Unreachable, and back with the next point', async () => {
  await goOnDuty('tunnel');
  await silence('tunnel', 125);
  await eventually(async () => expect(await statusOf('tunnel')).toBe('Unreachable'));
  await send('tunnel', PLACE);
  await eventually(async () => expect(await statusOf('tunnel')).toBe('Available'));
  expect(await labels('tunnel')).toEqual(['Available', 'Unreachable', 'Available']);
});

test('an app that reports at the edge of Dark does not come and go', async () => {
  await goOnDuty('edge');
  for (const seconds of [121, 130, 110, 150, 165]) {
    await silence('edge', seconds);
    await sweep();
    await send('edge', PLACE);
    await eventually(async () => expect(await signalOf('edge')).toBe('Live'));
  }
  expect(await labels('edge')).toEqual(['Available', 'Unreachable', 'Available']);
  await silence('edge', 181);
  await eventually(async () => expect(await statusOf('edge')).toBe('Unreachable'));
});

test('between Live and Stale the label does not change, and nothing is told', async () => {
  await goOnDuty('kerb');
  for (const seconds of [31, 60, 110]) {
    await silence('kerb', seconds);
    await eventually(async () => expect(await signalOf('kerb')).toBe('Stale'));
    await send('kerb', PLACE);
    await eventually(async () => expect(await signalOf('kerb')).toBe('Live'));
  }
  expect(await labels('kerb')).toEqual(['Available']);
});

test('whoever sends anything is heard of, and has a place only from a fresh fix on', async () => {
  const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
  await send('offline', { ...PLACE, recorded_at: hoursAgo(3) });
  const token = system.token('driver', 'offline');
  const body = { status: 'Available', vehicle_type: 'bike' };
  await call('PUT', `${system.trackingUrl}/v1/drivers/me/status`, { token, body });
  await silence('offline', 7_200);
  await eventually(async () => expect(await statusOf('offline')).toBe('Unreachable'));
  await send('offline', { ...PLACE, recorded_at: hoursAgo(1) });
  await eventually(async () => expect(await statusOf('offline')).toBe('Available'));
  const isOnMap = async () =>
    (await admin.query(`select from tracking.driver_place where driver_id = 'offline'`)).rowCount === 1;
  expect(await isOnMap()).toBe(false);
  await send('offline', PLACE);
  await eventually(async () => expect(await isOnMap()).toBe(true));
});

test('points of a driver who is off duty change no label', async () => {
  await send('private', PLACE);
  await sweep();
  expect(await statusOf('private')).toBe('Offline');
  expect(await labels('private')).toEqual([]);
});

const stages = async (trip: Trip) =>
  (await events('driver.approaching', trip.bookingId)).map((data) => `${data['leg']} ${data['stage']}`);

test('each stage of coming near the pickup, and then the drop-off, is told once', async () => {
  const driverId = 'climber';
  const pickup = lonelyPlace();
  const trip = await startTrip(system, { driverId, userId: 'ana', pickup });
  await comeNear(system, driverId, { goal: pickup, meters: [5_000, 2_000, 600, 480] });
  await eventually(async () => expect(await stages(trip)).toEqual(['pickup approaching']));
  await comeNear(system, driverId, { goal: pickup, meters: [520, 490, 510, 90] });
  await eventually(async () => expect(await stages(trip)).toEqual(['pickup approaching', 'pickup near']));
  await comeNear(system, driverId, { goal: pickup, meters: [45, 30, 50, 35] });
  await eventually(async () => expect((await stages(trip)).at(-1)).toBe('pickup arrived'));
  await advance(system, driverId, trip.bookingId, ['En Route to Pickup', 'Arrived at Pickup', 'In Transit']);
  await eventually(async () => {
    const { rows } = await admin.query('select leg from tracking.trip where booking_id = $1', [trip.bookingId]);
    expect(rows).toEqual([{ leg: 'dropoff' }]);
  });
  await comeNear(system, driverId, { goal: { ...pickup, longitude: pickup.longitude + 0.1 }, meters: [30] });
  await eventually(async () =>
    expect(await stages(trip)).toEqual(['pickup approaching', 'pickup near', 'pickup arrived', 'dropoff arrived']),
  );
});

/** Whoever is told of a trip takes a version far ahead of the last for a forged one. */
test('a trip counts what was told of it, and not how often its driver came nearer', async () => {
  const pickup = lonelyPlace();
  const trip = await startTrip(system, { driverId: 'far', userId: 'ana', pickup });
  const asItIs = async () => {
    const { rows } = await admin.query('select version, closest_meters from tracking.trip where booking_id = $1', [
      trip.bookingId,
    ]);
    return rows[0];
  };
  const { version } = await asItIs();
  for (const distance of [5_000, 4_000, 3_000, 2_000]) {
    await comeNear(system, 'far', { goal: pickup, meters: [distance] });
    await eventually(async () => expect((await asItIs()).closest_meters).toBeLessThan(distance + 1));
  }
  await comeNear(system, 'far', { goal: pickup, meters: [480] });
  await eventually(async () => expect(await stages(trip)).toEqual(['pickup approaching']));
  expect((await asItIs()).version).toBe(version + 1);
});
