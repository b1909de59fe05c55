import { createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { forge, hmac, keyed, secondsFromNow } from '../../../tools/testing/forged-tokens.ts';
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
const hs256 = (payload: unknown, secret = SECRET) =>
  forge({ header: { alg: 'HS256', typ: 'JWT' }, payload, signature: hmac(secret) });

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
  await expect(verify(hs256(claims(), text))).rejects.toMatchObject(refused);
  await expect(verify(hs256(claims(), text.trim()))).rejects.toMatchObject(refused);
});

test.each([
  ['nbf 30 s ahead', { nbf: secondsFromNow(30) }],
  ['iat 30 s ahead', { iat: secondsFromNow(30) }],
  ['an expiry in the year 9999', { exp: 253_402_300_799 }],
  ['a list of audiences with ours in it', { aud: ['other', 'logi'] }],
])('a token with %s is accepted', async (_name, change) => {
  const verify = verifierFor({ JWT_SECRET: SECRET, JWT_AUDIENCE: 'logi' });
  expect(await verify(hs256(claims({ aud: 'logi', ...change })))).toMatchObject(accepted);
});

test.each([
  ['nbf two minutes ahead', { nbf: secondsFromNow(120) }],
  ['iat two minutes ahead', { iat: secondsFromNow(120) }],
  ['an expiry one second ago', { exp: secondsFromNow(-1) }],
])('a token with %s is refused', async (_name, change) => {
  const verify = verifierFor({ JWT_SECRET: SECRET });
  await expect(verify(hs256(claims(change)))).rejects.toMatchObject(refused);
});

test('the identity ends when the token does', async () => {
  const exp = secondsFromNow(77);
  expect(await verifierFor({ JWT_SECRET: SECRET })(hs256(claims({ exp })))).toMatchObject({ expiresAt: exp * 1000 });
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
  ['HS256, signed with the published key', () => hs256(claims(), pem(rsa.publicKey))],
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
  expect(await verifyByJwks(rs256(rsa.privateKey, 'rsa-1'))).toMatchObject(accepted);
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
