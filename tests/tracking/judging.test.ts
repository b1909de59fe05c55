import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { LatLon } from '@logi/contracts';
import { eventually } from '../../tools/testing/waiting.ts';
import { openSql, type Rows } from '../support/database.ts';
import { call } from '../support/http.ts';
import { inTwoSizes, long } from '../support/long.ts';
import { north } from '../support/people/actors.ts';
import { isOf, watch } from '../support/people/people.ts';
import { lonelyPlace, startTrip } from '../support/people/trip.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { TestSocket } from '../support/socket.ts';

let system: System;
let sql: Rows;
let closeSql: () => Promise<void>;
beforeAll(async () => {
  system = await startSystem({ SIGNAL_SWEEP_MS: '50', SIGNAL_STALE_AFTER_MS: '2000', HEARTBEAT_MS: '300' });
  ({ sql, close: closeSql } = await openSql(system.servers.databaseUrl));
});
afterAll(async () => {
  await closeSql();
  await system.stop();
});

const ago = (seconds: number) => new Date(Date.now() - seconds * 1_000).toISOString();
const asDriver = (driverId: string) => ({ token: system.token('driver', driverId) });
const send = (driverId: string, ...points: unknown[]) =>
  call('POST', `${system.trackingUrl}/v1/locations`, { ...asDriver(driverId), body: { points } });
const sendAsOsmand = (driverId: string, { latitude, longitude }: LatLon, device: string) =>
  call('GET', `${system.trackingUrl}/v1/osmand?id=${device}&lat=${latitude}&lon=${longitude}`, asDriver(driverId));
const goOnDuty = (driverId: string, place?: LatLon) =>
  call('PUT', `${system.trackingUrl}/v1/drivers/me/status`, {
    ...asDriver(driverId),
    body: { status: 'Available', vehicle_type: 'bike', ...place },
  });
/** Asked by an admin: a driver who asks is heard of. */
const report = async (driverId: string) =>
  (await call('GET', `${system.trackingUrl}/v1/drivers/${driverId}`, { token: system.token('admin', 'ada') })).body;
const nearby = async ({ latitude, longitude }: LatLon) => {
  const query = `latitude=${latitude}&longitude=${longitude}&vehicle_type=bike`;
  const token = system.token('admin', 'ada');
  const { body } = await call('GET', `${system.trackingUrl}/v1/drivers/nearby?${query}`, { token });
  return body.items.map((item: { driver_id: string }) => item.driver_id);
};

/** As if so much time had gone by since all that is known of the driver. */
async function letPass(driverId: string, seconds: number): Promise<void> {
  const earlier = (column: string) => `${column} = ${column} - interval '${seconds} s'`;
  await sql(`update tracking.driver set ${earlier('status_call_at')} where driver_id = $1`, [driverId]);
  await sql(`update tracking.driver_heard set ${earlier('heard_at')} where driver_id = $1`, [driverId]);
  await sql(
    `update tracking.driver_latest set ${earlier('heard_at')}, ${earlier('recorded_at')} where driver_id = $1`,
    [driverId],
  );
}

test.each<[what: string, driverId: string, body: unknown[]]>([
  ['a fix that is exact to 150 m', 'indoors', [{ accuracy: 150 }]],
  ['a fix of hours ago', 'late', [{ recorded_at: ago(7_200) }]],
  ['a fix that was sent before', 'again', [{ recorded_at: ago(100) }]],
  ['a point that is none', 'broken', [{ latitude: 91 }]],
  ['no point', 'empty', []],
])('whoever sends %s is heard of', async (_what, driverId, extras) => {
  const place = lonelyPlace();
  const points = extras.map((extra) => ({ ...place, ...Object(extra) }));
  await send(driverId, ...points);
  await goOnDuty(driverId, place);
  await letPass(driverId, 125);
  await eventually(async () => expect((await report(driverId)).status).toBe('Unreachable'));
  await eventually(async () => {
    await send(driverId, ...points);
    expect((await report(driverId)).status).toBe('Available');
  });
});

// Who has sent no fix for ten minutes would be on no map, did they not stand.
const parked = 'a parked driver with a good line stays Available, on the map and heard of';
inTwoSizes(parked, { short: 700, long: 3_600 }, { run: stayAvailable });

