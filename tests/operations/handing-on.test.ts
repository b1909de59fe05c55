import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { V2Envelope } from '@logi/contracts';
import { eventually } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { call, callText } from '../support/http.ts';
import { book, gatewayReads, place } from '../support/people/people.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { refusedUpgrade, TestSocket } from '../support/socket.ts';

/* The console's service as one address for all the others. */

let system: System;
let url: string;
let ws: string;
beforeAll(async () => {
  system = await startSystem({ ALLOWED_ORIGINS: 'https://app.example.com' });
  await gatewayReads(system);
  const operations = await system.start.operations({ TRUSTED_PROXY_HOPS: '1' });
  url = `http://127.0.0.1:${operations.port()}`;
  ws = url.replace('http', 'ws');
});
afterAll(() => system.stop());
const admin = (sub = 'ada') => system.token('admin', sub);

test.each(['/booking/openapi.json', '/tracking/openapi.json', '/gateway/openapi.json'])(
  '%s is handed on',
  async (path) => {
    const { status, body } = await call('GET', `${url}${path}`);
    expect({ status, openapi: body.openapi }).toEqual({ status: 200, openapi: expect.any(String) });
  },
);

test.each([
  ...['/booking/metrics', '/tracking/metrics', '/gateway/metrics', '/booking/healthz', '/booking/readyz', '/booking/'],
  ...[
    '/booking/v1',
    '/booking/v1/../metrics',
    '/booking/v1/%2e%2e/metrics',
    '/booking/docs/../metrics',
    '/booking//metrics',
  ],
  ...['/booking/openapi.json/../metrics', '/booking/metrics?x=/v1/', '/Booking/v1/bookings', '/broker/v1/queues'],
])('%s is not handed on', async (path) => {
  const answer = await rawGet(path);
  expect(answer).toMatch(/^HTTP\/1\.1 404 /);
  expect(answer).not.toContain('logi_http_request_seconds');
});

