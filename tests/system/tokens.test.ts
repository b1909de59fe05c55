import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { forge, hmac, keyed, secondsFromNow, unsigned } from '../../tools/testing/forged-tokens.ts';
import { call } from '../support/http.ts';
import { rawRequest, sendRaw } from '../support/raw/raw-http.ts';
import { expectRefusal } from '../support/refusals.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { refusedUpgrade, TestSocket } from '../support/socket.ts';

const SECRET = 'a secret of more than thirty-two bytes';
const ISSUER = 'https://issuer.example/';
const AUDIENCE = 'logi';
const attacker = generateKeyPairSync('rsa', { modulusLength: 2048 });

let system: System;
let drivers: string;
let stream: string;
let bookings: string;
let gateway: string;
beforeAll(async () => {
  system = await startSystem({ JWT_SECRET: SECRET, JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE });
  bookings = `${system.bookingUrl}/v1/bookings`;
  drivers = `${system.trackingUrl}/v1/drivers/me`;
  stream = `${system.trackingUrl.replace('http', 'ws')}/v1/stream`;
  gateway = `${system.gatewayUrl}/ws`;
});
afterAll(() => system.stop());

type Change = { header?: object; claims?: object; payload?: unknown };

/** A good token, but for what is changed. */
function token({ header, claims, payload }: Change = {}, signature = hmac(SECRET)): string {
  return forge({
    header: { alg: 'HS256', typ: 'JWT', ...header },
    payload: payload ?? { ...goodClaims(), ...claims },
    signature,
  });
}

function goodClaims() {
  return { sub: 'ana', role: 'driver', iss: ISSUER, aud: AUDIENCE, exp: secondsFromNow(600), iat: secondsFromNow(0) };
}

function part(text: string, index: number): string {
  return text.split('.')[index] ?? '';
}