async function stayAvailable(parkedSeconds: number): Promise<void> {
  const place = lonelyPlace();
  await goOnDuty('parked', place);
  await send('parked', { ...place, speed: 0 });
  const stream = await TestSocket.connect(
    `${system.trackingUrl.replace('http', 'ws')}/v1/stream?token=${system.token('driver', 'parked')}`,
  );
  for (let seconds = 0; seconds < parkedSeconds; seconds += 100) {
    await letPass('parked', 100);
    await eventually(async () =>
      expect(Date.parse((await report('parked')).heard_at)).toBeGreaterThan(Date.now() - 5_000),
    );
  }
  await eventually(async () =>
    expect(await report('parked')).toMatchObject({
      status: 'Available',
      signal: 'Live',
      heard_by: 'ping',
      is_standing: true,
    }),
  );
  expect((await report('parked')).fix_age_ms).toBeGreaterThanOrEqual(parkedSeconds * 1_000);
  expect(await nearby(place)).toEqual(['parked']);
  const told = await sql(
    `select body from tracking.outbox where type = 'driver.status_changed' and aggregate_id = 'parked'`,
  );
  expect(told).toHaveLength(1);
  await stream.close();
}

test('on duty without a fresh fix, a driver has no place until one comes', async () => {
  const place = lonelyPlace();
  await send('ghost', { ...place, recorded_at: ago(20 * 86_400) });
  await goOnDuty('ghost');
  expect(await nearby(place)).toEqual([]);
  await send('ghost', place);
  await eventually(async () => expect(await nearby(place)).toEqual(['ghost']));
});

test('a glitch moves neither the marker nor the place for dispatch; a second fix there does', async () => {
  const place = lonelyPlace();
  const far = lonelyPlace();
  await goOnDuty('glitchy', place);
  await send('glitchy', { ...place, recorded_at: ago(30), accuracy: 5 });
  await send('glitchy', { ...place, recorded_at: ago(20), accuracy: 5 });
  await eventually(async () => expect(await nearby(place)).toEqual(['glitchy']));
  await send('glitchy', { ...place, recorded_at: ago(-1), accuracy: 5 });
  await send('glitchy', { ...far, recorded_at: ago(-2), accuracy: 5 });
  expect(await report('glitchy')).toMatchObject({ ...place, fix_flaw: 'implausible' });
  expect(await nearby(place)).toEqual(['glitchy']);
  await eventually(async () => {
    await send('glitchy', { ...far, recorded_at: ago(-2), accuracy: 5, seq: Date.now() });
    expect(await nearby(far)).toEqual(['glitchy']);
  });
  expect(await report('glitchy')).toMatchObject({ ...far, fix_flaw: null });
});

test('a fix that comes late makes up what is believed anew', async () => {
  const [place, far] = [lonelyPlace(), lonelyPlace()];
  await send('puzzle', { ...place, recorded_at: ago(60) });
  await send('puzzle', { ...far, recorded_at: ago(40) });
  expect(await report('puzzle')).toMatchObject({ fix_flaw: 'implausible' });
  await send('puzzle', { ...far, recorded_at: ago(50) });
  expect((await report('puzzle')).fix_flaw).toBeNull();
  const [latest] = await sql(`select latitude from tracking.driver_latest where driver_id = 'puzzle'`);
  expect(latest).toEqual({ latitude: far.latitude });
});

test('a backlog of before the trip is never shown, and what comes live after it is', async () => {
  const pickup = lonelyPlace();
  const { bookingId } = await startTrip(system, { driverId: 'uploader', userId: 'ana', pickup });
  const socket = await watch(system, { role: 'user', id: 'ana' });
  const backlog = [104, 80, 50, 28].map((minutes) => ({ ...north(pickup, minutes), recorded_at: ago(minutes * 60) }));
  for (const point of backlog) await send('uploader', point);
  await send('uploader', ...backlog);
  const here = north(pickup, 30);
  await send('uploader', here);
  const latitudes = () =>
    socket.messages
      .filter(isOf(bookingId, 'driver_location'))
      .map(({ payload }) => 'latitude' in payload && payload.latitude);
  await eventually(async () => expect(latitudes()).toContain(here.latitude));
  for (const { latitude } of backlog) expect(latitudes()).not.toContain(latitude);
});

