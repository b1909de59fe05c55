import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { signToken } from '@logi/auth';
import { WebSocket } from 'ws';
import { eventually } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { call } from '../support/http.ts';
import { bookingBody } from '../support/people/people.ts';
import { rawRequest, sendRaw } from '../support/raw/raw-http.ts';
import { createTestServers } from '../support/servers.ts';
import { type StartedService, startService } from '../support/services/service-process.ts';
import { refusedUpgrade } from '../support/socket.ts';

/* What every answer of every service carries, and what is in the log about it. */

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const secret = randomBytes(32).toString('hex');
const token = (role: 'user' | 'driver' | 'admin', sub = 'ana') => signToken({ role, sub, ttlSeconds: 600, secret });

/** The service with the path of a read call, who may make it and who may not, and the path of its sockets. */
type Door = StartedService & { read: string; may: string; mayNot: string; socket: string };
const doors: Record<string, Door> = {};
beforeAll(async () => {
  const servers = await createTestServers();
  closeLater(() => servers.discard());
  const { urls } = servers;
  const env = { LOG_LEVEL: 'debug', JWT_SECRET: secret, SECURITY_LINES_PER_MINUTE: '1000' };
  const port = { BOOKING_PORT: '0', TRACKING_PORT: '0', GATEWAY_PORT: '0' };
  const withDatabase = ({ databaseUrl, amqpUrl }: { databaseUrl: string; amqpUrl: string }) => ({
    ...{ ...env, ...port, DATABASE_URL: databaseUrl, AMQP_URL: amqpUrl },
    ...{ ROUTING_URL: 'http://127.0.0.1:1', ROUTING_TIMEOUT_MS: '1000' },
  });
  const [booking, tracking, gateway] = await Promise.all([
    startService('booking', withDatabase(urls.booking)),
    startService('tracking', withDatabase(urls.tracking)),
    startService('gateway', { ...env, ...port, AMQP_URL: urls.gateway.amqpUrl }),
  ]);
  const [user, driver, admin] = [token('user'), token('driver'), token('admin')];
  doors['booking'] = { ...booking, read: '/v1/admin/stats', may: admin, mayNot: user, socket: '/none' };
  doors['tracking'] = { ...tracking, read: '/v1/drivers/me', may: driver, mayNot: user, socket: '/v1/stream' };
  doors['gateway'] = { ...gateway, read: '/v1/sessions', may: admin, mayNot: driver, socket: '/ws' };
  await eventually(async () => expect((await call('GET', `${gateway.url}/readyz`)).status).toBe(200));
});

function doorOf(service: string): Door {
  const door = doors[service];
  if (!door) throw new Error(`no ${service}`);
  return door;
}

const SERVICES = ['booking', 'tracking', 'gateway'];
type Line = { msg: string; requestId?: string; [field: string]: unknown };
const linesOf = (service: string): Line[] =>
  doorOf(service)
    .output()
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
const securityLineOf = (service: string, requestId: string) =>
  eventually(() => {
    const line = linesOf(service).find((each) => each.msg === 'security' && each.requestId === requestId);
    expect(line).toBeDefined();
    return line;
  });

