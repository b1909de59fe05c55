import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readMetric } from '../../tools/testing/read-metric.ts';
import { openSql, type Rows } from '../support/database.ts';
import { type Answer, call } from '../support/http.ts';
import { long } from '../support/long.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { TestSocket } from '../support/socket.ts';

/*
 * What apps may say in every field of every body: nothing of it is a fault of ours, and each point is stored or counted.
 * An error that is one of ours would answer 5xx; a silent loss would leave fewer stored and counted than sent.
 */

let system: System;
let sql: Rows;
let close: () => Promise<void>;
beforeAll(async () => {
  system = await startSystem({ MAX_REQUESTS_PER_SECOND: '10000', MAX_TRACKER_BODY_BYTES: `${MAX_BODY_BYTES}` });
  ({ sql, close } = await openSql(system.servers.databaseUrl));
});
afterAll(async () => {
  await close();
  await system.stop();
});

/** The default. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;
const SECONDS = Math.floor(Date.now() / 1_000) - 3_600;
const ISO = new Date(SECONDS * 1_000).toISOString();
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

type App = {
  name: string;
  point: Record<string, unknown>;
  send: (driverId: string, points: unknown[]) => Promise<Answer>;
};

function post(path: string, driverId: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const authorization = `Bearer ${system.token('driver', driverId)}`;
  return call('POST', `${system.trackingUrl}${path}`, { body, headers: { authorization, ...headers } });
}

function form(point: unknown): string {
  const texts = Object.entries(point as object).map(([name, value]): [string, string] => [
    name,
    typeof value === 'object' ? JSON.stringify(value) : String(value),
  ]);
  return new URLSearchParams(texts).toString();
}

/** A point of each kind of body, all its fields side by side; `nest` puts them where the app has them. */
const PLACE = { latitude: 52.5, longitude: 13.25 };
const MEASURED = { accuracy: 12, speed: 5, heading: 270 };
const APPS: App[] = [
  {
    name: 'ours',
    point: {
      ...PLACE,
      ...MEASURED,
      recorded_at: ISO,
      battery: 50,
      seq: 1,
      mock: false,
      device: 'a',
      sent_at: ISO,
    },
    send: (driver, points) => post('/v1/locations', driver, { points }),
  },
  {
    name: 'browser',
    point: { ...PLACE, ...MEASURED, timestamp: SECONDS * 1_000, altitude: null },
    send: (driver, points) =>
      post('/v1/locations', driver, { points: points.map((point) => ({ coords: point, ...(point as object) })) }),
  },
  {
    name: 'OwnTracks',
    point: {
      _type: 'location',
      lat: 52.5,
      lon: 13.25,
      tst: SECONDS,
      acc: 12,
      vel: 18,
      cog: 270,
      batt: 50,
      created_at: 1,
    },
    send: (driver, points) => post('/v1/owntracks', driver, points.length === 1 ? points[0] : points),
  },
  {
    name: 'OsmAnd',
    point: { id: 7, lat: 52.5, lon: 13.25, timestamp: SECONDS, accuracy: 12, speed: 10, bearing: 270, batt: 50 },
    send: (driver, points) => post('/v1/osmand', driver, form(points[0]), FORM),
  },
  {
    name: 'Traccar Client 10',
    point: { id: '7', lat: 52.5, lon: 13.25, timestamp: SECONDS, accuracy: 12, speed: 10, bearing: 270, batt: 50 },
    send: (driver, points) => post('/v1/osmand', driver, points),
  },
  {
    name: 'GPSLogger',
    point: { lat: 52.5, lon: 13.25, time: ISO, acc: 12, spd: 5, dir: 270, batt: 50, aid: 'a', prov: 'gps' },
    send: (driver, points) => post('/v1/osmand', driver, form(points[0]), FORM),
  },
  {
    name: 'background-geolocation',
    point: { ...PLACE, ...MEASURED, timestamp: ISO, battery: { level: 0.5 }, mock: false, age: 12 },
    send: (driver, points) =>
      post('/v1/osmand', driver, { location: points.map((point) => ({ coords: point, ...(point as object) })) }),
  },
  {
    name: 'Overland',
    point: {
      lon: 13.25,
      lat: 52.5,
      timestamp: ISO,
      horizontal_accuracy: 12,
      speed: 5,
      course: 270,
      battery_level: 0.5,
    },
    send: (driver, points) => post('/v1/overland', driver, { locations: points.map(feature) }),
  },
];

