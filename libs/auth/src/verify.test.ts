import { createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { forge, hmac, keyed, secondsFromNow } from '../../../tools/testing/forged-tokens.ts';
import { eventually } from '../../../tools/testing/waiting.ts';
import { authSettings } from './config.ts';
import { createTokenVerifier, type VerifyToken } from './verify.ts';

const SECRET = 's'.repeat(32);
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const otherRsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = (key: KeyObject) => String(key.export({ type: 'spki', format: 'pem' }));

const verifierFor = (env: Record<string, string>) => createTokenVerifier(authSettings.parse(env));
const claims = (change: object = {}) => ({ sub: 'ana', role: 'user', exp: secondsFromNow(600), ...change });
const rs256 = (key: KeyObject, kid?: string) =>
  forge({ header: { alg: 'RS256', typ: 'JWT', kid }, payload: claims(), signature: keyed(key) });
const es256 = (key: KeyObject, kid?: string) =>
  forge({ header: { alg: 'ES256', typ: 'JWT', kid }, payload: claims(), signature: keyed(key) });
const hs256 = (payload: unknown, { secret = SECRET, typ = 'JWT' } = {}) =>
  forge({ header: { alg: 'HS256', typ }, payload, signature: hmac(secret) });

const accepted = { principal: { id: 'ana', role: 'user' } };
const refused = { code: 'unauthenticated' };

test('an RS256 token is verified by JWT_PUBLIC_KEY, and one of another key is refused', async () => {
  const verify = verifierFor({ JWT_PUBLIC_KEY: pem(rsa.publicKey) });
  expect(await verify(rs256(rsa.privateKey))).toMatchObject(accepted);
  await expect(verify(rs256(otherRsa.privateKey))).rejects.toMatchObject(refused);
  await expect(verify(es256(ec.privateKey))).rejects.toMatchObject(refused);
});

test('an ES256 token is verified by JWT_PUBLIC_KEY', async () => {
  const verify = verifierFor({ JWT_PUBLIC_KEY: pem(ec.publicKey) });
  expect(await verify(es256(ec.privateKey))).toMatchObject(accepted);
  await expect(verify(rs256(rsa.privateKey))).rejects.toMatchObject(refused);
});

test('the public key is no secret: a token signed with its text by HS256 is refused', async () => {
  const text = pem(rsa.publicKey);
  const verify = verifierFor({ JWT_PUBLIC_KEY: text });
  await expect(verify(hs256(claims(), { secret: text }))).rejects.toMatchObject(refused);
  await expect(verify(hs256(claims(), { secret: text.trim() }))).rejects.toMatchObject(refused);
});

test.each([
  ['nbf 30 s ahead', { nbf: secondsFromNow(30) }],
  ['iat 30 s ahead', { iat: secondsFromNow(30) }],
  ['an expiry in the last second of the year 9999', { exp: 253_402_300_799.9 }],
  ['fractions of seconds, as many libraries write them', { exp: secondsFromNow(600) + 0.5, iat: 1.25, nbf: 0.75 }],
  ['a list of audiences with ours in it', { aud: ['other', 'logi'] }],
])('a token with %s is accepted', async (_name, change) => {
  const verify = verifierFor({ JWT_SECRET: SECRET, JWT_AUDIENCE: 'logi' });
  expect(await verify(hs256(claims({ aud: 'logi', ...change })))).toMatchObject(accepted);
});

test.each([
  ['nbf two minutes ahead', { nbf: secondsFromNow(120) }],
  ['iat two minutes ahead', { iat: secondsFromNow(120) }],
  ['an expiry one second ago', { exp: secondsFromNow(-1) }],
  ['an expiry a fraction of a second ago', { exp: Date.now() / 1000 - 0.001 }],
  ['no expiry', { exp: undefined }],
])('a token with %s is refused', async (_name, change) => {
  const verify = verifierFor({ JWT_SECRET: SECRET });
  await expect(verify(hs256(claims(change)))).rejects.toMatchObject(refused);
});

test('the identity ends when the token does, and says when it was issued', async () => {
  const verify = verifierFor({ JWT_SECRET: SECRET });
  const exp = secondsFromNow(77);
  const iat = secondsFromNow(-5);
  expect(await verify(hs256(claims({ exp, iat })))).toMatchObject({ expiresAt: exp * 1000, issuedAt: iat * 1000 });
  expect(await verify(hs256(claims({ exp: exp + 0.5, iat: iat + 0.25 })))).toMatchObject({
    ...{ expiresAt: exp * 1000 + 500, issuedAt: iat * 1000 + 250 },
  });
  expect(await verify(hs256(claims()))).toMatchObject({ issuedAt: undefined });
});

test.each([
  ['an expiry in milliseconds, as people write it', { exp: Date.now() + 600_000 }],
  ['an expiry in the first second of the year 10000', { exp: 253_402_300_800 }],
  ['an expiry of 1e300', { exp: 1e300 }],
  ['a start in milliseconds', { nbf: Date.now() }],
  ['a time of issue in milliseconds', { iat: Date.now() }],
])('a token with %s is refused, and told that it is seconds', async (_name, change) => {
  const [claim] = Object.keys(change);
  await expect(verifierFor({ JWT_SECRET: SECRET })(hs256(claims(change)))).rejects.toMatchObject({
    ...refused,
    message: `The token’s ${claim} is after the year 9999: it is counted in seconds, not in milliseconds`,
  });
});

test.each(['JWT', 'jwt', 'Jwt', 'at+jwt', 'AT+JWT', 'application/jwt', 'application/at+jwt', 'Application/AT+JWT'])(
  'a token of the type %s is accepted',
  async (typ) => {
    expect(await verifierFor({ JWT_SECRET: SECRET })(hs256(claims(), { typ }))).toMatchObject(accepted);
  },
);

test.each(['JWE', 'dpop+jwt', 'application/', 'at+', 'text/jwt', 'application/application/jwt', 'jwt ', ''])(
  'a token of the type "%s" is refused',
  async (typ) => {
    await expect(verifierFor({ JWT_SECRET: SECRET })(hs256(claims(), { typ }))).rejects.toMatchObject(refused);
  },
);

test('while a secret is replaced, tokens of the one before it are accepted too, and of no other', async () => {
  const previous = 'p'.repeat(32);
  const verify = verifierFor({ JWT_SECRET: SECRET, JWT_SECRET_PREVIOUS: previous, JWT_ISSUER: 'us' });
  const ours = claims({ iss: 'us' });
  expect(await verify(hs256(ours))).toMatchObject(accepted);
  expect(await verify(hs256(ours, { secret: previous }))).toMatchObject(accepted);
  await expect(verify(hs256(ours, { secret: 'o'.repeat(32) }))).rejects.toMatchObject(refused);
  await expect(verify(hs256(claims({ iss: 'them' }), { secret: previous }))).rejects.toMatchObject(refused);
  const expired = { ...ours, exp: secondsFromNow(-1) };
  await expect(verify(hs256(expired, { secret: previous }))).rejects.toMatchObject({ message: 'The token is expired' });
});

test('with MAX_TOKEN_LIFETIME_SECONDS, a token that was made for longer is refused', async () => {
  const verify = verifierFor({ JWT_SECRET: SECRET, MAX_TOKEN_LIFETIME_SECONDS: '600' });
  const iat = secondsFromNow(-100);
  expect(await verify(hs256(claims({ iat, exp: iat + 600 })))).toMatchObject(accepted);
  await expect(verify(hs256(claims({ iat, exp: iat + 600.5 })))).rejects.toMatchObject({
    ...refused,
    message: 'The token is made for longer than the 600 seconds that are allowed from iat to exp',
  });
  await expect(verify(hs256(claims()))).rejects.toMatchObject({
    ...refused,
    message: 'The token is without iat, which is required where its lifetime is limited',
  });
});

/* A JWKS served here, as an identity provider does. */

let published: object[] = [];
let isAway = false;
let fetches = 0;
const issuer = createServer((_request, response) => {
  fetches += 1;
  response.writeHead(isAway ? 503 : 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ keys: published }));
});
let verifyByJwks: VerifyToken;
let jwksUrl: string;
const jwk = (key: KeyObject, kid: string, change: object = {}) => ({
  ...key.export({ format: 'jwk' }),
  kid,
  use: 'sig',
  ...change,
});

