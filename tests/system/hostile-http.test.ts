import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ErrorCode } from '@logi/contracts';
import { eventually, within } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { openSql } from '../support/database.ts';
import { call, callText } from '../support/http.ts';
import { rawRequest, sendRaw } from '../support/raw/raw-http.ts';
import { expectRefusal } from '../support/refusals.ts';
import { type System, startSystem } from '../support/services/system.ts';

let system: System;
let database: Awaited<ReturnType<typeof openSql>>;
let user: string;
let driver: string;
let admin: string;
let bookings: string;
beforeAll(async () => {
  system = await startSystem({ REQUEST_TIMEOUT_MS: '2500' });
  database = await openSql(system.servers.databaseUrl);
  user = system.token('user', 'ana');
  driver = system.token('driver', 'dro');
  admin = system.token('admin', 'ops');
  bookings = `${system.bookingUrl}/v1/bookings`;
});
afterAll(async () => {
  await database.close();
  await system.stop();
});

const BOOKING = {
  pickup_location: { type: 'Point', coordinates: [13.4, 52.52] },
  dropoff_location: { type: 'Point', coordinates: [13.45, 52.5] },
  vehicle_type: 'van',
};
const GOOD = JSON.stringify(BOOKING);
const point = (...coordinates: unknown[]) => ({ type: 'Point', coordinates });
const withField = (text: string) => GOOD.replace('{', `{${text},`);
const LIMIT_BYTES = 256 * 1024;

/** How many rows all that a request could write has. */
async function countRows(): Promise<unknown> {
  return database.sql(`select
    (select count(*) from booking.booking) as bookings, (select count(*) from booking.history) as changes,
    (select count(*) from booking.idempotency_key) as keys, (select count(*) from booking.outbox) as booking_events,
    (select count(*) from tracking.driver) as drivers, (select count(*) from tracking.position) as points,
    (select count(*) from tracking.outbox) as tracking_events`);
}

type Bad = { body?: unknown; text?: string; bytes?: Buffer; headers?: Record<string, string> };

