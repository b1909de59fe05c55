import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { connectSql } from '../support/database.ts';
import { call } from '../support/http.ts';
import { type System, startSystem } from '../support/services/system.ts';

let system: System;
let admin: pg.Client;
beforeAll(async () => {
  system = await startSystem();
  admin = await connectSql(system.servers.databaseUrl);
});
afterAll(async () => {
  await admin.end();
  await system.stop();
});

const token = (driverId: string) => system.token('driver', driverId);
const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const JSON_TYPE = { 'content-type': 'application/json' };
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' };
/** Seconds since 1970, an hour ago. */
const tst = Math.floor(Date.now() / 1_000) - 3_600;
const iso = (seconds: number) => new Date(seconds * 1_000).toISOString();

const owntracks = (driverId: string, body: string | object | undefined, headers: Record<string, string> = JSON_TYPE) =>
  call('POST', `${system.trackingUrl}/v1/owntracks`, {
    ...(body !== undefined && { body }),
    headers: { ...headers, authorization: basic('phone', token(driverId)) },
  });
const osmand = (query: string, request: { method?: string; body?: string; headers?: Record<string, string> } = {}) =>
  call(request.method ?? 'GET', `${system.trackingUrl}/v1/osmand?${query}`, {
    ...(request.body !== undefined && { body: request.body }),
    headers: request.headers ?? {},
  });

async function stored(driverId: string) {
  const { rows } = await admin.query(
    `select recorded_at, latitude, longitude, accuracy, speed, heading, battery
     from tracking.position where driver_id = $1 order by recorded_at`,
    [driverId],
  );
  return rows.map((row) => ({ ...row, recorded_at: row.recorded_at.toISOString(), speed: row.speed && +row.speed }));
}

test('OwnTracks: a location as Android sends it is stored, its speed from km/h', async () => {
  const message = {
    _type: 'location',
    BSSID: '20:e5:2a:xx:xx:xx',
    SSID: 'depot',
    acc: 13,
    alt: 155,
    batt: 46,
    bs: 1,
    cog: 271,
    conn: 'w',
    created_at: tst + 2,
    lat: 48.85833,
    lon: 2.29513,
    m: 1,
    t: 'u',
    tid: 'an',
    topic: 'owntracks/dro/phone',
    tst,
    vac: 3,
    vel: 72,
  };
  expect(await owntracks('ot-android', message)).toMatchObject({ status: 200, body: [] });
  expect(await stored('ot-android')).toEqual([
    {
      recorded_at: iso(tst),
      latitude: 48.85833,
      longitude: 2.29513,
      accuracy: 13,
      speed: 20,
      heading: 271,
      battery: 46,
    },
  ]);
});

test('OwnTracks: the shortest location, and one whose course and battery are unknown, are stored', async () => {
  await owntracks('ot-short', { _type: 'location', lat: 1, lon: 2, tid: 'JJ', tst });
  await owntracks('ot-short', { _type: 'location', lat: 1, lon: 2, tst: tst + 1, vel: -1, cog: -1, batt: -1, acc: -1 });
  const nothing = { accuracy: null, speed: null, heading: null, battery: null };
  expect(await stored('ot-short')).toEqual([
    { recorded_at: iso(tst), latitude: 1, longitude: 2, ...nothing },
    { recorded_at: iso(tst + 1), latitude: 1, longitude: 2, ...nothing },
  ]);
});