function feature(point: unknown) {
  const { lon, lat, ...properties } = point as Record<string, unknown>;
  return { type: 'Feature', geometry: { type: 'Point', coordinates: [lon, lat] }, properties };
}

const ODD = [
  undefined,
  null,
  -1,
  -1e9,
  1e300,
  1e-300,
  'NaN',
  'Infinity',
  '',
  'text',
  true,
  false,
  [],
  {},
  [1],
  '٥٢',
  '52,5',
];
const ODDER = ['۵۲', '५२', '52.5.1', '0x10', '1e999', ' 52.5 ', 'null', '\0', '\ud800', "'; --", 'x'.repeat(5_000)];

async function account() {
  const [row] = await sql('select count(*)::int as n from tracking.position');
  return Number(row?.['n']) + (await readMetric(system.trackingUrl, 'logi_points_refused_total'));
}

describe.each(APPS)('$name', ({ name, point, send }) => {
  test('says anything in any field: nothing is a fault, and each point is stored or counted', async () => {
    const before = await account();
    let sent = 0;
    for (const field of Object.keys(point)) {
      const answers = await Promise.all(
        [...ODD, ...ODDER].map((value) => send(`${name} odd`, [{ ...point, [field]: value }])),
      );
      sent += answers.length;
      expect(answers.map(({ status }) => status)).toEqual(Array(answers.length).fill(200));
    }
    expect((await account()) - before).toBe(sent);
  });

  test.each([
    ['seconds', SECONDS],
    ['milliseconds', SECONDS * 1_000],
    ['seconds as text', `${SECONDS}`],
    ['milliseconds as text', `${SECONDS * 1_000}`],
    ['RFC 3339', ISO],
    ['lower case', ISO.toLowerCase()],
    ['no zone', ISO.slice(0, 19)],
    ['a space', ISO.slice(0, 19).replace('T', ' ')],
    ['a comma', ISO.replace('.', ',')],
    ['an offset', ISO.replace('Z', '+0000')],
    ['HTTP', new Date(SECONDS * 1_000).toUTCString()],
  ])('tells the time by %s', async (form, time) => {
    const driver = `${name} ${form}`;
    const field = ['recorded_at', 'timestamp', 'tst', 'time'].find((each) => each in point) ?? '';
    // Without the time of sending, by which a clock would be set right.
    expect((await send(driver, [{ ...point, sent_at: null, [field]: time }])).status).toBe(200);
    const rows = await sql('select recorded_at from tracking.position where driver_id = $1', [driver]);
    expect(rows.map((row) => row['recorded_at'])).toEqual([new Date(SECONDS * 1_000)]);
  });

  test('has a clock of 1901, 1970, 2038 or 9999: each point is stored or counted', async () => {
    const before = await account();
    const years = [-(2 ** 31), 0, 1, 2 ** 31 - 1, 2 ** 31, 253_402_300_799, -62_135_596_800];
    const field = ['recorded_at', 'timestamp', 'tst', 'time'].find((each) => each in point) ?? '';
    const times = years.flatMap((seconds) => [seconds, new Date(seconds * 1_000).toISOString()]);
    const answers = await Promise.all(times.map((time) => send(`${name} years`, [{ ...point, [field]: time }])));
    expect(answers.map(({ status }) => status)).toEqual(Array(times.length).fill(200));
    expect((await account()) - before).toBe(times.length);
  });
});

