import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { within } from '../../../tools/testing/waiting.ts';
import { IssuerKeys } from './issuer-keys.ts';

const MINUTE_MS = 60_000;
const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwk = (kid: string) => ({ ...publicKey.export({ format: 'jwk' }), kid });
const rsaJwk = (kid: string) => ({ ...rsa.publicKey.export({ format: 'jwk' }), kid });

let answer: { status: number; body: string; headers?: Record<string, string> };
let fetches: number;
let beforeAnswer: Promise<void>;
const issuer = createServer(async (_request, response) => {
  fetches += 1;
  await beforeAnswer;
  response.writeHead(answer.status, answer.headers).end(answer.body);
});
const holdAnswer = () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  beforeAnswer = promise;
  return resolve;
};
const publish = (...kids: string[]) => {
  answer = { status: 200, body: JSON.stringify({ keys: kids.map(jwk) }) };
};

let now: number;
let keys: IssuerKeys;
beforeAll(() => new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise((resolve) => issuer.close(resolve)));
beforeEach(() => {
  fetches = 0;
  beforeAnswer = Promise.resolve();
  now = 0;
  const address = issuer.address();
  keys = new IssuerKeys(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, () => now);
});

test('a key that the issuer brings in is found ten seconds after the last look', async () => {
  publish('first');
  expect(await keys.find('second')).toBeUndefined();
  publish('first', 'second');
  now += 10_000;
  expect(await keys.find('second')).toBeUndefined();
  now += 1;
  expect(await keys.find('second')).toBeDefined();
  expect(fetches).toBe(2);
});

test('a key that the issuer withdraws is good for ten more minutes, and no longer', async () => {
  publish('first');
  await keys.find('first');
  publish('second');
  now += 10 * MINUTE_MS;
  expect(await keys.find('first')).toBeDefined();
  now += 1;
  expect(await keys.find('first')).toBeUndefined();
});

test.each([
  ['that is away', { status: 503, body: '' }],
  ['that answers no JSON', { status: 200, body: '<html>' }],
  ['that answers no key set', { status: 200, body: '{"keys":{}}' }],
])('an issuer %s takes no known key away, and an unknown one is an outage', async (_name, trouble) => {
  publish('first');
  await keys.find('first');
  answer = trouble;
  now += 60 * MINUTE_MS;
  expect(await keys.find('first')).toBeDefined();
  await expect(keys.find('second')).rejects.toMatchObject({ code: 'unavailable' });
});

test('an issuer that was away a moment ago is not asked again for a key that is known', async () => {
  publish('first');
  await keys.find('first');
  answer = { status: 503, body: '' };
  now += 10 * MINUTE_MS + 1;
  await keys.find('first');
  now += 10_000;
  expect(await keys.find('first')).toBeDefined();
  expect(fetches).toBe(2);
});

test('an issuer that was away and is slow to answer keeps nobody waiting whose key is known', async () => {
  publish('first');
  await keys.find('first');
  answer = { status: 503, body: '' };
  now += 10 * MINUTE_MS + 1;
  await keys.find('first');

  const letAnswer = holdAnswer();
  publish('second');
  now += 10_001;
  expect(await keys.find('first')).toBeDefined();
  const second = keys.find('second'); // waits for the same answer
  letAnswer();
  expect(await second).toBeDefined();
  expect(await keys.find('first')).toBeUndefined();
  expect(fetches).toBe(3);
});

test('keys are fetched anew after five minutes, and nobody waits for that', async () => {
  publish('first');
  await keys.find('first');
  const letAnswer = holdAnswer();
  publish('second');
  now += 5 * MINUTE_MS + 1;
  const asked = once(issuer, 'request');
  expect(await keys.find('first')).toBeDefined();
  await within(asked, 'somebody to ask the issuer');
  const second = keys.find('second');
  letAnswer();
  expect(await second).toBeDefined();
  expect(fetches).toBe(2);
});

test('an issuer that fails is not asked again for each made-up key id', async () => {
  publish('first');
  await keys.find('first');
  answer = { status: 503, body: '' };
  now += 10_001;
  for (let i = 0; i < 50; i += 1) {
    await expect(keys.find(`made-up-${i}`)).rejects.toMatchObject({ code: 'unavailable' });
  }
  expect(fetches).toBe(2);
  publish('second');
  now += 10_001;
  expect(await keys.find('second')).toBeDefined();
});

test('an issuer that has never answered is asked once a second, since nobody gets in before it does', async () => {
  answer = { status: 503, body: '' };
  for (let i = 0; i < 50; i += 1) await expect(keys.find('first')).rejects.toMatchObject({ code: 'unavailable' });
  expect(fetches).toBe(1);
  publish('first');
  now += 1_001;
  expect(await keys.find('first')).toBeDefined();
});

test('a key set is not taken from where its issuer sends us on to', async () => {
  publish('first');
  const { body } = answer;
  const elsewhere = createServer((_request, response) => response.end(body));
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  const address = elsewhere.address();
  const location = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`;
  answer = { status: 302, body: '', headers: { location } };
  await expect(keys.find('first')).rejects.toMatchObject({ code: 'unavailable' });
  await new Promise((resolve) => elsewhere.close(resolve));
});

test.each([
  ['says so', true],
  ['does not say so', false],
])('a key set of more than a megabyte that %s is not read', async (_name, saysSo) => {
  const body = JSON.stringify({ keys: [jwk('first')], padding: 'p'.repeat(1_048_576) });
  // Without a length, Node sends it in chunks.
  answer = { status: 200, body, headers: saysSo ? { 'content-length': String(Buffer.byteLength(body)) } : {} };
  await expect(keys.find('first')).rejects.toMatchObject({ code: 'unavailable' });
});

const weakRsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' });
test.each<[name: string, key: object]>([
  ['for another RSA algorithm', { ...rsaJwk('odd'), alg: 'RS512' }],
  ['for another kind of RSA signature', { ...rsaJwk('odd'), alg: 'PS256' }],
  ['for an algorithm of another kind of key', { ...rsaJwk('odd'), alg: 'ES256' }],
  ['of 1024 bits', { ...weakRsa, kid: 'odd' }],
  ['of another curve', { ...p384, kid: 'odd' }],
  ['for encryption', { ...jwk('odd'), use: 'enc' }],
  ['that is not for verifying', { ...jwk('odd'), key_ops: ['deriveKey'] }],
  ['that is private', { ...rsa.privateKey.export({ format: 'jwk' }), kid: 'odd' }],
])('a published key %s is left out', async (_name, key) => {
  answer = { status: 200, body: JSON.stringify({ keys: [key, jwk('first')] }) };
  expect(await keys.find('odd')).toBeUndefined();
  expect(await keys.find('first')).toBeDefined();
});

test.each<[name: string, key: object]>([
  ['RS256', { ...rsaJwk('named'), alg: 'RS256', key_ops: ['verify'] }],
  ['ES256', { ...jwk('named'), alg: 'ES256', key_ops: ['verify'] }],
])('a published key for %s is taken', async (_name, key) => {
  answer = { status: 200, body: JSON.stringify({ keys: [key] }) };
  expect(await keys.find('named')).toBeDefined();
});