test('OwnTracks: what is not stored is answered 200 with an array, too, or the app would send nothing more', async () => {
  const others = [
    { _type: 'lwt', tst },
    { _type: 'transition', lat: 1, lon: 2, tst, wtst: tst, event: 'enter', desc: 'depot' },
    { _type: 'waypoint', desc: 'depot', lat: 1, lon: 2, rad: 50, tst },
    { _type: 'waypoints', waypoints: [] },
    { _type: 'status', iOS: { version: '18.1' } },
    { _type: 'dump', configuration: {} },
    { _type: 'encrypted', data: 'eyJhbGciOi' },
    { _type: 'location', lat: 91, lon: 2, tst },
    { _type: 'location', lat: 1, lon: 2, tst: 'soon' },
    { __proto__: { _type: 'location' } },
    [],
    '{"_type":"location","lat":1',
    '{"__proto__":{"_type":"location","lat":1,"lon":1}}',
    `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
    'null',
    '',
  ];
  for (const body of others) expect(await owntracks('ot-other', body)).toMatchObject({ status: 200, body: [] });
  expect(await owntracks('ot-other', undefined, {})).toMatchObject({ status: 200, body: [] });
  expect(await owntracks('ot-other', 'x', { 'content-type': 'text/plain' })).toMatchObject({ status: 200, body: [] });
  expect(await stored('ot-other')).toEqual([]);
});

test('OwnTracks: hours offline arrive one by one, some of them twice, and the newest counts', async () => {
  for (const seconds of [0, 60, 60, 120, 180, 60, 180]) {
    await owntracks('ot-offline', { _type: 'location', lat: 1 + seconds / 1e5, lon: 2, tst: tst + seconds, tid: 'JJ' });
  }
  const me = await call('GET', `${system.trackingUrl}/v1/drivers/me`, { token: token('ot-offline') });
  expect(me.body).toMatchObject({ latitude: 1.0018, recorded_at: iso(tst + 180) });
});

test('OsmAnd: a request as the apps send it is stored, its speed from knots, the id in it ignored', async () => {
  const query = `id=902064&lat=42.06288&lon=-88.23412&timestamp=${tst}&hdop=6.0&altitude=224.0&speed=40&bearing=7.2&batt=87&accuracy=5`;
  const answer = await osmand(query, { headers: { authorization: `Bearer ${token('oa')}` } });
  expect(answer).toMatchObject({ status: 200, body: { accepted: 1, rejected: [] } });
  const [point] = await stored('oa');
  expect(point).toMatchObject({
    recorded_at: iso(tst),
    latitude: 42.06288,
    longitude: -88.23412,
    accuracy: 5,
    battery: 87,
  });
  expect(point?.speed).toBeCloseTo(20.578, 2);
  expect(await stored('902064')).toEqual([]);
});

test('OsmAnd: every way to write the time and the place is understood', async () => {
  const text = iso(tst).slice(0, 19);
  const times = [`${tst}`, `${tst * 1_000}`, encodeURIComponent(`${text}Z`), text.replace('T', '+')];
  for (const [i, time] of times.entries()) {
    const place = i % 2 === 0 ? 'lat=60.0&lon=30.0' : 'location=60.0,30.0';
    await osmand(`deviceid=1&${place}&timestamp=${time}&token=${token(`oa-time-${i}`)}`, { method: 'POST' });
    expect(await stored(`oa-time-${i}`)).toMatchObject([{ recorded_at: iso(tst), latitude: 60, longitude: 30 }]);
  }
});

test('OsmAnd: a form in the body is the same as a query', async () => {
  const body = `id=1&lat=60.0&lon=30.0&timestamp=${tst}&speed=10&charge=true`;
  await osmand(`token=${token('oa-form')}`, { method: 'POST', body, headers: FORM_TYPE });
  expect(await stored('oa-form')).toMatchObject([{ latitude: 60, longitude: 30, heading: null }]);
});

test('Traccar Client 9: JSON is stored, its speed as it is, its battery as a share, -1 as unknown', async () => {
  const location = {
    timestamp: iso(tst),
    coords: { latitude: -6.1148096, longitude: 106.6837015, accuracy: 3.8, speed: 18.67, heading: -1, altitude: 35.7 },
    is_moving: false,
    odometer: 0,
    event: 'motionchange',
    battery: { level: 0.79, is_charging: false },
    activity: { type: 'still' },
    extras: {},
    _: `&id=48241179&lat=-6.1148096&lon=106.6837015&timestamp=${iso(tst)}&`,
  };
  const body = JSON.stringify({ location, device_id: '48241179' });
  const answer = await osmand(`token=${token('tc')}`, { method: 'POST', body, headers: JSON_TYPE });
  expect(answer).toMatchObject({ status: 200, body: { accepted: 1 } });
  const [point] = await stored('tc');
  expect(point).toMatchObject({ latitude: -6.1148096, longitude: 106.6837015, heading: null, battery: 79 });
  expect(point?.speed).toBeCloseTo(18.67, 4);
});

test('OsmAnd: what can never be stored is answered 200, so that the app goes on to the next', async () => {
  const bad = [
    'id=1&lat=91&lon=30',
    'id=1&lat=abc&lon=30',
    'id=1&lat=&lon=',
    'id=1&lat=1&lon=1&timestamp=never',
    'id=1&lat=NaN&lon=Infinity',
    'id=1&location=52,5,13,4',
    'id=1&lat=٥٢&lon=١٣',
    'id=1&lat=52,5&lon=13,4',
    'id=1&cell=257,02,16,2224&wifi=00-14-22-01-23-45,-80',
    'id=1',
  ];
  const headers = { authorization: `Bearer ${token('oa-bad')}` };
  for (const query of bad)
    expect(await osmand(query, { headers })).toMatchObject({ status: 200, body: { accepted: 0 } });
  for (const body of ['{', '[]', '{"location":5}', '{"location":{"coords":[]}}', '']) {
    const answer = await osmand('', { method: 'POST', body, headers: { ...headers, ...JSON_TYPE } });
    expect(answer).toMatchObject({ status: 200, body: { accepted: 0 } });
  }
  expect(await stored('oa-bad')).toEqual([]);
});

test('trackers need a driver’s token, and other calls take none from the URL', async () => {
  const user = system.token('user', 'ana');
  const expired = system.token('driver', 'd', -10);
  expect((await osmand('lat=1&lon=1')).status).toBe(401);
  expect((await osmand(`lat=1&lon=1&token=${expired}`)).status).toBe(401);
  expect((await osmand(`lat=1&lon=1&token=${user}`)).status).toBe(403);
  for (const authorization of [basic('me', 'password'), 'Basic', 'Basic %%%', 'Bearer']) {
    const answer = await call('POST', `${system.trackingUrl}/v1/owntracks`, { headers: { authorization } });
    expect(answer.status).toBe(401);
  }
  const elsewhere = await call('GET', `${system.trackingUrl}/v1/drivers/me?token=${token('d')}`);
  expect(elsewhere.status).toBe(401);
});
