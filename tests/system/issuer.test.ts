import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { forge, hmac, keyed, secondsFromNow } from '../../tools/testing/forged-tokens.ts';
import { eventually, within } from '../../tools/testing/waiting.ts';
import { call } from '../support/http.ts';
import { expectRefusal } from '../support/refusals.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { refusedUpgrade, TestSocket } from '../support/socket.ts';

/* Services that trust an identity provider by its JWKS, which is served here. */

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const attacker = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwk = (key: KeyObject, kid: string) => ({ ...key.export({ format: 'jwk' }), kid, use: 'sig' });
const payload = { sub: 'dro', role: 'driver', exp: secondsFromNow(600) };

let isAway = false;
const issuer = serve(() => (isAway ? undefined : [jwk(rsa.publicKey, 'rsa'), jwk(ec.publicKey, 'ec')]));
let stolenFetches = 0;
const attackersServer = serve(() => {
  stolenFetches += 1;
  return [jwk(attacker.publicKey, 'rsa')];
});

let system: System;
beforeAll(async () => {
  await Promise.all([issuer, attackersServer].map((server) => server.listening));
  system = await startSystem({ JWT_SECRET: '', JWT_JWKS_URL: issuer.url() });
});
afterAll(async () => {
  for (const { server } of [issuer, attackersServer]) server.close();
  await system.stop();
});
beforeEach(() => {
  isAway = false;
});

function serve(keys: () => object[] | undefined) {
  let held: { ask: () => void; answers: Promise<void>; release: () => void } | undefined;
  const server: Server = createServer(async (_request, response) => {
    held?.ask();
    await held?.answers;
    const published = keys();
    response.writeHead(published ? 200 : 503, { 'content-type': 'application/json', connection: 'close' });
    response.end(JSON.stringify({ keys: published }));
  });
  return {
    server,
    listening: new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)),
    url() {
      const address = server.address();
      return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/jwks.json`;
    },
    /** Resolves when the keys are asked for; they are given on `release`. */
    holdAnswers(): Promise<void> {
      const [asked, answers] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      held = { ask: asked.resolve, answers: answers.promise, release: answers.resolve };
      return within(asked.promise, 'somebody to ask for the keys');
    },
    release(): void {
      held?.release();
      held = undefined;
    },
  };
}

/** The same question at the HTTP and at the WebSocket door of two services. */
async function knock(token: string) {
  const upgrade = `${system.gatewayUrl}/ws?token=${token}`;
  return {
    http: await Promise.all([
      call('GET', `${system.bookingUrl}/v1/bookings`, { token }),
      call('GET', `${system.trackingUrl}/v1/drivers/me`, { token }),
    ]),
    upgrade,
  };
}

async function expectRefused(token: string): Promise<void> {
  const { http, upgrade } = await knock(token);
  for (const answer of [...http, await refusedUpgrade(upgrade)]) expectRefusal(answer, 'unauthenticated');
}

test('an issuer that is away before its keys are known is an outage and nobody’s fault, and is asked again', async () => {
  isAway = true;
  const fresh = await system.start.tracking();
  const url = `http://127.0.0.1:${fresh.port()}`;
  const token = forge({ header: { alg: 'ES256', kid: 'ec' }, payload, signature: keyed(ec.privateKey) });
  expectRefusal(await call('GET', `${url}/v1/drivers/me`, { token }), 'unavailable');
  expectRefusal(await refusedUpgrade(`${url.replace('http', 'ws')}/v1/stream?token=${token}`), 'unavailable');
  isAway = false;
  await eventually(async () => expect((await call('GET', `${url}/v1/drivers/me`, { token })).status).toBe(200));
});

test('who is still being verified when a service stops is sent away like those who come later', async () => {
  const fresh = await system.start.gateway();
  const token = forge({ header: { alg: 'ES256', kid: 'ec' }, payload, signature: keyed(ec.privateKey) });
  const asked = issuer.holdAnswers();
  const answer = refusedUpgrade(`ws://127.0.0.1:${fresh.port()}/ws?token=${token}`);
  await asked;
  const stopped = fresh.stop();
  issuer.release();
  expectRefusal(await answer, 'unavailable');
  await stopped;
});

test.each([
  ['RS256', 'rsa', rsa.privateKey],
  ['ES256', 'ec', ec.privateKey],
])('an %s token of the issuer opens every door', async (alg, kid, privateKey) => {
  const token = forge({ header: { alg, kid, typ: 'JWT' }, payload, signature: keyed(privateKey) });
  const { http, upgrade } = await knock(token);
  expect(http.map(({ status }) => status)).toEqual([200, 200]);
  await (await TestSocket.connect(upgrade)).close();
});

test.each<[name: string, token: () => string]>([
  ['of an unknown key', () => forge({ header: { alg: 'RS256', kid: 'x' }, payload, signature: keyed(rsa.privateKey) })],
  ['of no key', () => forge({ header: { alg: 'RS256' }, payload, signature: keyed(rsa.privateKey) })],
  [
    'of somebody else’s key',
    () => forge({ header: { alg: 'RS256', kid: 'rsa' }, payload, signature: keyed(attacker.privateKey) }),
  ],
  [
    'signed by HS256 with the published key',
    () =>
      forge({
        header: { alg: 'HS256', kid: 'rsa' },
        payload,
        signature: hmac(String(rsa.publicKey.export({ type: 'spki', format: 'pem' }))),
      }),
  ],
])('a token %s is refused', async (_name, token) => {
  await expectRefused(token());
});

test('a token that says where its key is found is refused, and nobody goes there', async () => {
  const url = attackersServer.url();
  const header = { alg: 'RS256', kid: 'rsa', jku: url, x5u: url, jwk: attacker.publicKey.export({ format: 'jwk' }) };
  await expectRefused(forge({ header, payload, signature: keyed(attacker.privateKey) }));
  const unknown = { ...header, kid: 'other' };
  await expectRefused(forge({ header: unknown, payload, signature: keyed(attacker.privateKey) }));
  expect(stolenFetches).toBe(0);
});