test.each([90, 3_600, 86_000])('a clock that is %i s fast is put right at once', async (leadSeconds) => {
  const driverId = `fast-${leadSeconds}`;
  const place = lonelyPlace();
  const sent = await send(driverId, { ...place, recorded_at: ago(-leadSeconds) });
  expect(sent.body).toEqual({ accepted: 1, rejected: [] });
  const { clock_offset_ms } = await report(driverId);
  expect(Math.abs(clock_offset_ms + leadSeconds * 1_000)).toBeLessThan(30_000);
  const right = north(place, 20);
  await send(driverId, right); // the next phone
  const [latest] = await sql('select latitude from tracking.driver_latest where driver_id = $1', [driverId]);
  expect(latest).toEqual({ latitude: right.latitude });
});

test('a slow clock is put right when the message says when it was sent, and what it said is kept', async () => {
  await send('slow', { ...lonelyPlace(), recorded_at: ago(150), sent_at: ago(150) });
  const { fix_age_ms, clock_offset_ms } = await report('slow');
  expect(fix_age_ms).toBeLessThan(30_000);
  expect(clock_offset_ms).toBeGreaterThanOrEqual(149_000);
  const [point] = await sql(`select recorded_at - device_time >= interval '149 s' as is_kept from tracking.position
    where driver_id = 'slow'`);
  expect(point).toEqual({ is_kept: true });
});

const AS_IT_CAME = 'a trip on which the clock says %s is recorded at the times at which it came';
test.each(['1970-01-01T00:00:00Z'])(AS_IT_CAME, isRecordedAsItCame);
long.each(['1901-12-13T20:45:52Z', '2006-10-16T12:00:00Z', '2038-01-19T03:14:07Z'])(AS_IT_CAME, isRecordedAsItCame);

async function isRecordedAsItCame(recorded_at: string): Promise<void> {
  const driverId = `year-${recorded_at.slice(0, 4)}`;
  const place = lonelyPlace();
  for (const meters of [0, 10, 20]) {
    expect((await send(driverId, { ...north(place, meters), recorded_at })).body.accepted).toBe(1);
  }
  const rows = await sql(
    `select latitude, recorded_at > now() - interval '1 minute' as is_now, device_time::text as said
      from tracking.position where driver_id = $1 order by recorded_at`,
    [driverId],
  );
  expect(rows).toHaveLength(3);
  for (const row of rows) expect(row).toMatchObject({ is_now: true });
  expect(String(rows[0]?.['said'])).toMatch(recorded_at.slice(0, 4));
  const [latest] = await sql('select latitude from tracking.driver_latest where driver_id = $1', [driverId]);
  expect(latest).toEqual({ latitude: north(place, 20).latitude });
}

test('the newest device that sent a fix is the device, however often the old one sends', async () => {
  const [home, road] = [lonelyPlace(), lonelyPlace()];
  const latest = async () => (await sql(`select latitude from tracking.driver_latest where driver_id = 'two'`))[0];
  await sendAsOsmand('two', home, 'old');
  for (const meters of [0, 20, 40]) {
    await send('two', north(road, meters));
    for (let n = 0; n < 3; n += 1) await sendAsOsmand('two', home, 'old');
  }
  expect(await latest()).toEqual({ latitude: north(road, 40).latitude });
  const [count] = await sql(
    `select count(*)::int from tracking.position where driver_id = 'two' and flaw = 'other_device'`,
  );
  expect(count?.['count']).toBeGreaterThanOrEqual(3);
});

test('what several instances take in is believed as if one had', async () => {
  const other = await system.start.tracking();
  const [place, far] = [lonelyPlace(), lonelyPlace()];
  const urls = [system.trackingUrl, `http://127.0.0.1:${other.port()}`];
  const points = [place, place, far, place, north(place, 30), far, north(place, 60)];
  for (const [i, point] of points.entries()) {
    const body = { points: [{ ...point, recorded_at: ago(100 - i * 10) }] };
    await call('POST', `${urls[i % 2]}/v1/locations`, { ...asDriver('roamer'), body });
  }
  const [latest] = await sql(`select latitude, stamp from tracking.driver_latest where driver_id = 'roamer'`);
  expect(latest).toEqual({ latitude: north(place, 60).latitude, stamp: points.length });
  await other.stop();
});