const BAD_TOKENS: [name: string, make: () => string][] = [
  ['algorithm none', () => token({ header: { alg: 'none' } }, unsigned)],
  ['algorithm NoNe', () => token({ header: { alg: 'NoNe' } }, unsigned)],
  ['algorithm none, and a good signature', () => token({ header: { alg: 'none' } })],
  ['no algorithm', () => token({ header: { alg: undefined } })],
  ['an algorithm that is no text', () => token({ header: { alg: ['HS256'] } })],
  ['HS384 by the right secret', () => token({ header: { alg: 'HS384' } }, hmac(SECRET, 'sha384'))],
  ['HS512 by the right secret', () => token({ header: { alg: 'HS512' } }, hmac(SECRET, 'sha512'))],
  ['RS256 by a key of its own', () => token({ header: { alg: 'RS256' } }, keyed(attacker.privateKey))],
  [
    'a key of its own in its header',
    () =>
      token(
        { header: { alg: 'RS256', jwk: attacker.publicKey.export({ format: 'jwk' }) } },
        keyed(attacker.privateKey),
      ),
  ],
  ['RS256 in the header, and our own secret', () => token({ header: { alg: 'RS256' } })],
  ['another secret', () => token({}, hmac('another secret of more than 32 bytes'))],
  ['an empty secret', () => token({}, hmac(''))],
  ['a critical extension', () => token({ header: { crit: ['exp'] } })],
  ['an empty list of critical extensions', () => token({ header: { crit: [] } })],
  ['the type of an encrypted token', () => token({ header: { typ: 'JWE' } })],
  ['the type of a proof', () => token({ header: { typ: 'dpop+jwt' } })],
  ['a key id that is no text', () => token({ header: { kid: { $gt: '' } } })],
  ['a key id of 257 characters', () => token({ header: { kid: 'k'.repeat(257) } })],
  ['no expiry', () => token({ claims: { exp: undefined } })],
  ['an expiry of null', () => token({ claims: { exp: null } })],
  ['an expiry that is text', () => token({ claims: { exp: String(secondsFromNow(600)) } })],
  ['an expiry in milliseconds', () => token({ claims: { exp: Date.now() + 600_000 } })],
  ['an expiry of 1e300', () => token({ claims: { exp: 1e300 } })],
  ['an expiry of 0', () => token({ claims: { exp: 0 } })],
  ['a negative expiry', () => token({ claims: { exp: -1 } })],
  ['an expiry in the past', () => token({ claims: { exp: secondsFromNow(-1) } })],
  ['a start in the future', () => token({ claims: { nbf: secondsFromNow(3600) } })],
  ['a start that is text', () => token({ claims: { nbf: 'now' } })],
  ['an issue in the future', () => token({ claims: { iat: secondsFromNow(3600) } })],
  ['another issuer', () => token({ claims: { iss: 'https://issuer.example' } })],
  ['no issuer', () => token({ claims: { iss: undefined } })],
  ['another audience', () => token({ claims: { aud: 'logi-staging' } })],
  ['no audience', () => token({ claims: { aud: undefined } })],
  ['a list of other audiences', () => token({ claims: { aud: ['a', 'b'] } })],
  ['an array for a payload', () => token({ payload: [goodClaims()] })],
  ['text for a payload', () => token({ payload: JSON.stringify('ana') })],
  ['a payload that is not JSON', () => token({ payload: 'sub=ana&role=admin' })],
  ['a payload that is not JSON, and no type', () => token({ header: { typ: undefined }, payload: 'sub=ana' })],
  ['a payload of null', () => token({ payload: 'null' })],
  ['a number for a payload', () => token({ payload: '1' })],
  ['an empty payload', () => token({ payload: '' })],
  ['an unknown role', () => token({ claims: { role: 'dispatcher' } })],
  ['a role in capitals', () => token({ claims: { role: 'Admin' } })],
  ['a list of roles', () => token({ claims: { role: ['admin'] } })],
  ['no role', () => token({ claims: { role: undefined } })],
  ['no subject', () => token({ claims: { sub: undefined } })],
  ['an empty subject', () => token({ claims: { sub: '' } })],
  ['a subject of 129 characters', () => token({ claims: { sub: 's'.repeat(129) } })],
  ['a subject of 129 emoji', () => token({ claims: { sub: '🚚'.repeat(129) } })],
  ['NUL in its subject', () => token({ claims: { sub: 'a\0b' } })],
  ['a lone surrogate in its subject', () => token({ claims: { sub: 'a\ud800' } })],
  ['a subject that is a number', () => token({ claims: { sub: 7 } })],
  ['a subject that is an object', () => token({ claims: { sub: { id: 'ana' } } })],
  ['more than 8 KB', () => token({ claims: { note: 'n'.repeat(6_200) } })],
  ['its signature stripped', () => `${part(token(), 0)}.${part(token(), 1)}.`],
  ['its signature and the dot before it stripped', () => `${part(token(), 0)}.${part(token(), 1)}`],
  ['half of its signature', () => token().slice(0, -22)],
  ['one character of its signature missing', () => token().slice(0, -1)],
  [
    'the signature of another payload',
    () =>
      `${token({ claims: { sub: 'eve' } })
        .split('.', 2)
        .join('.')}.${part(token(), 2)}`,
  ],
  ['a fourth part', () => `${token()}.${part(token(), 2)}`],
  ['a header that is not JSON', () => `bm90IGpzb24.${part(token(), 1)}.${part(token(), 2)}`],
  ['characters that are not base64url', () => `${part(token(), 0)}.***.${part(token(), 2)}`],
  ['only dots', () => '..'],
  ['one word', () => 'token'],
];

test.each(BAD_TOKENS)('a token with %s is refused at every door', async (_name, make) => {
  const bad = make();
  const authorization = `Bearer ${bad}`;
  const answers = await Promise.all([
    call('GET', bookings, { token: bad }),
    call('GET', drivers, { token: bad }),
    refusedUpgrade(stream, { headers: { authorization } }),
    refusedUpgrade(gateway, { headers: { authorization } }),
    refusedUpgrade(`${gateway}?token=${encodeURIComponent(bad)}`),
    // Only what can stand in a list of subprotocols: a client cannot even send the rest.
    refusedUpgrade(gateway, /^[\w.-]+$/.test(bad) ? { protocols: [`bearer.${bad}`] } : { headers: { authorization } }),
  ]);
  for (const answer of answers) expectRefusal(answer, 'unauthenticated');
});