const BAD_BODIES: [name: string, bad: Bad, code: ErrorCode][] = [
  ['no body', { headers: { 'content-type': 'application/json' } }, 'invalid_request'],
  ['truncated JSON', { text: GOOD.slice(0, -1) }, 'invalid_json'],
  ['single quotes', { text: "{'vehicle_type':'van'}" }, 'invalid_json'],
  ['two bodies', { text: GOOD + GOOD }, 'invalid_json'],
  ['a body over the limit', { text: ' '.repeat(LIMIT_BYTES + 1 - GOOD.length) + GOOD }, 'payload_too_large'],
  ['null', { text: 'null' }, 'invalid_request'],
  ['a list', { body: [BOOKING] }, 'invalid_request'],
  ['JSON 10,000 deep', { text: `${'['.repeat(10_000)}${']'.repeat(10_000)}` }, 'invalid_request'],
  [
    'JSON 10,000 deep in a field',
    { text: withField(`"x":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`) },
    'invalid_request',
  ],
  ['JSON as deep as the limit allows', { text: '['.repeat(LIMIT_BYTES) }, 'invalid_json'],
  ['a key __proto__', { text: withField('"__proto__":{"role":"admin"}') }, 'invalid_json'],
  ['an escaped key __proto__', { text: withField('"\\u005f_proto__":{"role":"admin"}') }, 'invalid_json'],
  ['a key constructor.prototype', { text: withField('"constructor":{"prototype":{"role":"admin"}}') }, 'invalid_json'],
  ['a key constructor', { text: withField('"constructor":1') }, 'invalid_request'],
  ['a key __proto__ in a location', { text: GOOD.replace('"type"', '"__proto__":{},"type"') }, 'invalid_json'],
  [
    'a duplicate key, of which the last is wrong',
    { text: GOOD.replace(/}$/, ',"vehicle_type":7}') },
    'invalid_request',
  ],
  ['NUL in text', { body: { ...BOOKING, vehicle_type: 'van\0' } }, 'invalid_request'],
  ['a lone surrogate in text', { body: { ...BOOKING, vehicle_type: 'van\ud83d' } }, 'invalid_request'],
  ['bytes that are not UTF-8', { bytes: Buffer.from(GOOD.replace('van', 'v\xffn'), 'latin1') }, 'unknown_vehicle_type'],
  ['UTF-16', { bytes: Buffer.from(GOOD, 'utf16le') }, 'invalid_json'],
  [
    'SQL for a vehicle type',
    { body: { ...BOOKING, vehicle_type: "van'; drop table booking; --" } },
    'unknown_vehicle_type',
  ],
  ['an unknown vehicle type', { body: { ...BOOKING, vehicle_type: 'spaceship' } }, 'unknown_vehicle_type'],
  ['a vehicle type of Object.prototype', { body: { ...BOOKING, vehicle_type: 'toString' } }, 'unknown_vehicle_type'],
  ['an empty vehicle type', { body: { ...BOOKING, vehicle_type: '' } }, 'invalid_request'],
  ['a vehicle type of 33 characters', { body: { ...BOOKING, vehicle_type: 'v'.repeat(33) } }, 'invalid_request'],
  ['a vehicle type that is a list', { body: { ...BOOKING, vehicle_type: ['van'] } }, 'invalid_request'],
  ['no vehicle type', { body: { ...BOOKING, vehicle_type: undefined } }, 'invalid_request'],
  ['latitude 91', { body: { ...BOOKING, pickup_location: point(13, 91) } }, 'invalid_request'],
  ['latitude -90.0000001', { body: { ...BOOKING, pickup_location: point(13, -90.0000001) } }, 'invalid_request'],
  ['longitude 181', { body: { ...BOOKING, dropoff_location: point(181, 52) } }, 'invalid_request'],
  ['NaN', { text: GOOD.replace('13.4', 'NaN') }, 'invalid_json'],
  ['1e999', { text: GOOD.replace('13.4', '1e999') }, 'invalid_request'],
  ['a coordinate that is text', { body: { ...BOOKING, pickup_location: point('13.4', '52.52') } }, 'invalid_request'],
  ['a coordinate of null', { body: { ...BOOKING, pickup_location: point(null, 52) } }, 'invalid_request'],
  ['one coordinate', { body: { ...BOOKING, pickup_location: point(13.4) } }, 'invalid_request'],
  [
    'a LineString',
    { body: { ...BOOKING, pickup_location: { ...point(1, 2), type: 'LineString' } } },
    'invalid_request',
  ],
  [
    'latitude and longitude instead of GeoJSON',
    { body: { ...BOOKING, pickup_location: { latitude: 1, longitude: 2 } } },
    'invalid_request',
  ],
  ['a status of its own', { body: { ...BOOKING, status: 'Delivered' } }, 'invalid_request'],
  ['a driver of its own', { body: { ...BOOKING, driver_id: 'dro' } }, 'invalid_request'],
  ['a user of its own', { body: { ...BOOKING, user_id: 'eve' } }, 'invalid_request'],
  ['a price of its own', { body: { ...BOOKING, price_estimate: 0.01 } }, 'invalid_request'],
  ['a version of its own', { body: { ...BOOKING, version: 99 } }, 'invalid_request'],
  [
    'a form',
    { text: 'vehicle_type=van', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    'unsupported_media_type',
  ],
  ['JSON called text', { text: GOOD, headers: { 'content-type': 'text/plain' } }, 'unsupported_media_type'],
  ['JSON of no type', { bytes: Buffer.from(GOOD), headers: { 'content-type': '' } }, 'unsupported_media_type'],
  ['XML', { text: '<booking/>', headers: { 'content-type': 'application/xml' } }, 'unsupported_media_type'],
  [
    'gzip',
    { bytes: gzipSync(GOOD), headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } },
    'unsupported_media_type',
  ],
  ['an empty Idempotency-Key', { body: BOOKING, headers: { 'idempotency-key': '' } }, 'invalid_request'],
  [
    'an Idempotency-Key of 256 characters',
    { body: BOOKING, headers: { 'idempotency-key': 'k'.repeat(256) } },
    'invalid_request',
  ],
];

