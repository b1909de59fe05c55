import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { call } from '../support/http.ts';
import { type RawAnswer, sendRaw } from '../support/raw/raw-http.ts';
import { expectRefusal } from '../support/refusals.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { TestSocket } from '../support/socket.ts';

let system: System;
let sockets: Record<'gateway' | 'stream', { origin: string; path: string }>;
let origins: string[];
beforeAll(async () => {
  system = await startSystem({ ALLOWED_ORIGINS: 'https://App.Example/' });
  const gateway = system.gatewayUrl.replace('ws', 'http');
  origins = [system.bookingUrl, system.trackingUrl, gateway];
  sockets = {
    gateway: { origin: gateway, path: `/ws?token=${system.token('user', 'ana')}` },
    stream: { origin: system.trackingUrl, path: `/v1/stream?token=${system.token('driver', 'dora')}` },
  };
});
afterAll(() => system.stop());

const UPGRADE = ['connection: upgrade', 'upgrade: websocket'];
const KEY = 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==';
const VERSION = 'sec-websocket-version: 13';
const HOST = 'host: logi';
const request = (line: string, headers: readonly string[]) => [line, ...headers, '', ''].join('\r\n');
const refusal = ({ status, body }: RawAnswer) => ({ status, body: JSON.parse(body) });

describe.each(['gateway', 'stream'] as const)('at the door of the %s', (door) => {
  const ask = (method: string, version: string, headers: readonly string[]) => {
    const { origin, path } = sockets[door];
    return sendRaw(origin, request(`${method} ${path} HTTP/${version}`, headers));
  };

  test.each(['12', '8', '0', '13, 8', ''])('version %j is refused, and told which it is', async (version) => {
    const answer = await ask('GET', '1.1', [HOST, ...UPGRADE, KEY, `sec-websocket-version: ${version}`]);
    expectRefusal(refusal(answer), 'invalid_upgrade');
    expect(answer.head).toMatch(/^sec-websocket-version: 13$/m);
  });

  test('an upgrade without a Host, or with two, is refused', async () => {
    expectRefusal(refusal(await ask('GET', '1.1', [...UPGRADE, KEY, VERSION])), 'invalid_request');
    expectRefusal(refusal(await ask('GET', '1.1', [HOST, HOST, ...UPGRADE, KEY, VERSION])), 'invalid_request');
  });

  test('an upgrade by HTTP/1.0 is refused', async () => {
    expectRefusal(refusal(await ask('GET', '1.0', [HOST, ...UPGRADE, KEY, VERSION])), 'invalid_upgrade');
  });

  test('an upgrade by HEAD is refused without a body', async () => {
    const { status, body } = await ask('HEAD', '1.1', [HOST, ...UPGRADE, KEY, VERSION]);
    expect({ status, body }).toEqual({ status: 426, body: '' });
  });
});

describe('an HTTP request', () => {
  const all = (line: string, headers: readonly string[]) =>
    Promise.all(origins.map((origin) => sendRaw(origin, request(line, ['connection: close', ...headers]))));

  test('without a Host, or with two, is refused with JSON', async () => {
    for (const headers of [[], [HOST, HOST], [HOST, 'host: other']]) {
      for (const answer of await all('GET /healthz HTTP/1.1', headers)) {
        expectRefusal(refusal(answer), 'invalid_request');
      }
    }
  });

  test('by HTTP/1.0 needs no Host', async () => {
    for (const { status } of await all('GET /healthz HTTP/1.0', [])) expect(status).toBe(200);
  });

  test('that expects what nobody promises is refused with JSON', async () => {
    for (const answer of await all('GET /healthz HTTP/1.1', [HOST, 'expect: a-miracle'])) {
      const body = JSON.parse(/\{.*\}/s.exec(answer.body)?.[0] ?? ''); // between the sizes of its chunks
      expectRefusal({ status: answer.status, body }, 'expectation_failed');
    }
  });

  test('that expects 100-continue is answered', async () => {
    for (const { head } of await all('GET /healthz HTTP/1.1', [HOST, 'expect: 100-continue'])) {
      expect(head).toMatch(/^HTTP\/1\.1 (100|200)/);
    }
  });
});

describe('a page that asks by plain GET why its upgrade was refused', () => {
  const ask = (query: string, headers: Record<string, string> = { origin: 'https://app.example' }) =>
    call('GET', `${system.gatewayUrl.replace('ws', 'http')}/ws?${query}`, { headers });

  test('is told what the upgrade would be told', async () => {
    const token = system.token('user', 'ana');
    expectRefusal(await ask(''), 'unauthenticated');
    expectRefusal(await ask('token=x'), 'unauthenticated');
    expectRefusal(await ask(`token=${token}&types=nonsense`), 'unknown_message_type');
    expectRefusal(await ask(`token=${token}`, { origin: 'https://evil.example' }), 'origin_not_allowed');
  });

  test('is told 426 when all is well, and closes nobody’s socket by asking', async () => {
    const url = `token=${system.token('user', 'ana')}`;
    const small = await system.start.gateway({ MAX_CONNECTIONS_PER_PRINCIPAL: '1' });
    const origin = `127.0.0.1:${small.port()}`;
    const socket = await TestSocket.connect(`ws://${origin}/ws?${url}`);
    const answer = await call('GET', `http://${origin}/ws?${url}`);
    expectRefusal(answer, 'upgrade_required');
    await socket.caughtUp();
  });

  test('may read the answer, whatever it is', async () => {
    for (const query of ['', `token=${system.token('user', 'ana')}`]) {
      expect((await ask(query)).headers.get('access-control-allow-origin')).toBe('*');
    }
  });

  test('is told of a driver’s stream in the same way', async () => {
    const stream = `${system.trackingUrl}/v1/stream`;
    expectRefusal(await call('GET', `${stream}?token=${system.token('user', 'ana')}`), 'forbidden');
    expectRefusal(await call('GET', `${stream}?token=${system.token('driver', 'dora')}`), 'upgrade_required');
  });
});

test('an origin may be written as people write it, and one that never matches stops the start', async () => {
  const { path } = sockets.gateway;
  const headers = { origin: 'https://app.example' };
  await (await TestSocket.connect(`${system.gatewayUrl}${path}`, { headers })).close();
  await expect(system.start.gateway({ ALLOWED_ORIGINS: 'https://app.example/login' })).rejects.toThrow(
    /ALLOWED_ORIGINS.*https:\/\/app\.example\/login/,
  );
});

test('`types` may be given more than once', async () => {
  const token = system.token('user', 'ana');
  const socket = await TestSocket.connect(
    `${system.gatewayUrl}/ws?token=${token}&types=status_update&types=booking_accepted,driver_location`,
  );
  const { body } = await call('POST', `${system.bookingUrl}/v1/bookings`, {
    token,
    body: {
      pickup_location: { type: 'Point', coordinates: [13.4, 52.5] },
      dropoff_location: { type: 'Point', coordinates: [13.5, 52.5] },
      vehicle_type: 'van',
    },
  });
  await socket.find(({ type }) => type === 'status_update');
  expect(socket.messages.map(({ type }) => type)).not.toContain('new_booking_request');
  expect(body.booking_id).toBeDefined();
});