/** As it is written: `fetch` would resolve the dots. */
async function rawGet(path: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.end(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}

test('a call is answered as the service answers it: status, body and headers, refusals too', async () => {
  const body = { pickup_location: null };
  const headers = { 'x-request-id': 'one.of-mine' };
  const here = await call('POST', `${url}/booking/v1/bookings`, { token: system.token('user', 'uma'), body, headers });
  const there = await call('POST', `${system.bookingUrl}/v1/bookings`, {
    token: system.token('user', 'uma'),
    body,
    headers,
  });
  expect(here.status).toBe(400);
  expect(here.body).toEqual(there.body);
  expect(here.headers.get('x-request-id')).toBe('one.of-mine');
  const stranger = await call('GET', `${url}/booking/v1/bookings`);
  expect(stranger.status).toBe(401);
  expect(stranger.headers.get('www-authenticate')).toContain('Bearer');
});

test('an id of any text arrives as it is', async () => {
  for (const id of ['a/../b', '..', '<b>&"', '\u202eevil', 'a%2Fb', `${'𝒳'.repeat(128)}`, '#?']) {
    const path = `/v1/drivers/${encodeURIComponent(id).replaceAll('.', '%2E')}x`;
    const here = await call('GET', `${url}/tracking${path}`, { token: admin() });
    const there = await call('GET', `${system.trackingUrl}${path}`, { token: admin() });
    expect({ id, ...here, headers: 0 }).toMatchObject({
      id,
      status: there.status,
      body: { error: { code: there.body.error.code } },
    });
  }
});

describe('where a call comes from', () => {
  /** What the record says of who made a call. */
  async function addressOnRecord(base: string, sub: string, headers: Record<string, string>): Promise<unknown> {
    const { booking_id } = await book(system, `user of ${sub}`, { at: place(3) });
    const { status } = await call('POST', `${base}/v1/bookings/${booking_id}/cancel`, {
      token: admin(sub),
      headers,
      body: {},
    });
    expect(status).toBe(200);
    return eventually(async () => {
      const { body } = await call('GET', `${system.bookingUrl}/v1/audit?actor=${sub}`, { token: admin() });
      expect(body.items).toHaveLength(1);
      return body.items[0].address;
    });
  }

  test('is where it comes from here, whatever the caller says', async () => {
    const headers = { 'x-forwarded-for': '10.6.6.6, 203.0.113.9', forwarded: 'for=10.6.6.6', 'x-real-ip': '10.6.6.6' };
    expect(await addressOnRecord(`${url}/booking`, 'through', headers)).toBe('203.0.113.9');
  });

  test.each([
    ['without the key', {}],
    ['with another key', { 'x-logi-forwarding-key': randomBytes(32).toString('hex') }],
  ])('is not believed of somebody else, %s', async (name, more) => {
    const headers = { 'x-forwarded-for': '203.0.113.9', ...more };
    expect(await addressOnRecord(system.bookingUrl, name.replaceAll(' ', '-'), headers)).toBe('127.0.0.1');
  });
});

describe('a socket', () => {
  const path = (role: 'user' | 'admin', sub: string) => `${ws}/ws?token=${system.token(role, sub)}`;

  test('speaks logi.v2 and hears what happens', async () => {
    const socket = await TestSocket.connect<V2Envelope>(path('user', 'vera'), { protocols: ['logi.v2'] });
    expect(socket.protocol).toBe('logi.v2');
    await socket.find(({ type }) => type === 'hello');
    const { booking_id } = await book(system, 'vera', { at: place(5) });
    const { payload } = await socket.find(({ type }) => type === 'new_booking_request');
    expect(payload).toMatchObject({ booking_id });
    socket.send('{"type":"ping"}');
    await socket.find(({ type }) => type === 'pong');
  });

  test('speaks the default mode, and has its token as a subprotocol', async () => {
    const socket = await TestSocket.connect(`${ws}/ws`, {
      protocols: ['logi', `bearer.${system.token('user', 'dora')}`],
    });
    expect(socket.protocol).toBe('logi');
    await book(system, 'dora', { at: place(6) });
    expect(await socket.find(({ type }) => type === 'new_booking_request')).toMatchObject({ user_id: 'dora' });
  });

  test('is closed with the gateway’s own code and reason', async () => {
    const socket = await TestSocket.connect<V2Envelope>(path('user', 'bad'), { protocols: ['logi.v2'] });
    socket.send('no JSON');
    expect(await socket.closed).toEqual({ code: 4400, reason: expect.any(String) });
    const kicked = await TestSocket.connect<V2Envelope>(path('user', 'kicked'), { protocols: ['logi.v2'] });
    await kicked.find(({ type }) => type === 'hello');
    const { status } = await call('DELETE', `${url}/gateway/v1/sessions?role=user&sub=kicked`, { token: admin() });
    expect(status).toBe(200);
    expect((await kicked.closed).code).toBe(4410);
  });

  test('is refused before the upgrade, in the gateway’s words', async () => {
    expect(await refusedUpgrade(`${ws}/ws?token=nonsense`)).toMatchObject({
      status: 401,
      body: { error: { code: 'unauthenticated' } },
    });
    expect(await refusedUpgrade(`${path('user', 'u')}&types=nothing`)).toMatchObject({ status: 400 });
    expect((await refusedUpgrade(`${ws}/tracking/v1/stream?token=${system.token('driver', 'd')}`)).status).toBe(404);
    const { status, body } = await call('GET', `${url}/ws?token=${admin()}`);
    expect({ status, code: body.error.code }).toEqual({ status: 426, code: 'upgrade_required' });
  });

  test('may come from the page itself, and from nowhere else that the gateway does not allow', async () => {
    const connect = (origin: string) => TestSocket.connect(path('user', 'page'), { headers: { origin } });
    await expect(connect(url)).resolves.toBeDefined();
    await expect(connect('https://app.example.com')).resolves.toBeDefined();
    const { status, body } = await refusedUpgrade(path('user', 'page'), {
      headers: { origin: 'https://evil.example' },
    });
    expect({ status, code: body.error.code }).toEqual({ status: 403, code: 'origin_not_allowed' });
  });
});

test('a service that is not there is said to be that, and the console goes on', async () => {
  const operations = await system.start.operations({
    TRACKING_URL: 'http://127.0.0.1:1',
    GATEWAY_URL: 'ws://127.0.0.1:1/ws',
  });
  const base = `http://127.0.0.1:${operations.port()}`;
  const { status, body } = await call('GET', `${base}/tracking/v1/drivers?limit=1`, { token: admin() });
  expect({ status, ...body.error }).toMatchObject({
    status: 503,
    code: 'unavailable',
    message: 'tracking does not answer',
  });
  expect((await refusedUpgrade(`${base.replace('http', 'ws')}/ws?token=${admin()}`)).status).toBe(503);
  expect((await callText(`${base}/readyz`)).response.status).toBe(200);
});

test('no more sockets are handed on than may, and all end with the service', async () => {
  const operations = await system.start.operations({ MAX_HANDED_ON_SOCKETS: '1' });
  const base = `ws://127.0.0.1:${operations.port()}/ws?token=`;
  const socket = await TestSocket.connect(`${base}${admin()}`);
  expect((await refusedUpgrade(`${base}${admin()}`)).status).toBe(503);
  await operations.stop();
  expect((await socket.closed).code).toBe(1006);
});

test('a service that is silent is given up', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  closeLater(() => silent.close());
  const port = (silent.address() as { port: number } | null)?.port;
  const operations = await system.start.operations({
    BOOKING_URL: `http://127.0.0.1:${port}`,
    HAND_ON_TIMEOUT_MS: '100',
  });
  const { status } = await call('GET', `http://127.0.0.1:${operations.port()}/booking/v1/bookings`, { token: admin() });
  expect(status).toBe(503);
});