test.each(BAD_BODIES)('a booking with %s is refused, and nothing is written', async (_name, bad, code) => {
  const before = await countRows();
  const { body, text, bytes, headers } = bad;
  const { response, text: refusal } = await callText(bookings, {
    method: 'POST',
    headers: { authorization: `Bearer ${user}`, 'content-type': 'application/json', ...headers },
    body: bytes ?? text ?? (body === undefined ? null : JSON.stringify(body)),
  });
  expectRefusal({ status: response.status, body: JSON.parse(refusal) }, code);
  expect(await countRows()).toEqual(before);
});

test('without a body or a type, a booking is refused', async () => {
  expectRefusal(await call('POST', bookings, { token: user }), 'invalid_request');
});

const MISSING = randomUUID();

test.each<[name: string, method: string, path: string, body: unknown, code: ErrorCode]>([
  ['NUL in a reason', 'POST', `/v1/bookings/${MISSING}/cancel`, { reason: 'a\0b' }, 'invalid_request'],
  ['a lone surrogate in a reason', 'POST', `/v1/bookings/${MISSING}/cancel`, { reason: '\udc00' }, 'invalid_request'],
  [
    'a reason of 501 characters',
    'POST',
    `/v1/bookings/${MISSING}/cancel`,
    { reason: 'r'.repeat(501) },
    'invalid_request',
  ],
  ['a reason that is a number', 'POST', `/v1/bookings/${MISSING}/cancel`, { reason: 1 }, 'invalid_request'],
  ['a field that cancel does not know', 'POST', `/v1/bookings/${MISSING}/cancel`, { status: 'x' }, 'invalid_request'],
  ['an unknown status', 'POST', `/v1/bookings/${MISSING}/status`, { status: 'Lost' }, 'invalid_request'],
  ['a status in small letters', 'POST', `/v1/bookings/${MISSING}/status`, { status: 'delivered' }, 'invalid_request'],
  ['SQL for a status', 'POST', `/v1/bookings/${MISSING}/status`, { status: "x' or 1=1" }, 'invalid_request'],
  [
    'a driver beside the status',
    'POST',
    `/v1/bookings/${MISSING}/status`,
    { status: 'Delivered', driver_id: 'x' },
    'invalid_request',
  ],
])('%s is refused before the booking is looked for', async (_name, method, path, body, code) => {
  expectRefusal(await call(method, `${system.bookingUrl}${path}`, { token: admin, body }), code);
});

test.each<[name: string, method: string, path: string, body: unknown]>([
  ['a duty that only the system gives', 'PUT', '/v1/drivers/me/status', { status: 'Busy', vehicle_type: 'van' }],
  ['duty without a vehicle type', 'PUT', '/v1/drivers/me/status', { status: 'Available' }],
  ['a latitude alone', 'PUT', '/v1/drivers/me/status', { status: 'Available', vehicle_type: 'van', latitude: 1 }],
  ['a latitude of 91', 'PUT', '/v1/drivers/me/status', { status: 'Offline', latitude: 91, longitude: 0 }],
  ['a driver id of its own', 'PUT', '/v1/drivers/me/status', { status: 'Offline', driver_id: 'eve' }],
  ['NUL in a vehicle type', 'PUT', '/v1/drivers/me/status', { status: 'Available', vehicle_type: '\0' }],
  ['points that are no list', 'POST', '/v1/locations', { points: { latitude: 1, longitude: 2 } }],
  ['501 points', 'POST', '/v1/locations', { points: Array(501).fill({ latitude: 1, longitude: 2 }) }],
  ['no points', 'POST', '/v1/locations', {}],
])('a driver with %s is refused, and nothing is written', async (_name, method, path, body) => {
  const before = await countRows();
  expectRefusal(await call(method, `${system.trackingUrl}${path}`, { token: driver, body }), 'invalid_request');
  expect(await countRows()).toEqual(before);
});