describe.each(SERVICES)('%s', (service) => {
  test('calls a request by the name that its caller gave it: in the answer, the error and the log', async () => {
    const { url, read, may } = doorOf(service);
    const id = `caller:${service}/1.a+b=c_d-e`;
    const headers = { 'x-request-id': id };
    const good = await call('GET', url + read, { token: may, headers });
    expect(good).toMatchObject({ status: 200 });
    expect(good.headers.get('x-request-id')).toBe(id);
    for (const bad of [`${read}?limit=x&role=x`, '/nowhere', '/%zz']) {
      const answer = await call('GET', url + bad, { token: may, headers });
      expect(answer.headers.get('x-request-id')).toBe(id);
      if (answer.status !== 200) expect(answer.body.error.request_id).toBe(id);
    }
    await eventually(() => {
      expect(linesOf(service).find(({ msg, requestId }) => msg === 'answered' && requestId === id)).toBeDefined();
    });
  });

  test.each([
    ['none', []],
    ['an empty one', ['x-request-id:']],
    ['one of 65 characters', [`x-request-id: ${'a'.repeat(65)}`]],
    ['one with spaces', ['x-request-id: a b']],
    ['one with a control sequence of terminals', ['x-request-id: a\x1b[2J']],
    ['one with quotes', ['x-request-id: a","level":"fatal']],
    ['two', ['x-request-id: a', 'x-request-id: b']],
    ['a token', [`x-request-id: ${token('user')}`]],
  ])('makes a name of its own for a request with %s', async (_name, lines) => {
    const { head, body } = await sendRaw(doorOf(service).url, rawRequest('GET /nowhere', lines));
    const given = /^x-request-id: (.*)\r$/im.exec(head)?.[1];
    // Node takes no control character in a header: such bytes are refused whole, and named by us as well.
    expect(given).toMatch(UUID);
    expect(JSON.parse(body).error.request_id).toBe(given);
  });

  test('tells where nothing may be kept and no type guessed, on good answers, refusals, upgrades and broken bytes', async () => {
    const { url, read, may, socket } = doorOf(service);
    const texts = await Promise.all([
      sendRaw(url, rawRequest(`GET ${read}`, [`authorization: Bearer ${may}`])),
      sendRaw(url, rawRequest(`GET ${read}`)),
      sendRaw(url, rawRequest('GET /nowhere')),
      sendRaw(url, rawRequest('GET /%zz')),
      sendRaw(url, rawRequest('GET /metrics')),
      sendRaw(url, rawRequest(`GET ${socket}`, ['connection: upgrade', 'upgrade: websocket'])),
      sendRaw(url, 'nonsense\r\n\r\n'),
    ]);
    for (const { head } of texts) {
      expect(head).toMatch(/^x-request-id: [\w-]{36}\r?$/im);
      expect(head).toMatch(/^cache-control: no-store\r?$/im);
      expect(head).toMatch(/^x-content-type-options: nosniff\r?$/im);
    }
  });

  test('says with a 401 how to prove who one is', async () => {
    const { url, read, socket } = doorOf(service);
    const answer = await call('GET', url + read);
    expect(answer).toMatchObject({ status: 401 });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="logi"');
    const asked = socket === '/none' ? '/v1/bookings' : socket;
    const upgrade = ['upgrade: websocket', 'connection: upgrade', 'sec-websocket-version: 13', 'sec-websocket-key: x'];
    const { head } = await sendRaw(url, rawRequest(`GET ${asked}`, upgrade));
    expect(head).toMatch(/^HTTP\/1.1 401 .*\r$/m);
    expect(head).toMatch(/^www-authenticate: Bearer realm="logi"\r?$/im);
  });

  test('logs one security line about a refusal: what, where, from where and under which name', async () => {
    const { url, read, mayNot } = doorOf(service);
    const secretToken = `${mayNot}x`;
    const cases = [
      { options: {}, code: 'unauthenticated', status: 401 },
      { options: { token: secretToken }, code: 'unauthenticated', status: 401 },
      { options: { token: mayNot }, code: 'forbidden', status: 403, role: expect.stringMatching(/^(user|driver)$/) },
    ];
    for (const { options, ...told } of cases) {
      const { body } = await call('GET', url + read, options);
      expect(await securityLineOf(service, body.error.request_id)).toMatchObject({
        ...{ ...told, level: 'warn', door: 'http', method: 'GET', route: read, address: '127.0.0.1' },
      });
    }
    const { body } = await sendRaw(url, 'nonsense\r\n\r\n');
    const { request_id } = JSON.parse(body).error;
    expect(await securityLineOf(service, request_id)).toMatchObject({ door: 'http', code: 'invalid_request' });
    expect(doorOf(service).output()).not.toContain(mayNot.split('.')[2]);
  });
});

test('the tracker routes also take a password, and say so', async () => {
  const { url } = doorOf('tracking');
  const { headers } = await call('GET', `${url}/v1/osmand?lat=1&lon=1`);
  expect(headers.get('www-authenticate')).toBe('Bearer realm="logi", Basic realm="logi"');
});

test.each([
  ['tracking', 'driver', 'user'],
  ['gateway', 'user', undefined],
] as const)(
  '%s logs a security line about each refused upgrade, and names one that it lets in',
  async (name, may, mayNot) => {
    const { url, socket, output } = doorOf(name);
    const at = url.replace('http', 'ws') + socket;
    const good = token(may, 'whoever');
    const headers = { 'x-request-id': 'upgrade-1' };
    const refused = [
      { answer: await refusedUpgrade(at), code: 'unauthenticated', route: socket },
      { answer: await refusedUpgrade(`${at}?token=${good}x`), code: 'unauthenticated', route: socket },
      {
        answer: await refusedUpgrade(`${url.replace('http', 'ws')}/x?token=${good}`),
        code: 'not_found',
        route: 'none',
      },
      ...(mayNot
        ? [{ answer: await refusedUpgrade(`${at}?token=${token(mayNot)}`), code: 'forbidden', route: socket }]
        : []),
    ];
    for (const { answer, code, route } of refused) {
      const line = await securityLineOf(name, answer.body.error.request_id);
      expect(line).toMatchObject({ door: 'upgrade', code, route, address: '127.0.0.1', status: answer.status });
    }
    expect((await refusedUpgrade(at, { headers })).body.error.request_id).toBe('upgrade-1');
    expect(output()).not.toContain(good.split('.')[2]);

    const ws = new WebSocket(`${at}?token=${good}`, { headers });
    closeLater(() => ws.terminate());
    const id = await new Promise((resolve, reject) => {
      ws.on('upgrade', (response) => resolve(response.headers['x-request-id'])).on('error', reject);
    });
    expect(id).toBe('upgrade-1');
  },
);

test('what is logged deep within a request has its name, too', async () => {
  const { url } = doorOf('booking');
  const headers = { 'x-request-id': 'estimate-1' };
  const answer = await call('POST', `${url}/v1/estimates`, { token: token('user'), headers, body: bookingBody() });
  expect(answer.status).toBe(200); // the routing server is away, and the log says so
  await eventually(() => {
    const names = linesOf('booking').flatMap(({ msg, requestId }) => (requestId === 'estimate-1' ? [msg] : []));
    expect(names.filter((msg) => msg !== 'answered')).not.toEqual([]);
  });
});
