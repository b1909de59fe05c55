import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { eventually, within } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { call } from '../support/http.ts';
import { rawRequest, sendRaw } from '../support/raw/raw-http.ts';
import { frame, openRawSocket } from '../support/raw/raw-socket.ts';
import { expectRefusal } from '../support/refusals.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { refusedUpgrade, TestSocket } from '../support/socket.ts';

const MAX_CONNECTIONS_PER_PRINCIPAL = 3;
const MAX_FRAMES_PER_SECOND = 70;
const MAX_FRAME_BYTES = 1_024;

let system: System;
let gateway: string;
let http: string;
let counter = 0;
beforeAll(async () => {
  system = await startSystem({
    ALLOWED_ORIGINS: 'https://App.logi.example:443/, http://localhost:5173',
    MAX_CONNECTIONS_PER_PRINCIPAL: String(MAX_CONNECTIONS_PER_PRINCIPAL),
    MAX_FRAMES_PER_SECOND: String(MAX_FRAMES_PER_SECOND),
    MAX_FRAME_BYTES: String(MAX_FRAME_BYTES),
    RATE_BURST_SECONDS: '1',
    CLOSE_GRACE_MS: '300',
    HEARTBEAT_MS: '200',
  });
  gateway = `${system.gatewayUrl}/ws`;
  http = system.gatewayUrl.replace('ws', 'http');
});
afterAll(() => system.stop());

/** The address for somebody who is not connected yet. */
function freshUrl(): string {
  counter += 1;
  return `${gateway}?token=${system.token('user', `somebody ${counter}`)}`;
}

