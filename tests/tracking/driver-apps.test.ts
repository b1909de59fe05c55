import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readMetric } from '../../tools/testing/read-metric.ts';
import { openSql, type Rows } from '../support/database.ts';
import { call } from '../support/http.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { TestSocket } from '../support/socket.ts';

/*
 * Each app that docs/driver-apps.md names, by requests as its documentation describes them. OwnTracks, OsmAnd and Traccar
 * Client up to 9 are in trackers.test.ts.
 */

let system: System;
let sql: Rows;
let close: () => Promise<void>;
beforeAll(async () => {
  system = await startSystem();
  ({ sql, close } = await openSql(system.servers.databaseUrl));
});
afterAll(async () => {
  await close();
  await system.stop();
});

/** An hour ago. */
const AT_MS = Math.floor(Date.now() / 1_000) * 1_000 - 3_600_000;
const AT = new Date(AT_MS).toISOString();
const HERE = { latitude: 52.5, longitude: 13.25 };

let count = 0;
function newDriver(): string {
  count += 1;
  return `driver ${count}`;
}

function send(path: string, driverId: string, body: unknown, headers: Record<string, string> = {}) {
  const authorization = `Bearer ${system.token('driver', driverId)}`;
  return call('POST', `${system.trackingUrl}${path}`, { body, headers: { authorization, ...headers } });
}

async function stored(driverId: string): Promise<Record<string, unknown>[]> {
  const rows = await sql(
    `select recorded_at, latitude, longitude, accuracy, speed, heading, battery, flaw
     from tracking.position where driver_id = $1 order by recorded_at, latitude`,
    [driverId],
  );
  return rows.map((row) => ({ ...row, recorded_at: (row['recorded_at'] as Date).toISOString() }));
}

const markerOf = async (driverId: string) =>
  (await call('GET', `${system.trackingUrl}/v1/drivers/me`, { token: system.token('driver', driverId) })).body;

describe('Overland', () => {
  const feature = (properties: object = {}, coordinates: unknown = [HERE.longitude, HERE.latitude]) => ({
    type: 'Feature',
    geometry: { type: 'Point', coordinates },
    properties: {
      timestamp: AT.replace('.000Z', 'Z'),
      altitude: 34,
      speed: 4,
      course: 90,
      horizontal_accuracy: 30,
      vertical_accuracy: -1,
      motion: ['driving'],
      battery_state: 'charging',
      battery_level: 0.8,
      device_id: 'van 7',
      wifi: '',
      ...properties,
    },
  });

  test('a batch is stored, and answered so that the app forgets it', async () => {
    const driver = newDriver();
    const locations = [feature(), feature({ timestamp: AT.replace('.000Z', '-0000'), speed: -1, course: -1 })];
    expect(await send('/v1/overland', driver, { locations })).toMatchObject({ status: 200, body: { result: 'ok' } });
    const here = { ...HERE, recorded_at: AT, accuracy: 30, battery: 80, flaw: null };
    expect(await stored(driver)).toEqual([
      { ...here, speed: 4, heading: 90 },
      { ...here, speed: null, heading: null },
    ]);
  });

  test('the answer is exactly what the app waits for, also to an empty batch', async () => {
    expect((await send('/v1/overland', newDriver(), { locations: [feature()] })).body).toEqual({ result: 'ok' });
    expect((await send('/v1/overland', newDriver(), { locations: [] })).body).toEqual({ result: 'ok' });
  });

  test('where it is now is known while its backlog still waits in the phone', async () => {
    const driver = newDriver();
    const now = new Date().toISOString();
    const current = feature({ timestamp: now }, [14, 53]);
    await send('/v1/overland', driver, { locations: [feature()], current, trip: { distance: 3 } });
    expect(await markerOf(driver)).toMatchObject({ latitude: 53, longitude: 14 });
  });

  test('notes, visits and trips are no fixes, though they have a place; the answer says so', async () => {
    const driver = newDriver();
    const locations = [
      feature({ action: 'paused_location_updates' }),
      feature({ action: 'visit', arrival_date: AT }),
      feature({ type: 'trip', mode: 'car' }),
      feature(),
      feature({}, null),
      null,
    ];
    const answer = await send('/v1/overland', driver, { locations });
    expect(answer.body).toMatchObject({
      result: 'ok',
      accepted: 1,
      rejected: [
        { index: 0, code: 'no_position' },
        { index: 1, code: 'no_position' },
        { index: 2, code: 'no_position' },
        { index: 4, code: 'not_understood' },
        { index: 5, code: 'not_understood' },
      ],
    });
    expect(await stored(driver)).toHaveLength(1);
  });

  test('a horizontal accuracy below zero is no fix, and moves no marker', async () => {
    const driver = newDriver();
    await send('/v1/overland', driver, { locations: [feature({ horizontal_accuracy: -1 })] });
    expect(await stored(driver)).toMatchObject([{ accuracy: null, flaw: 'inaccurate' }]);
    expect(await markerOf(driver)).toMatchObject({ latitude: null });
  });

  test('its logging mode for OwnTracks is understood at the same address', async () => {
    const driver = newDriver();
    const message = {
      _type: 'location',
      lat: HERE.latitude,
      lon: HERE.longitude,
      tst: AT_MS / 1_000,
      acc: 5,
      batt: 80,
    };
    expect((await send('/v1/overland', driver, message)).body).toEqual({ result: 'ok' });
    expect(await stored(driver)).toMatchObject([{ ...HERE, recorded_at: AT }]);
  });
});