beforeAll(async () => {
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
  const address = issuer.address();
  jwksUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/jwks`;
});
afterAll(() => new Promise((resolve) => issuer.close(resolve)));
beforeEach(() => {
  published = [jwk(rsa.publicKey, 'rsa-1'), jwk(ec.publicKey, 'ec-1')];
  isAway = false;
  fetches = 0;
  verifyByJwks = verifierFor({ JWT_JWKS_URL: jwksUrl });
});

test('RS256 and ES256 tokens are verified by the key of their kid, fetched once for all', async () => {
  const identities = await Promise.all([
    verifyByJwks(rs256(rsa.privateKey, 'rsa-1')),
    verifyByJwks(es256(ec.privateKey, 'ec-1')),
    verifyByJwks(es256(ec.privateKey, 'ec-1')),
  ]);
  expect(identities).toMatchObject([accepted, accepted, accepted]);
  expect(fetches).toBe(1);
});

test.each([
  ['an unknown kid', () => rs256(rsa.privateKey, 'rsa-2')],
  ['the kid of another key', () => rs256(otherRsa.privateKey, 'rsa-1')],
  ['a kid that is SQL', () => rs256(rsa.privateKey, "' or '1'='1")],
  ['a kid that is a path', () => rs256(rsa.privateKey, '../../etc/passwd')],
  ['no kid, where there are several keys', () => rs256(rsa.privateKey)],
  ['HS256, signed with the published key', () => hs256(claims(), { secret: pem(rsa.publicKey) })],
])('by a JWKS, a token with %s is refused', async (_name, token) => {
  await expect(verifyByJwks(token())).rejects.toMatchObject(refused);
});

test('where one key is published, a token needs no kid', async () => {
  published = [jwk(rsa.publicKey, 'rsa-1')];
  expect(await verifyByJwks(rs256(rsa.privateKey))).toMatchObject(accepted);
});

test('a symmetric key, one for encryption and one we cannot read are left out of a JWKS', async () => {
  const secret = createSecretKey(Buffer.from(SECRET));
  published = [
    { ...secret.export({ format: 'jwk' }), kid: 'secret' },
    jwk(otherRsa.publicKey, 'rsa-2', { use: 'enc' }),
    { kty: 'RSA', kid: 'broken', n: '!', e: 'AQAB' },
    { kty: 'PQC', kid: 'future' },
    jwk(rsa.publicKey, 'rsa-1'),
  ];
  expect(await verifyByJwks(rs256(rsa.privateKey, 'rsa-1'))).toMatchObject(accepted);
  await expect(verifyByJwks(rs256(otherRsa.privateKey, 'rsa-2'))).rejects.toMatchObject(refused);
  const symmetric = forge({ header: { alg: 'HS256', kid: 'secret' }, payload: claims(), signature: hmac(SECRET) });
  await expect(verifyByJwks(symmetric)).rejects.toMatchObject(refused);
});

test('made-up kids make us ask the issuer once, and do not lock out those with real ones', async () => {
  const madeUp = Array.from({ length: 50 }, (_, index) => rs256(otherRsa.privateKey, `made-up-${index}`));
  for (const token of madeUp) await expect(verifyByJwks(token)).rejects.toMatchObject(refused);
  expect(await verifyByJwks(es256(ec.privateKey, 'ec-1'))).toMatchObject(accepted);
  expect(fetches).toBe(1);
});

test('an issuer that is away is an outage and not a bad token, and is asked again when it is back', async () => {
  isAway = true;
  await expect(verifyByJwks(rs256(rsa.privateKey, 'rsa-1'))).rejects.toMatchObject({ code: 'unavailable' });
  isAway = false;
  await eventually(async () => expect(await verifyByJwks(rs256(rsa.privateKey, 'rsa-1'))).toMatchObject(accepted));
});

test('addresses of keys inside a token are never asked', async () => {
  published = [jwk(otherRsa.publicKey, 'attacker')];
  const header = { alg: 'RS256', typ: 'JWT', kid: 'attacker', jku: jwksUrl, x5u: jwksUrl };
  const token = forge({ header, payload: claims(), signature: keyed(otherRsa.privateKey) });
  const embedded = forge({
    header: { alg: 'RS256', typ: 'JWT', jwk: otherRsa.publicKey.export({ format: 'jwk' }) },
    payload: claims(),
    signature: keyed(otherRsa.privateKey),
  });
  for (const verify of [verifierFor({ JWT_PUBLIC_KEY: pem(rsa.publicKey) }), verifierFor({ JWT_SECRET: SECRET })]) {
    await expect(verify(token)).rejects.toMatchObject(refused);
    await expect(verify(embedded)).rejects.toMatchObject(refused);
  }
  expect(fetches).toBe(0);
});
