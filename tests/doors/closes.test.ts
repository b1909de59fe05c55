import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { within } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { long } from '../support/long.ts';
import { openRawSocket } from '../support/raw/raw-socket.ts';
import { installProxies, type RealProxy, startProxy } from '../support/services/proxies.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { TestSocket } from '../support/socket.ts';

const MEGABYTE = 1_048_576;
const TRIES = 10;

let system: System;
let doors: Record<'gateway' | 'stream', string>;
beforeAll(async () => {
  system = await startSystem({ CLOSE_GRACE_MS: '1000' });
  const stream = `${system.trackingUrl.replace('http', 'ws')}/v1/stream?token=${system.token('driver', 'dora')}`;
  doors = { gateway: `${system.gatewayUrl}/ws?token=${system.token('user', 'ana')}`, stream };
});
afterAll(() => system.stop());

/** What a client is told that sends one frame of so many bytes. */
async function closeOf(url: string, bytes: number): Promise<{ code: number; reason: string }> {
  const ws = new WebSocket(url, { rejectUnauthorized: false });
  closeLater(() => ws.terminate());
  ws.on('error', () => undefined); // a line that is reset
  await within(once(ws, 'open'), 'the upgrade');
  ws.send('x'.repeat(bytes));
  const [code, reason] = await within(once(ws, 'close'), 'the close');
  return { code, reason: String(reason) };
}

const at = (origin: string, url: string) => {
  const { pathname, search } = new URL(url);
  return `${origin}${pathname}${search}`;
};
const TOO_LARGE = { code: 1009, reason: 'frame too large' };

test.each(['gateway', 'stream'] as const)(
  'a frame that is too large is answered 1009 on the %s, each time',
  async (door) => {
    for (let tried = 0; tried < TRIES; tried += 1) {
      expect(await closeOf(doors[door], MEGABYTE)).toEqual(TOO_LARGE);
    }
  },
);

const missing = await installProxies();
const describeWithProxies = missing === undefined ? describe : describe.skip;
describeWithProxies.each(['nginx', 'haproxy'] as const)(
  `through %s${missing === undefined ? '' : `, which is not here: ${missing}`}`,
  (kind) => {
    let proxies: Record<'gateway' | 'stream', RealProxy>;
    beforeAll(async () => {
      proxies = {
        gateway: await startProxy(kind, doors.gateway),
        stream: await startProxy(kind, doors.stream),
      };
    });

    type Way = ['gateway' | 'stream', 'plainUrl' | 'tlsUrl', number];
    const answered = 'it is answered 1009 on the %s by %s, with %i bytes';
    test.each<Way>([
      ['gateway', 'plainUrl', MEGABYTE],
      ['stream', 'tlsUrl', 270_000],
    ])(answered, isAnswered);
    long.each<Way>([
      ['gateway', 'tlsUrl', MEGABYTE],
      ['stream', 'plainUrl', 270_000],
      ['stream', 'plainUrl', MEGABYTE],
      ['stream', 'tlsUrl', MEGABYTE],
    ])(answered, isAnswered);

    async function isAnswered(...[door, line, bytes]: Way): Promise<void> {
      const url = at(proxies[door][line], doors[door]);
      const closes = [];
      for (let tried = 0; tried < TRIES; tried += 1) closes.push(await closeOf(url, bytes));
      expect(closes).toEqual(Array(TRIES).fill(TOO_LARGE));
    }
  },
);

/** The head of a masked text frame of so many bytes, which are still to come. */
function headOf(bytes: number): Buffer {
  const head = Buffer.alloc(14);
  head.writeUInt8(0x81, 0);
  head.writeUInt8(0xff, 1);
  head.writeBigUInt64BE(BigInt(bytes), 2);
  randomBytes(4).copy(head, 10);
  return head;
}

test('a client that is still sending four megabytes hears why it is closed', async () => {
  for (let tried = 0; tried < 5; tried += 1) {
    const socket = await openRawSocket(doors.stream);
    socket.write(headOf(4 * MEGABYTE));
    for (let sent = 0; sent < 64; sent += 1) socket.write(Buffer.alloc(65_536));
    expect(await socket.closed).toBe(1009);
  }
});

test('who sends more than CLOSE_GRACE_BYTES after the close is cut off', async () => {
  const tight = await system.start.gateway({ CLOSE_GRACE_BYTES: '1024', CLOSE_GRACE_MS: '20000' });
  const raw = await openRawSocket(`ws://127.0.0.1:${tight.port()}/ws?token=${system.token('user', 'eve')}`);
  raw.write(headOf(4 * MEGABYTE));
  const flood = setInterval(() => raw.write(Buffer.alloc(65_536)), 5);
  closeLater(() => clearInterval(flood));
  await raw.closed; // long before its time is up
});

test('a client that answers the close is let go at once, and not kept for the time of those who do not', async () => {
  const patient = await system.start.gateway({ CLOSE_GRACE_MS: '20000' });
  const socket = await TestSocket.connect(`ws://127.0.0.1:${patient.port()}/ws?token=${system.token('user', 'ben')}`);
  socket.send('no message');
  expect(await socket.closed).toEqual({ code: 4400, reason: 'bad frame' });
});

test.each(['content-length: 4194304', 'transfer-encoding: chunked'])(
  'a body that is refused while its client still sends it is answered 413: %s',
  async (length) => {
    for (let tried = 0; tried < 5; tried += 1) {
      const socket = connect({ host: '127.0.0.1', port: Number(new URL(system.bookingUrl).port) });
      closeLater(() => socket.destroy());
      const errors: Error[] = [];
      socket.on('error', (err) => errors.push(err));
      const token = `authorization: Bearer ${system.token('user', 'ana')}`;
      const head = ['POST /v1/bookings HTTP/1.1', 'host: x', token, 'content-type: application/json', length];
      socket.write(`${head.join('\r\n')}\r\n\r\n`);
      for (let sent = 0; sent < 64; sent += 1) {
        if (length.startsWith('transfer')) socket.write('10000\r\n');
        socket.write(Buffer.alloc(65_536, ' '));
        if (length.startsWith('transfer')) socket.write('\r\n');
      }
      const [answer] = await within(once(socket, 'data'), 'the answer', { seen: () => errors });
      expect(String(answer)).toMatch(/^HTTP\/1\.1 413 /);
      expect(errors).toEqual([]);
      socket.destroy();
    }
  },
);

test('a request that is refused while its client still sends is answered', async () => {
  for (let tried = 0; tried < 5; tried += 1) {
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(system.gatewayUrl).port) });
    closeLater(() => socket.destroy());
    socket.on('error', () => undefined);
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.write('GET /ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
    for (let sent = 0; sent < 8; sent += 1) socket.write(Buffer.alloc(65_536));
    await within(once(socket, 'close'), 'the close');
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
  }
});