describe('the background-geolocation plugin', () => {
  const location = (fields: object = {}, coords: object = {}) => ({
    coords: { ...HERE, accuracy: 12, speed: 5, heading: 270, altitude: 40, ellipsoidal_altitude: 40, ...coords },
    extras: { order: 7 },
    activity: { type: 'in_vehicle', confidence: 90 },
    battery: { level: 0.5, is_charging: false },
    timestamp: AT,
    age: 120,
    uuid: 'c7b5e7f0-0000-4000-8000-000000000000',
    event: 'heartbeat',
    is_moving: true,
    odometer: 120.5,
    ...fields,
  });
  const WHOLE = { ...HERE, recorded_at: AT, accuracy: 12, speed: 5, heading: 270, battery: 50, flaw: null };

  test.each<[what: string, body: unknown, points: number]>([
    ['one location under its default root', { location: location(), device_id: 'a' }, 1],
    ['a batch under its default root', { location: [location(), location()] }, 2],
    ['a batch under another root, with parameters beside it', { payload: [location()], user_id: 1, tags: ['a'] }, 1],
    ['one location under another root', { myData: location() }, 1],
    ['a root within a root', { data: { locations: [location()] } }, 1],
    ['no root at all', location(), 1],
    ['a batch without a root', [location(), location(), location()], 3],
    ['a batch whose elements have roots', [{ location: location() }, { location: location() }], 2],
    ['nothing', { location: [] }, 0],
  ])('%s is understood', async (_what, body, points) => {
    const driver = newDriver();
    expect((await send('/v1/osmand', driver, body)).body).toEqual({ accepted: points, rejected: [] });
    expect(await stored(driver)).toEqual(Array(points).fill(WHOLE));
  });

  test.each<[what: string, template: object]>([
    ['short names', { lat: 52.5, lng: 13.25, ts: AT }],
    ['its own names, flat', { ...HERE, timestamp: AT, accuracy: 3, battery: 0.79, is_moving: true }],
    ['text for numbers', { latitude: '52.5', longitude: '13.25', timestamp: String(AT_MS) }],
    ['our names', { ...HERE, recorded_at: AT }],
  ])('a template of an app’s own with %s is understood', async (_what, template) => {
    const driver = newDriver();
    const answer = await send('/v1/osmand', driver, { data: [template] });
    expect(answer.body).toEqual({ accepted: 1, rejected: [] });
    expect(await stored(driver)).toMatchObject([{ ...HERE, recorded_at: AT }]);
  });

  test.each<[what: string, body: unknown]>([
    ['a list of values without names', { location: [[52.5, 13.25, 'motionchange', true]] }],
    ['JSON that a template broke', '{"location":{"lat":52.5,"lng":13.25,"timestamp":2026-01-01T12:00:00Z}}'],
    ['a number', 5],
    ['a text', '"here"'],
    ['null', 'null'],
    ['true', 'true'],
    ['an object of nothing known', { hello: { world: 1 } }],
    ['a list of lists', [[[[[[HERE]]]]]]],
    ['deep JSON', `${'['.repeat(10_000)}${']'.repeat(10_000)}`],
  ])('%s is not understood, and the answer says so', async (_what, body) => {
    expect(await send('/v1/osmand', newDriver(), body)).toMatchObject({
      status: 200,
      body: { accepted: 0, rejected: [{ index: 0, code: 'not_understood', final: true }] },
    });
  });

  test('of a batch only the elements that are none are refused, each by its place', async () => {
    const driver = newDriver();
    const body = {
      location: [location(), 5, { event: 'providerchange', timestamp: AT }, location({}, { latitude: 91 })],
    };
    expect((await send('/v1/osmand', driver, body)).body).toEqual({
      accepted: 1,
      rejected: [
        { index: 1, code: 'not_understood', field: 'point', final: true },
        { index: 2, code: 'no_position', field: 'point', final: true },
        { index: 3, code: 'invalid_point', field: 'latitude', final: true },
      ],
    });
  });

  test('a mocked location is kept with its flaw, and moves no marker', async () => {
    const driver = newDriver();
    await send('/v1/osmand', driver, { location: location({ mock: true }) });
    expect(await stored(driver)).toEqual([{ ...WHOLE, flaw: 'mock' }]);
    expect(await markerOf(driver)).toMatchObject({ latitude: null });
  });
});