test.each<[path: string, code: ErrorCode]>([
  ['/v1/bookings/not-a-uuid', 'booking_not_found'],
  ['/v1/bookings/00000000-0000-0000-0000-000000000000', 'booking_not_found'],
  [`/v1/bookings/${MISSING}'--`, 'booking_not_found'],
  [`/v1/bookings/${MISSING}%00`, 'booking_not_found'],
  ["/v1/bookings/1'%20or%20'1'='1", 'booking_not_found'],
  ['/v1/bookings/%00', 'booking_not_found'],
  ['/v1/bookings/..%2f..%2fetc%2fpasswd', 'booking_not_found'],
  ['/v1/bookings/__proto__', 'booking_not_found'],
  [`/v1/bookings/${'x'.repeat(512)}`, 'booking_not_found'],
  [`/v1/bookings/${'x'.repeat(513)}`, 'not_found'],
  ['/v1/bookings/../../etc/passwd', 'not_found'],
  ['/v1/bookings/%ED%A0%80', 'invalid_request'],
  ['/v1/bookings/%zz', 'invalid_request'],
  ['/v1/bookings/%', 'invalid_request'],
  ['/v1/bookings//events', 'booking_not_found'],
  ['/v1/Bookings', 'not_found'],
  ['/v1/bookings/', 'booking_not_found'],
  ['//etc/passwd', 'not_found'],
  ['/', 'not_found'],
])('GET %s is %s', async (path, code) => {
  const answer = await sendRaw(bookings, rawRequest(`GET ${path}`, [`authorization: Bearer ${admin}`]));
  expectRefusal({ ...answer, body: JSON.parse(answer.body) }, code);
});

const cursorOf = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

test.each([
  ['an unknown status', 'status=Lost'],
  ['SQL for a status', "status=Searching'%20or%20'1'='1"],
  ['two statuses', 'status=Searching&status=Accepted'],
  ['NUL for a status', 'status=%00'],
  ['a broken percent sign', 'status=%zz'],
  ['an unknown filter', 'sort=price_minor;drop%20table%20booking'],
  ['active as a number', 'active=1'],
  ['limit 0', 'limit=0'],
  ['limit -1', 'limit=-1'],
  ['limit 101', 'limit=101'],
  ['limit 1e9', 'limit=1e9'],
  ['limit 1.5', 'limit=1.5'],
  ['limit NaN', 'limit=NaN'],
  ['an empty limit', 'limit='],
  ['two limits', 'limit=5&limit=6'],
  ['a cursor of garbage', 'cursor=garbage'],
  ['a cursor that is not base64', 'cursor=%F0%9F%9A%9A'],
  ['an empty cursor', 'cursor='],
  ['a cursor of other JSON', `cursor=${cursorOf({ created_at: 'x' })}`],
  ['a cursor of other types', `cursor=${cursorOf([1, 2])}`],
  ['a cursor with a day that is none', `cursor=${cursorOf(['2024-02-31T00:00:00.000Z', MISSING])}`],
  ['a cursor with SQL', `cursor=${cursorOf(['2024-01-01T00:00:00.000Z', "x'; drop table booking"])}`],
  ['a cursor with a third part', `cursor=${cursorOf(['2024-01-01T00:00:00.000Z', MISSING, 'x'])}`],
  ['a cursor of 513 characters', `cursor=${'A'.repeat(513)}`],
])('a list with %s is refused', async (_name, query) => {
  expectRefusal(await call('GET', `${bookings}?${query}`, { token: user }), 'invalid_request');
});

test.each([
  ['no place', 'vehicle_type=van'],
  ['an empty latitude', 'latitude=&longitude=13&vehicle_type=van'],
  ['a latitude of 91', 'latitude=91&longitude=13&vehicle_type=van'],
  ['a latitude that is text', 'latitude=north&longitude=13&vehicle_type=van'],
  ['an infinite longitude', 'latitude=52&longitude=1e999&vehicle_type=van'],
  ['NUL for a vehicle type', 'latitude=52&longitude=13&vehicle_type=%00'],
  ['no vehicle type', 'latitude=52&longitude=13'],
  ['limit 51', 'latitude=52&longitude=13&vehicle_type=van&limit=51'],
])('drivers nearby with %s are refused', async (_name, query) => {
  const answer = await call('GET', `${system.trackingUrl}/v1/drivers/nearby?${query}`, { token: user });
  expectRefusal(answer, 'invalid_request');
});

