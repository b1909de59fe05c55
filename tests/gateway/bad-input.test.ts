import { createHmac, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { PROTOCOL_V2 } from '@logi/contracts';
import { within } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { call } from '../support/http.ts';
import { frame, openRawSocket } from '../support/raw/raw-socket.ts';
import {
  connectV2,
  type Gateway,
  makeBooking,
  type Rig,
  startRig,
  type V2Socket,
} from '../support/services/gateways.ts';
import { refusedUpgrade, TestSocket } from '../support/socket.ts';

let rig: Rig;
let gateway: Gateway;
let neighbour: V2Socket;
beforeAll(async () => {
  rig = await startRig();
  gateway = await rig.startGateway({
    REQUEST_TIMEOUT_MS: '500',
    HEARTBEAT_MS: '400',
    ALLOWED_ORIGINS: 'https://app.example',
    MAX_CONNECTIONS_PER_PRINCIPAL: '20',
    MAX_FRAMES_PER_SECOND: '20',
    RATE_BURST_SECONDS: '1',
    CLOSE_GRACE_MS: '300',
  });
  neighbour = await connectV2(gateway, rig.token('user', 'neighbour'));
});
afterEach(async () => {
  const booking = makeBooking(rig, { userId: 'neighbour' });
  await booking.become('Searching');
  await neighbour.find(({ payload }) => 'booking_id' in payload && payload.booking_id === booking.bookingId);
});
afterAll(() => rig.stop());

let evils = 0;
/** Whoever misbehaves pays for it on all their sockets, so each time it is somebody else. */
function nextEve(): string {
  evils += 1;
  return `eve ${evils}`;
}

const HOUR_FROM_NOW = Math.floor(Date.now() / 1000) + 3_600;
const HS256 = { alg: 'HS256', typ: 'JWT' };
const CLAIMS = { sub: 'eve', role: 'user', exp: HOUR_FROM_NOW };

function encode(part: unknown): string {
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
}

/** Signed rightly, whatever it says. */
function forge(header: unknown, claims: unknown, hash = 'sha256'): string {
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${createHmac(hash, rig.env['JWT_SECRET'] ?? '')
    .update(text)
    .digest('base64url')}`;
}

const BAD_TOKENS: [string, () => string][] = [
  ['none at all', () => ''],
  ['not a token', () => 'x'],
  ['not base64', () => '!!!.???.***'],
  ['alg none', () => `${encode({ alg: 'none' })}.${encode(CLAIMS)}.`],
  ['alg NoNe', () => `${encode({ alg: 'NoNe' })}.${encode(CLAIMS)}.`],
  ['HS512', () => forge({ ...HS256, alg: 'HS512' }, CLAIMS, 'sha512')],
  ['RS256 against a secret', () => forge({ ...HS256, alg: 'RS256' }, CLAIMS)],
  ['a stripped signature', () => `${encode(HS256)}.${encode(CLAIMS)}.`],
  ['a truncated signature', () => forge(HS256, CLAIMS).slice(0, -3)],
  ['another secret', () => `${forge(HS256, CLAIMS).split('.').slice(0, 2).join('.')}.${'A'.repeat(43)}`],
  ['crit', () => forge({ ...HS256, crit: ['b64'] }, CLAIMS)],
  ['another typ', () => forge({ ...HS256, typ: 'dpop+jwt' }, CLAIMS)],
  ['a kid as long as a book', () => forge({ ...HS256, kid: '../'.repeat(200) }, CLAIMS)],
  ['no exp', () => forge(HS256, { sub: 'eve', role: 'user' })],
  ['exp as text', () => forge(HS256, { ...CLAIMS, exp: String(HOUR_FROM_NOW) })],
  ['exp 1e300', () => forge(HS256, `{"sub":"eve","role":"user","exp":1e300}`)],
  ['exp past', () => forge(HS256, { ...CLAIMS, exp: 1_000_000_000 })],
  ['nbf in the future', () => forge(HS256, { ...CLAIMS, nbf: HOUR_FROM_NOW })],
  ['iat in the future', () => forge(HS256, { ...CLAIMS, iat: HOUR_FROM_NOW })],
  ['claims that are a list', () => forge(HS256, [CLAIMS])],
  ['claims that are text', () => forge(HS256, '"eve"')],
  ['claims that are not JSON', () => forge(HS256, '{')],
  ['an unknown role', () => forge(HS256, { ...CLAIMS, role: 'root' })],
  ['no role', () => forge(HS256, { sub: 'eve', exp: HOUR_FROM_NOW })],
  ['an empty sub', () => forge(HS256, { ...CLAIMS, sub: '' })],
  ['a sub with NUL', () => forge(HS256, { ...CLAIMS, sub: 'e\0ve' })],
  ['a sub of 129 characters', () => forge(HS256, { ...CLAIMS, sub: 'e'.repeat(129) })],
  ['more than 8 KB', () => forge(HS256, { ...CLAIMS, more: 'x'.repeat(9_000) })],
];

test.each(BAD_TOKENS)('a token with %s is refused with 401', async (_, make) => {
  const token = make();
  const refused = await refusedUpgrade(`${gateway.url}/ws`, { headers: { authorization: `Bearer ${token}` } });
  expect(refused).toMatchObject({ status: 401, body: { error: { code: 'unauthenticated' } } });
  expect(JSON.stringify(refused.body)).not.toContain('eve');
});

test.each([
  ['kid with a path', { kid: '../../etc/passwd' }],
  ['kid with SQL', { kid: "' or 1=1 --" }],
  ['jku, x5u and jwk', { jku: 'http://127.0.0.1:1/', x5u: 'http://127.0.0.1:1/', jwk: { kty: 'oct' } }],
])('a header with %s changes nothing: the configured key decides', async (_, header) => {
  const socket = await TestSocket.connect(`${gateway.url}/ws?token=${forge({ ...HS256, ...header }, CLAIMS)}`);
  await socket.close();
});

test('a public key used as a secret is refused', async () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const strict = await rig.startGateway({ JWT_SECRET: '', JWT_PUBLIC_KEY: pem });
  const text = `${encode(HS256)}.${encode(CLAIMS)}`;
  const token = `${text}.${createHmac('sha256', pem).update(text).digest('base64url')}`;
  expect((await refusedUpgrade(`${strict.url}/ws?token=${token}`)).status).toBe(401);
});

test.each([
  ['issuer', {}],
  ['wrong issuer', { iss: 'https://evil.example', aud: 'logi' }],
  ['wrong audience', { iss: 'https://id.example', aud: 'other' }],
])('a token without the required issuer and audience is refused: %s', async (_, claims) => {
  const strict = await rig.startGateway({ JWT_ISSUER: 'https://id.example', JWT_AUDIENCE: 'logi' });
  const url = `${strict.url}/ws?token=${forge(HS256, { ...CLAIMS, ...claims })}`;
  expect((await refusedUpgrade(url)).status).toBe(401);
});

test.each([
  ['another path', '/wss', {}, 404],
  ['a path that climbs', '/ws/../admin', {}, 404],
  ['an origin that is not allowed', '/ws', { origin: 'https://evil.example' }, 403],
  ['an unknown type', '/ws?types=everything', {}, 400],
])('an upgrade with %s is refused', async (_, path, headers, status) => {
  const token = rig.token('user', 'eve');
  const refused = await refusedUpgrade(`${gateway.url}${path}`, {
    headers: { authorization: `Bearer ${token}`, ...headers },
  });
  expect(refused.status).toBe(status);
});

test('a plain GET is answered with 426', async () => {
  expect((await call('GET', `${gateway.httpUrl}/ws?token=${rig.token('user', 'eve')}`)).status).toBe(426);
});

test('the allowed origin, and programs without one, come in; the token may be a subprotocol', async () => {
  const token = rig.token('user', 'eve');
  const browser = await TestSocket.connect(`${gateway.url}/ws`, {
    headers: { origin: 'https://app.example' },
    protocols: [`bearer.${token}`, PROTOCOL_V2],
  });
  expect(browser.protocol).toBe(PROTOCOL_V2);
  await browser.close();
});

const MISUSE: [string, (socket: TestSocket<unknown>) => void, number][] = [
  ['binary', (socket) => socket.send(Buffer.from('{}')), 4400],
  ['not JSON', (socket) => socket.send('{'), 4400],
  ['JSON that is no frame', (socket) => socket.send('[]'), 4400],
  ['of an unknown type', (socket) => socket.send('{"type":"subscribe","payload":{"booking_id":"x"}}'), 4400],
  ['a resume without an id', (socket) => socket.send('{"type":"resume","payload":{}}'), 4400],
  ['a resume with a number', (socket) => socket.send('{"type":"resume","payload":{"last_id":-1}}'), 4400],
  ['an ack of nonsense', (socket) => socket.send('{"type":"ack","payload":{"last_id":"x"}}'), 4400],
  ['an auth without a token', (socket) => socket.send('{"type":"auth","payload":{}}'), 4400],
  ['an auth with nonsense', (socket) => socket.send('{"type":"auth","payload":{"token":"x"}}'), 4401],
  ['over the limit', (socket) => socket.send(`"${'x'.repeat(8_300)}"`), 1009],
  ['deep JSON', (socket) => socket.send('['.repeat(4_000)), 4400],
  ['one of a flood', (socket) => Array.from({ length: 30 }, () => socket.send('{"type":"ping"}')), 4429],
];

test.each(MISUSE)('a frame that is %s closes the connection, and no other', async (_, misuse, code) => {
  const socket = await connectV2(gateway, rig.token('user', nextEve()));
  misuse(socket);
  expect((await socket.closed).code).toBe(code);
});

test.each([
  ['another person', 'user', 'mallory'],
  ['another role', 'admin', 'trudy'],
] as const)('an auth frame for %s closes the connection with 4403', async (_, role, sub) => {
  const socket = await connectV2(gateway, rig.token('user', 'trudy'));
  socket.send(JSON.stringify({ type: 'auth', payload: { token: rig.token(role, sub) } }));
  expect((await socket.closed).code).toBe(4403);
});

const TEXT = 1;
const CONTINUATION = 0;
const PING = 9;
const BROKEN_FRAMES: [string, () => Buffer, number][] = [
  ['unmasked', () => frame({ opcode: TEXT, payload: '{}', isMasked: false }), 1002],
  ['with reserved bits', () => Buffer.from([0xf1, 0x80, 0, 0, 0, 0]), 1002],
  ['of invalid UTF-8', () => frame({ opcode: TEXT, payload: Buffer.from([0xc3, 0x28]) }), 1007],
  [
    'in 10,000 fragments',
    () =>
      Buffer.concat([
        frame({ opcode: TEXT, payload: '"', isFinal: false }),
        ...Array.from({ length: 9_999 }, () => frame({ opcode: CONTINUATION, isFinal: false })),
      ]),
    1008,
  ],
  ['part of a ping flood', () => Buffer.concat(Array.from({ length: 100 }, () => frame({ opcode: PING }))), 4429],
];

test.each(BROKEN_FRAMES)('a frame that is %s closes the connection, and no other', async (_, make, code) => {
  const raw = await openRawSocket(`${gateway.url}/ws?token=${rig.token('user', nextEve())}`);
  raw.write(make());
  raw.write(frame({ opcode: 8, payload: Buffer.from([code >> 8, code & 255]) }));
  expect(await raw.closed).toBe(code);
});

test('a client that never answers a ping is cut off', async () => {
  const raw = await openRawSocket(`${gateway.url}/ws?token=${rig.token('user', nextEve())}`);
  expect(await raw.closed).toBe(1006);
});

test('a request that trickles in is cut off', async () => {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => undefined);
  socket.write('GET /ws HTTP/1.1\r\nhost: x\r\n');
  closeLater(() => socket.destroy());
  await within(once(socket.resume(), 'close'), 'the cut');
});

test('of a hundred connections of one principal the newest twenty stay, and each of the others is told why it ends', async () => {
  const url = `${gateway.url}/ws?token=${rig.token('user', 'crowd')}`;
  const sockets: TestSocket[] = [];
  for (let opened = 0; opened < 100; opened += 1) sockets.push(await TestSocket.connect(url));
  for (const socket of sockets.slice(0, 80)) expect((await socket.closed).code).toBe(4409);
  for (const socket of sockets.slice(80)) await socket.caughtUp();
});

test.each([
  ['MAX_CONNECTIONS_PER_ADDRESS', 429],
  ['MAX_CONNECTIONS', 503],
])('%s is kept: one more is refused with %i', async (setting, status) => {
  const small = await rig.startGateway({ [setting]: '2' });
  const url = (sub: string) => `${small.url}/ws?token=${rig.token('user', sub)}`;
  await TestSocket.connect(url('one'));
  await TestSocket.connect(url('two'));
  expect((await refusedUpgrade(url('three'))).status).toBe(status);
});

test('more good upgrades at once than MAX_UPGRADES_PER_SECOND are asked to come again', async () => {
  const small = await rig.startGateway({ MAX_UPGRADES_PER_SECOND: '1' });
  const opened = Array.from({ length: 20 }, (_, index) =>
    TestSocket.connect(`${small.url}/ws?token=${rig.token('user', `one of many ${index}`)}`).then(
      () => 101,
      (err: Error) => Number(/\d+$/.exec(err.message)?.[0]),
    ),
  );
  const statuses = new Set(await Promise.all(opened));
  expect(statuses).toEqual(new Set([101, 503]));
});

test('bytes count as frames do', async () => {
  const small = await rig.startGateway({ MAX_INBOUND_BYTES_PER_SECOND: '1000', RATE_BURST_SECONDS: '1' });
  const socket = await connectV2(small, rig.token('user', 'eve'));
  socket.send(JSON.stringify({ type: 'ping', payload: { padding: 'x'.repeat(1_000) } }));
  expect((await socket.closed).code).toBe(4429);
});