describe('before the upgrade', () => {
  test('no token is 401', async () => {
    expectRefusal(await refusedUpgrade(gateway), 'unauthenticated');
    expectRefusal(await refusedUpgrade(`${gateway}?token=`), 'unauthenticated');
  });

  test('two Authorization headers are 401', async () => {
    const authorization = `authorization: Bearer ${system.token('user', 'ana')}`;
    const upgrade = ['connection: upgrade', 'upgrade: websocket', 'sec-websocket-version: 13'];
    const key = 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==';
    const request = rawRequest('GET /ws', [...upgrade, key, authorization, authorization]);
    const answer = await sendRaw(gateway, request.replace('connection: close\r\n', ''));
    expectRefusal({ ...answer, body: JSON.parse(answer.body) }, 'unauthenticated');
  });

  test.each([
    'https://evil.example',
    'https://app.logi.example.evil.example',
    'http://app.logi.example',
    'https://app.logi.example:8443',
    'https://APP.logi.example',
    'https://app.logi.example/',
    'null',
    '',
  ])('origin %j is 403', async (origin) => {
    expectRefusal(await refusedUpgrade(freshUrl(), { headers: { origin } }), 'origin_not_allowed');
  });

  test.each(['https://app.logi.example', 'http://localhost:5173'])('origin %s may come in', async (origin) => {
    await (await TestSocket.connect(freshUrl(), { headers: { origin } })).close();
  });

  test.each(['/', '/ws/', '/ws/extra', '/WS', '/v1/stream', '//ws', '/%77s'])('path %s is 404', async (path) => {
    const url = `${system.gatewayUrl}${path}?token=${system.token('user', 'ana')}`;
    expectRefusal(await refusedUpgrade(url), 'not_found');
  });

  test('a plain GET is 426 and says to what it should be upgraded', async () => {
    const answer = await call('GET', `${http}/ws?token=${system.token('user', 'ana')}`);
    expectRefusal(answer, 'upgrade_required');
    expect(answer.headers.get('upgrade')).toBe('websocket');
  });

  test('an upgrade to something else is 426', async () => {
    const answer = await sendRaw(
      gateway,
      rawRequest(`GET /ws?token=${system.token('user', 'ana')}`, ['connection: upgrade', 'upgrade: h2c']),
    );
    expectRefusal({ ...answer, body: JSON.parse(answer.body) }, 'upgrade_required');
  });

  test.each([
    ['POST', 'POST', ['sec-websocket-version: 13', 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=='], 'upgrade_required'],
    ['no key', 'GET', ['sec-websocket-version: 13'], 'invalid_upgrade'],
    ['a bad key', 'GET', ['sec-websocket-version: 13', 'sec-websocket-key: short'], 'invalid_upgrade'],
    [
      'version 12',
      'GET',
      ['sec-websocket-version: 12', 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=='],
      'invalid_upgrade',
    ],
    [
      'a broken list of subprotocols',
      'GET',
      ['sec-websocket-version: 13', 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-protocol: a,,b'],
      'invalid_upgrade',
    ],
  ] as const)('a handshake with %s is refused', async (_name, method, headers, code) => {
    const { pathname, search } = new URL(freshUrl());
    const upgrade = ['connection: upgrade', 'upgrade: websocket', ...headers];
    const answer = await sendRaw(
      gateway,
      rawRequest(`${method} ${pathname}${search}`, upgrade).replace('connection: close\r\n', ''),
    );
    expectRefusal({ ...answer, body: JSON.parse(answer.body) }, code);
  });

  test('one connection more than a principal may have closes the oldest with 4409, and no other', async () => {
    const url = freshUrl();
    const sockets = [];
    for (let open = 0; open <= MAX_CONNECTIONS_PER_PRINCIPAL; open += 1) sockets.push(await TestSocket.connect(url));
    const [oldest, ...others] = sockets;
    expect(await oldest?.closed).toEqual({ code: 4409, reason: 'replaced by a newer connection' });
    for (const socket of others) await socket.caughtUp();
    await others[0]?.close();
    others.push(await TestSocket.connect(url));
    for (const socket of others.slice(1)) await socket.caughtUp();
  });

  test('connections are counted for each role and id by itself', async () => {
    const urls = (['user', 'driver', 'admin'] as const).map((role) => `${gateway}?token=${system.token(role, 'same')}`);
    const sockets = await Promise.all([...urls, ...urls, ...urls].map((url) => TestSocket.connect(url)));
    for (const socket of sockets) await socket.caughtUp();
    for (const url of urls) await TestSocket.connect(url);
    await eventually(() => expect(sockets.filter(({ closedWith }) => closedWith?.code === 4409)).toHaveLength(3));
  });

  test.each(['x', 'driver_location,x', '', 'Driver_Location', 'driver_location;', '__proto__', 'hello%00'])(
    '`types=%s` is 400, for it names what does not exist',
    async (types) => {
      const answer = await refusedUpgrade(`${freshUrl()}&types=${types}`);
      expectRefusal(answer, 'unknown_message_type');
    },
  );
});

describe('a frame', () => {
  const message = (length: number) =>
    JSON.stringify({ type: 'x', padding: '' }).replace('""', `"${'p'.repeat(length - 25)}"`);

  test.each<[name: string, data: string | Buffer]>([
    ['that is binary', Buffer.from('{"type":"x"}')],
    ['that is not JSON', 'hello'],
    ['that is empty', ''],
    ['of truncated JSON', '{"type":"x"'],
    ['that is a list', '[{"type":"x"}]'],
    ['that is null', 'null'],
    ['without a type', '{"payload":{}}'],
    ['whose type is no text', '{"type":1}'],
  ])('%s closes with 4400', async (_name, data) => {
    const socket = await TestSocket.connect(freshUrl());
    socket.send(data);
    expect(await socket.closed).toEqual({ code: 4400, reason: 'bad frame' });
  });

  test('of the largest size is taken, and one byte more closes with 1009', async () => {
    const socket = await TestSocket.connect(freshUrl());
    expect(message(MAX_FRAME_BYTES)).toHaveLength(MAX_FRAME_BYTES);
    socket.send(message(MAX_FRAME_BYTES));
    socket.send(message(MAX_FRAME_BYTES + 1));
    expect(await socket.closed).toMatchObject({ code: 1009 });
  });

  test('in 64 fragments is taken, and in 65 closes with 1008', async () => {
    const text = Buffer.from(message(64));
    const fragments = (count: number) =>
      Array.from({ length: count }, (_, index) =>
        frame({
          opcode: index === 0 ? 1 : 0,
          payload: text.subarray(index, index + 1),
          isFinal: index === count - 1,
        }),
      );
    const socket = await openRawSocket(freshUrl());
    socket.write(Buffer.concat(fragments(64)));
    socket.write(frame({ opcode: 8, payload: Buffer.from([0x03, 0xe8]) }));
    expect(await socket.closed).toBe(1000);
    const other = await openRawSocket(freshUrl());
    other.write(Buffer.concat(fragments(65)));
    expect(await other.closed).toBe(1008);
  });

  test.each([
    ['invalid UTF-8 in text', frame({ opcode: 1, payload: Buffer.from([0xff, 0xfe]) }), 1007],
    ['half a character in text', frame({ opcode: 1, payload: Buffer.from('ü').subarray(0, 1) }), 1007],
    ['no mask', frame({ opcode: 1, payload: Buffer.from('{"type":"x"}'), isMasked: false }), 1002],
    ['a reserved opcode', frame({ opcode: 3 }), 1002],
    ['a reserved bit', frame({ opcode: 1, payload: Buffer.from('{}'), reservedBits: 4 }), 1002],
    ['a continuation of nothing', frame({ opcode: 0, payload: Buffer.from('x') }), 1002],
    ['a fragmented ping', frame({ opcode: 9, isFinal: false }), 1002],
    ['a ping of 126 bytes', frame({ opcode: 9, payload: Buffer.alloc(126) }), 1002],
    ['a close code that is none', frame({ opcode: 8, payload: Buffer.from([0x03, 0xed]) }), 1002],
    ['a close of one byte', frame({ opcode: 8, payload: Buffer.from([0x03]) }), 1002],
  ])('with %s closes with %#', async (_name, bytes, code) => {
    const socket = await openRawSocket(freshUrl());
    socket.write(bytes);
    expect(await socket.closed).toBe(code);
  });

  test('more than a second’s worth of them closes with 4429', async () => {
    const socket = await TestSocket.connect(freshUrl());
    // Two seconds' worth at once: a second may begin anywhere among them.
    for (let sent = 0; sent <= 2 * MAX_FRAMES_PER_SECOND; sent += 1) socket.send('{"type":"x"}');
    expect(await socket.closed).toEqual({ code: 4429, reason: 'too many frames' });
  });

  test('counts also when it is a ping, for each costs us an answer', async () => {
    const socket = new WebSocket(freshUrl());
    closeLater(() => socket.terminate());
    socket.on('open', () => socket.ping()).on('pong', () => socket.ping());
    expect((await within(once(socket, 'close'), 'the close'))[0]).toBe(4429);
  });

  test('with a ping in its burst of a thousand, none of which the client reads, is the last', async () => {
    const socket = await openRawSocket(freshUrl());
    socket.write(Buffer.concat(Array.from({ length: 1_000 }, () => frame({ opcode: 9, payload: Buffer.alloc(125) }))));
    expect(await socket.closed).toBe(4429);
  });
});

describe('in time', () => {
  test('a connection closes with 4401 when its token expires, on the gateway and on the stream', async () => {
    const stream = `${system.trackingUrl.replace('http', 'ws')}/v1/stream`;
    const sockets = await Promise.all([
      TestSocket.connect(`${gateway}?token=${system.token('user', 'brief', 3)}`),
      TestSocket.connect(`${stream}?token=${system.token('driver', 'brief', 3)}`),
    ]);
    for (const socket of sockets) expect(await socket.closed).toEqual({ code: 4401, reason: 'token expired' });
  });

  test('a client that no longer answers pings is cut off, and one that does is not', async () => {
    const alive = await TestSocket.connect(freshUrl());
    const dead = new WebSocket(freshUrl(), { autoPong: false });
    const pings: unknown[] = [];
    dead.on('ping', (data) => pings.push(data));
    closeLater(() => dead.terminate());
    expect((await within(once(dead, 'close'), 'the cut', { seen: () => pings.length }))[0]).toBe(1006);
    expect(pings).toHaveLength(2);
    await alive.caughtUp();
    expect(alive.closedWith).toBeUndefined();
  });
});