test.each(['DELETE', 'PATCH', 'PUT', 'TRACE', 'OPTIONS'])('%s of a booking is not known', async (method) => {
  const line = `${method} /v1/bookings/${MISSING}`;
  const answer = await sendRaw(bookings, rawRequest(line, [`authorization: Bearer ${admin}`]));
  expectRefusal({ ...answer, body: JSON.parse(answer.body) }, 'not_found');
});

test.each<[name: string, request: string, code: ErrorCode]>([
  ['headers over the limit', rawRequest('GET /healthz', [`x-note: ${'n'.repeat(17_000)}`]), 'headers_too_large'],
  ['a path over the limit', rawRequest(`GET /${'p'.repeat(17_000)}`), 'headers_too_large'],
  ['a method that HTTP does not know', rawRequest('STEAL /healthz'), 'invalid_request'],
  ['words that are not HTTP', 'hello\r\n\r\n', 'invalid_request'],
  ['a TLS handshake', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', 'invalid_request'],
  ['a header without a colon', rawRequest('GET /healthz', ['nonsense']), 'invalid_request'],
  ['NUL in a header', rawRequest('GET /healthz', ['idempotency-key: a\0b']), 'invalid_request'],
  ['two lengths', rawRequest('POST /v1/bookings', ['content-length: 1', 'content-length: 2'], 'xx'), 'invalid_request'],
  [
    'a length and chunks',
    rawRequest('POST /v1/bookings', ['content-length: 3', 'transfer-encoding: chunked'], '0\r\n\r\n'),
    'invalid_request',
  ],
  ['a negative length', rawRequest('POST /v1/bookings', ['content-length: -1']), 'invalid_request'],
])('%s are refused', async (_name, request, code) => {
  for (const url of [system.bookingUrl, system.trackingUrl, system.gatewayUrl]) {
    const answer = await sendRaw(url, request);
    expectRefusal({ ...answer, body: JSON.parse(answer.body) }, code);
  }
});

test('a client that sends its headers or its body byte by byte is cut off when the time for a request is up', async () => {
  const headers = 'GET /healthz HTTP/1.1\r\nhost: logi\r\nx-slow: ';
  const length = ['content-type: application/json', 'content-length: 900'];
  const body = `${rawRequest('POST /v1/bookings', [`authorization: Bearer ${user}`, ...length])}{`;
  for (const answer of await Promise.all([headers, body].map((start) => dripUntilCut(start)))) {
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expectRefusal({ status: 408, body: JSON.parse(answer.slice(answer.indexOf('{'))) }, 'request_timeout');
  }
});

test('a tracker app whose body comes too slowly is told to send it again, for a 4xx may lose it', async () => {
  const headers = [`authorization: Bearer ${system.token('driver', 'slow')}`, 'content-length: 900'];
  const answer = await dripUntilCut(`${rawRequest('POST /v1/owntracks', headers)}{`, system.trackingUrl);
  expect(answer).toMatch(/^HTTP\/1\.1 503 /);
  expect(answer.toLowerCase()).toContain('retry-after: ');
});

async function dripUntilCut(start: string, url = system.bookingUrl): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) });
  closeLater(() => socket.destroy());
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => undefined); // what is sent after the cut
  socket.write(start);
  await eventually(() => {
    socket.write(' ');
    expect(socket.closed).toBe(true);
  });
  return text;
}

test('a client that is refused and does not hang up is cut off', async () => {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(system.gatewayUrl).port), allowHalfOpen: true });
  closeLater(() => socket.destroy());
  socket.write(rawRequest('GET /ws', ['connection: upgrade', 'upgrade: websocket']));
  const ended = once(socket.resume(), 'end');
  const errors: NodeJS.ErrnoException[] = [];
  socket.on('error', (err) => errors.push(err));
  await within(ended, 'the end of the answer'); // and our half is still open
  await eventually(() => {
    socket.write('x');
    expect(errors[0]?.code).toMatch(/ECONNRESET|EPIPE/);
  });
});