describe('Traccar Client 10', () => {
  const position = { id: '48241179', lat: 52.5, lon: 13.25, timestamp: AT_MS / 1_000, accuracy: 12, altitude: 35.7 };
  const more = { speed: 19.44, bearing: 270, batt: 79, charge: true };

  test('a list of positions is stored, speed from knots', async () => {
    const driver = newDriver();
    const alarm = { id: '48241179', timestamp: AT_MS / 1_000, alarm: 'sos' };
    expect((await send('/v1/osmand', driver, [{ ...position, ...more }, alarm])).body).toEqual({
      accepted: 1,
      rejected: [{ index: 1, code: 'no_position', field: 'point', final: true }],
    });
    const [point] = await stored(driver);
    expect(point).toMatchObject({ ...HERE, recorded_at: AT, accuracy: 12, heading: 270, battery: 79, flaw: null });
    expect(Number(point?.['speed'])).toBeCloseTo(10, 2);
  });

  test('a form without an accuracy, and one of a mocked place, are stored', async () => {
    const driver = newDriver();
    const form = { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' };
    const body = `id=48241179&lat=52.5&lon=13.25&timestamp=${AT_MS / 1_000}&speed=0.0&bearing=0.0&batt=87`;
    await send('/v1/osmand', driver, body, form);
    await send('/v1/osmand', driver, `${body}&mock=true`, form);
    await send('/v1/osmand', driver, `${body}&valid=false`, form);
    expect((await stored(driver)).map((row) => row['flaw']).sort()).toEqual(['inaccurate', 'mock', null]);
  });
});

describe('GPSLogger', () => {
  const all = (time: string) =>
    `lat=52.5&lon=13.25&sat=0&desc=&alt=35.0&acc=12.0&dir=270.0&prov=gps&spd_kph=18.0&spd=5.0&${time}&batt=50.0&ischarging=false&aid=78a0&ser=unknown&act=&filename=20261125&profile=Default+Profile&hdop=&vdop=&pdop=&dist=12&`;
  const WHOLE = { ...HERE, recorded_at: AT, accuracy: 12, speed: 5, heading: 270, battery: 50, flaw: null };
  const [seconds, text] = [`timestamp=${AT_MS / 1_000}`, `time=${encodeURIComponent(AT)}`];

  test('%ALL in the URL is stored, by GET', async () => {
    const driver = newDriver();
    const url = `${system.trackingUrl}/v1/osmand?token=${system.token('driver', driver)}&${all(seconds)}`;
    expect((await call('GET', url)).body).toEqual({ accepted: 1, rejected: [] });
    expect(await stored(driver)).toEqual([WHOLE]);
  });

  test('%ALL in the body is stored, by POST, whatever type it says it has', async () => {
    const driver = newDriver();
    await send('/v1/osmand', driver, all(text), { 'content-type': 'text/plain' });
    await send('/v1/osmand', driver, all(`${text}&${seconds}`));
    expect(await stored(driver)).toEqual([WHOLE, WHOLE]);
  });

  test('a body of JSON of one’s own is stored', async () => {
    const driver = newDriver();
    const body = { latitude: 52.5, longitude: 13.25, timestamp: AT_MS / 1_000, accuracy: 12.0, speed: 5.0 };
    await send('/v1/osmand', driver, body);
    expect(await stored(driver)).toEqual([{ ...WHOLE, heading: null, battery: null }]);
  });
});

describe('OwnTracks', () => {
  test('a fix of which Apple says that it is none is kept as inaccurate, and moves no marker', async () => {
    const driver = newDriver();
    const fix = { _type: 'location', lat: 52.5, lon: 13.25, tst: AT_MS / 1_000, t: 'p', created_at: AT_MS / 1_000 + 9 };
    await send('/v1/owntracks', driver, { ...fix, acc: -1 }, { 'x-limit-d': 'phone' });
    expect(await stored(driver)).toMatchObject([{ ...HERE, accuracy: null, flaw: 'inaccurate' }]);
    expect(await markerOf(driver)).toMatchObject({ latitude: null });
    expect((await send('/v1/owntracks', driver, [fix, fix])).body).toEqual([]);
    expect(await markerOf(driver)).toMatchObject(HERE);
    expect(await stored(driver)).toHaveLength(3);
  });

  test('encrypted messages are counted, and so is every other that holds no fix', async () => {
    const counted = () => readMetric(system.trackingUrl, 'logi_points_refused_total');
    const before = await counted();
    const messages = ['encrypted', 'lwt', 'transition', 'waypoint', 'waypoints', 'status', 'card', 'steps', 'beacon'];
    for (const _type of messages) {
      const message = { _type, data: 'eyJ', lat: 1, lon: 2, tst: AT_MS / 1_000 };
      expect(await send('/v1/owntracks', newDriver(), message)).toMatchObject({ status: 200, body: [] });
    }
    expect((await counted()) - before).toBe(messages.length);
    const metrics = await (await fetch(`${system.trackingUrl}/metrics`)).text();
    expect(metrics).toContain('logi_points_refused_total{source="owntracks",reason="encrypted"} 1');
  });
});

test('a browser’s GeolocationPosition is taken over HTTP and on the stream', async () => {
  const driver = newDriver();
  const coords = { ...HERE, accuracy: 20, altitude: null, altitudeAccuracy: null, heading: null, speed: null };
  const position = { coords, timestamp: AT_MS };
  const answer = await send('/v1/locations', driver, { points: [position], sent_at: Date.now(), device: 'tablet' });
  expect(answer.body).toEqual({ accepted: 1, rejected: [] });
  const stream = await TestSocket.connect(
    `${system.trackingUrl.replace('http', 'ws')}/v1/stream?token=${system.token('driver', driver)}`,
  );
  stream.send(JSON.stringify({ type: 'location_update', payload: position, sent_at: 'soon', app: 5 }));
  expect(await stream.find(() => true)).toMatchObject({ payload: { accepted: 1, rejected: [] } });
  await stream.close();
  const here = { ...HERE, recorded_at: AT, accuracy: 20, speed: null, heading: null, battery: null, flaw: null };
  expect(await stored(driver)).toEqual([here, here]);
});