test('what can be reached depends on the vehicle, also once the driver has another one', async () => {
  const place = lonelyPlace();
  const flawAfter = async (driverId: string, vehicle_type: string) => {
    await call('PUT', `${system.trackingUrl}/v1/drivers/me/status`, {
      ...asDriver(driverId),
      body: { status: 'Available', vehicle_type },
    });
    await send(driverId, { ...place, recorded_at: ago(100), seq: Date.now() });
    await send(driverId, { ...north(place, 3_300), recorded_at: ago(40) }); // 54 metres a second
    return (await report(driverId)).fix_flaw;
  };
  expect(await flawAfter('by-bike', 'bike')).toBe('implausible');
  expect(await flawAfter('by-car', 'car')).toBeNull();
  const types = ['car', 'bike', 'car'];
  const flaws: unknown[] = [];
  for (const [n, vehicle_type] of types.entries()) {
    await call('PUT', `${system.trackingUrl}/v1/drivers/me/status`, {
      ...asDriver('changes'),
      body: { status: 'Available', vehicle_type },
    });
    await send('changes', { ...north(place, n * 3_300), recorded_at: ago(120 - n * 60) });
    flaws.push((await report('changes')).fix_flaw);
  }
  expect(flaws).toEqual([null, 'implausible', null]);
});

test('the greatest speeds are an operator’s to set', async () => {
  const cyclists = await system.start.tracking({
    MAX_SPEED_METERS_PER_SECOND: '5',
    MAX_SPEED_BY_VEHICLE_TYPE: 'car=70',
  });
  const place = lonelyPlace();
  for (const point of [
    { ...place, recorded_at: ago(60) },
    { ...north(place, 1_000), recorded_at: ago(0) },
  ]) {
    await call('POST', `http://127.0.0.1:${cyclists.port()}/v1/locations`, {
      ...asDriver('racer'),
      body: { points: [point] },
    });
  }
  expect(await report('racer')).toMatchObject({ fix_flaw: 'implausible' });
  await cyclists.stop();
});

test('an admin sees when and how a driver was heard of, and what is wrong with the fix', async () => {
  await send('plain', { ...lonelyPlace(), accuracy: 5, device: 'pixel', app: 'ours', speed: 0 });
  await send('plain', { ...lonelyPlace(), accuracy: 5_000 });
  await eventually(async () =>
    expect(await report('plain')).toMatchObject({
      heard_by: 'points',
      fix_flaw: 'inaccurate',
      clock_offset_ms: 0,
      is_standing: true,
      heard_at: expect.any(String),
      fix_age_ms: expect.any(Number),
      device: expect.stringContaining('pixel'),
    }),
  );
});

test('an admin sees of what a driver’s label is made', async () => {
  await goOnDuty('labelled');
  expect(await report('labelled')).toMatchObject({ status: 'Available', duty: 'Online', work: 'Free', signal: 'Live' });
});

test.each(['inaccurate', 'mock'])('an admin sees a driver all of whose points are %s', async (flaw) => {
  const point = { ...lonelyPlace(), ...(flaw === 'mock' ? { mock: true } : { accuracy: 5_000 }) };
  await send(`only-${flaw}`, point);
  await eventually(async () =>
    expect(await report(`only-${flaw}`)).toMatchObject({
      status: 'Offline',
      fix_flaw: flaw,
      fix_age_ms: null,
      heard_by: expect.any(String),
    }),
  );
  await send(`only-${flaw}`, lonelyPlace());
  expect((await report(`only-${flaw}`)).fix_flaw).toBeNull();
});

test('a driver who moved and has sent no fix for ten minutes is on no map until the next; who stood stays', async () => {
  const place = lonelyPlace();
  for (const [driverId, speed] of [
    ['tunnel', 9],
    ['waiting', 0],
  ] as const) {
    await goOnDuty(driverId, place);
    await send(driverId, { ...place, speed });
  }
  await eventually(async () => expect((await nearby(place)).sort()).toEqual(['tunnel', 'waiting']));
  const noFixFor = (seconds: number) =>
    sql(
      `update tracking.driver_latest set recorded_at = recorded_at - interval '${seconds} s'
        where driver_id in ('tunnel', 'waiting')`,
    );
  await noFixFor(300);
  const first = await system.start.tracking(); // which looks at once
  await eventually(async () => expect((await call('GET', `http://127.0.0.1:${first.port()}/readyz`)).status).toBe(200));
  expect((await nearby(place)).sort()).toEqual(['tunnel', 'waiting']);
  await first.stop();
  await noFixFor(400);
  const second = await system.start.tracking();
  await eventually(async () => expect(await nearby(place)).toEqual(['waiting']));
  await second.stop();
  const further = north(place, 100);
  await send('tunnel', further);
  await eventually(async () => expect((await nearby(place)).sort()).toEqual(['tunnel', 'waiting']));
});