test.each(['h2c', 'HTTP/2.0', 'TLS/1.0'])(
  'a plain request that offers %s, as some clients do, is answered',
  async (offer) => {
    const offered = [
      'connection: upgrade, http2-settings',
      `upgrade: ${offer}`,
      'http2-settings: AAMAAABkAAQCAAAAAAIAAAAA',
    ];
    for (const url of [system.bookingUrl, system.trackingUrl, system.gatewayUrl]) {
      expect((await sendRaw(url, rawRequest('GET /healthz', offered))).status).toBe(200);
    }
  },
);

describe('who may do what', () => {
  test('no documented call works without a token', async () => {
    for (const origin of [system.bookingUrl, system.trackingUrl, system.gatewayUrl.replace('ws', 'http')]) {
      const { body } = await call('GET', `${origin}/openapi.json`);
      for (const [path, operations] of Object.entries<object>(body.paths)) {
        for (const method of Object.keys(operations)) {
          const url = `${origin}${path.replaceAll(/\{\w+\}/g, MISSING)}`;
          expectRefusal(await call(method.toUpperCase(), url), 'unauthenticated');
        }
      }
    }
  });

  test.each<[role: string, token: () => string, method: string, url: () => string]>([
    ['driver', () => driver, 'POST', () => bookings],
    ['user', () => user, 'GET', () => `${system.bookingUrl}/v1/offers`],
    ['admin', () => admin, 'GET', () => `${system.bookingUrl}/v1/offers`],
    ['user', () => user, 'PUT', () => `${bookings}/${MISSING}/excluded-drivers/dro`],
    ['driver', () => driver, 'DELETE', () => `${bookings}/${MISSING}/excluded-drivers/dro`],
    ['user', () => user, 'PUT', () => `${system.bookingUrl}/v1/admin/vehicle-types/van`],
    ['driver', () => driver, 'GET', () => `${system.bookingUrl}/v1/admin/vehicle-types`],
    ['user', () => user, 'POST', () => `${bookings}/${MISSING}/accept`],
    ['admin', () => admin, 'POST', () => `${bookings}/${MISSING}/accept`],
    ['user', () => user, 'POST', () => `${bookings}/${MISSING}/decline`],
    ['admin', () => admin, 'POST', () => `${bookings}/${MISSING}/decline`],
    ['user', () => user, 'POST', () => `${bookings}/${MISSING}/status`],
    ['user', () => user, 'PUT', () => `${system.trackingUrl}/v1/drivers/me/status`],
    ['admin', () => admin, 'PUT', () => `${system.trackingUrl}/v1/drivers/me/status`],
    ['user', () => user, 'GET', () => `${system.trackingUrl}/v1/drivers/me`],
    ['admin', () => admin, 'GET', () => `${system.trackingUrl}/v1/drivers/me`],
    ['user', () => user, 'POST', () => `${system.trackingUrl}/v1/locations`],
    ['driver', () => driver, 'GET', () => `${system.trackingUrl}/v1/drivers/nearby`],
  ])('as %s: %#', async (_role, token, method, url) => {
    expectRefusal(await call(method, url(), { token: token() }), 'forbidden');
  });

  test('somebody else’s booking is answered as one that does not exist', async () => {
    const { body: booking } = await call('POST', bookings, { token: system.token('user', 'owner'), body: BOOKING });
    const strangers = [user, driver, system.token('driver', 'owner')];
    const calls: [method: string, path: string, body?: unknown][] = [
      ['GET', ''],
      ['GET', '/events'],
      ['POST', '/cancel', {}],
      ['POST', '/status', { status: 'Delivered' }],
      ['POST', '/accept'],
      ['POST', '/decline'],
    ];
    for (const token of strangers) {
      for (const [method, path, body] of calls) {
        const headers = { 'x-request-id': 'same' };
        const theirs = await call(method, `${bookings}/${booking.booking_id}${path}`, { token, body, headers });
        const missing = await call(method, `${bookings}/${MISSING}${path}`, { token, body, headers });
        expect({ status: theirs.status, body: theirs.body }).toEqual({ status: missing.status, body: missing.body });
        expect([403, 404]).toContain(theirs.status);
      }
    }
    const { body: after } = await call('GET', `${bookings}/${booking.booking_id}`, { token: admin });
    expect(after).toEqual(booking);
  });
});