describe('a batch', () => {
  const BATCHES = APPS.filter(({ name }) => /OwnTracks|Traccar|background|Overland/.test(name));
  const ofSizes = (...sizes: number[]) => BATCHES.flatMap((app) => sizes.map((size) => ({ ...app, size })));
  const STORED = 'of $size from $name is stored whole';
  test.each(ofSizes(500, 501))(STORED, isStored);
  long.each(ofSizes(0, 1, 5_000))(STORED, isStored);

  async function isStored({ name, point, send, size }: App & { size: number }): Promise<void> {
    const driver = `${name} ${size}`;
    expect((await send(driver, Array(size).fill(point))).status).toBe(200);
    const [row] = await sql('select count(*)::int as n from tracking.position where driver_id = $1', [driver]);
    expect(row?.['n']).toBe(size);
  }

  test('of almost 4 MB is stored whole, and of more is refused and counted', async () => {
    const point = JSON.stringify({ ...PLACE, timestamp: ISO });
    const size = Math.floor((MAX_BODY_BYTES - 20) / (point.length + 1));
    const body = `{"location":[${Array(size).fill(point).join(',')}]}`;
    expect(await post('/v1/osmand', 'whole day', body)).toMatchObject({ status: 200, body: { accepted: size } });
    const before = await account();
    expect((await post('/v1/osmand', 'whole day', `${body}${' '.repeat(200)}`)).status).toBe(413);
    expect((await account()) - before).toBe(1);
  });

  test('that is compressed is refused, and counted', async () => {
    const before = await account();
    const answer = await post('/v1/overland', 'zipped', { locations: [] }, { 'content-encoding': 'gzip' });
    expect(answer).toMatchObject({ status: 415, body: { error: { code: 'unsupported_media_type' } } });
    expect((await account()) - before).toBe(1);
  });

  test('of megabytes of nonsense is counted whole, and answered with what fits', async () => {
    const before = await account();
    const answer = await post('/v1/overland', 'nonsense', { locations: Array(20_000).fill(7) });
    expect(answer).toMatchObject({ status: 200, body: { result: 'ok', accepted: 0, more_rejected: 19_500 } });
    expect(answer.body.rejected).toHaveLength(500);
    expect((await account()) - before).toBe(20_000);
    const form = 'a=1&'.repeat(1_000_000);
    const told = await post('/v1/osmand', 'nonsense', form, FORM);
    expect(told).toMatchObject({ status: 200, body: { rejected: [{ code: 'not_understood' }] } });
  });
});

test.each<[status: number, body: Record<string, unknown>]>([
  [200, { status: 'Available', vehicle_type: 'bike', latitude: null, longitude: null }],
  [200, { status: 'Offline', vehicle_type: null, latitude: null, longitude: null }],
  [400, { status: 'Available', vehicle_type: null, latitude: 1, longitude: 2 }],
  [400, { status: 'Available', vehicle_type: 'bike', latitude: 1, longitude: null }],
  [400, { status: null }],
])('a call for duty is answered %i, whether what it does not say is null or absent: %j', async (status, body) => {
  const absent = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
  for (const [n, said] of [body, absent].entries()) {
    const token = system.token('driver', `says-nothing-${n}`);
    const answer = await call('PUT', `${system.trackingUrl}/v1/drivers/me/status`, { token, body: said });
    expect(answer.status).toBe(status);
    if (status === 200) expect(answer.body).toMatchObject({ status: body['status'], latitude: null });
  }
});

test('null beside and in a point is as absent, by HTTP and on the stream', async () => {
  const unsaid = { recorded_at: null, timestamp: null, accuracy: null, speed: null, heading: null, battery: null };
  const point = { ...PLACE, ...unsaid, seq: null, device: null, app: null, coords: null, valid: null, mock: null };
  const beside = { sent_at: null, device: null, app: null };
  const sent = await post('/v1/locations', 'null-http', { points: [point], ...beside });
  expect(sent).toMatchObject({ status: 200, body: { accepted: 1, rejected: [] } });
  const url = `${system.trackingUrl.replace('http', 'ws')}/v1/stream?token=${system.token('driver', 'null-stream')}`;
  const stream = await TestSocket.connect<{ type: string; payload: object }>(url);
  stream.send(JSON.stringify({ type: 'location_update', payload: point, ...beside }));
  expect((await stream.find(({ type }) => type === 'ack')).payload).toMatchObject({ accepted: 1, rejected: [] });
  await stream.close();
  const rows = await sql(
    "select flaw, accuracy from tracking.position where driver_id in ('null-http', 'null-stream') group by 1, 2",
  );
  expect(rows).toEqual([{ flaw: null, accuracy: null }]);
});