test.each<[name: string, change: Change]>([
  ['nothing unusual', {}],
  ['no type', { header: { typ: undefined } }],
  ['the type of an access token', { header: { typ: 'at+jwt' } }],
  ['the type of an access token, in full and in capitals', { header: { typ: 'application/AT+JWT' } }],
  ['fractions in its times', { claims: { exp: secondsFromNow(600) + 0.5, iat: secondsFromNow(0) - 0.5, nbf: 0.1 } }],
  ['a key id that is a path', { header: { kid: '../../../dev/null' } }],
  ['a key id that is SQL', { header: { kid: "x' union select 'secret" } }],
  ['several audiences, one of them ours', { claims: { aud: ['other', AUDIENCE] } }],
  ['almost 8 KB', { claims: { note: 'n'.repeat(5_000) } }],
])('a token with %s opens every door', async (_name, change) => {
  const good = token(change);
  expect((await call('GET', bookings, { token: good })).status).toBe(200);
  expect((await call('GET', drivers, { token: good })).status).toBe(200);
  const headers = { authorization: `Bearer ${good}` };
  const sockets = await Promise.all([
    TestSocket.connect(stream, { headers }),
    TestSocket.connect(`${stream}?token=${good}`),
    TestSocket.connect(gateway, { headers }),
    TestSocket.connect(`${gateway}?token=${good}`),
    TestSocket.connect(gateway, { protocols: [`bearer.${good}`] }),
  ]);
  for (const socket of sockets) await socket.close();
});

test.each([[[]], [['something.else']]])(
  'a browser, which gives up unless a subprotocol it offered is chosen, gets the one with the token back: beside it %j',
  async (others) => {
    const protocol = `bearer.${token()}`;
    for (const url of [gateway, stream]) {
      const socket = await TestSocket.connect(url, { protocols: [...others, protocol] });
      expect(socket.protocol).toBe(protocol);
      await socket.close();
    }
  },
);

test.each(['logi', 'logi.v2'])('no token comes back to who offers %s before or behind it', async (name) => {
  const bearer = `bearer.${token()}`;
  const orders = [
    [bearer, name],
    [name, bearer],
  ];
  const urls = name === 'logi' ? [gateway, stream] : [gateway];
  const sockets = await Promise.all(
    urls.flatMap((url) => orders.map((protocols) => TestSocket.connect(url, { protocols }))),
  );
  expect(sockets.map(({ protocol }) => protocol)).toEqual(sockets.map(() => name));
  for (const socket of sockets) await socket.close();
});

describe('the Authorization header', () => {
  const good = () => `authorization: Bearer ${token()}`;
  const bad = () => 'authorization: Bearer nonsense';
  test.each<[name: string, headers: () => string[]]>([
    ['that is absent', () => []],
    ['that is empty', () => ['authorization:']],
    ['that is `Bearer` only', () => ['authorization: Bearer']],
    ['that is `Bearer` and a space', () => ['authorization: Bearer ']],
    ['of another scheme', () => [good().replace('Bearer', 'Token')]],
    ['without a scheme', () => [good().replace('Bearer ', '')]],
    ['with a second word behind the token', () => [`${good()} x`]],
    ['with two tokens', () => [`${good()}, Bearer ${token()}`]],
    ['that comes twice, both good', () => [good(), good()]],
    ['that comes twice, the second bad', () => [good(), bad()]],
    ['that comes twice, the first bad', () => [bad(), good()]],
  ])('%s is refused', async (_name, headers) => {
    for (const url of [bookings, drivers]) {
      const { status, body } = await sendRaw(url, rawRequest(`GET ${new URL(url).pathname}`, headers()));
      expectRefusal({ status, body: JSON.parse(body) }, 'unauthenticated');
    }
  });

  test('may say bearer in small letters', async () => {
    const { status } = await sendRaw(bookings, rawRequest('GET /v1/bookings', [good().replace('Bearer', 'bearer')]));
    expect(status).toBe(200);
  });
});

test('HTTP takes no token from the query, where logs and histories keep it', async () => {
  expectRefusal(await call('GET', `${drivers}?token=${token()}`), 'unauthenticated');
});

test.each([
  ['a user', 'user'],
  ['an admin', 'admin'],
])('%s may not open the stream of drivers', async (_name, role) => {
  expectRefusal(await refusedUpgrade(`${stream}?token=${token({ claims: { role } })}`), 'forbidden');
});
