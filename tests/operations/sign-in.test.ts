import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DEVELOPMENT_SECRET, signCode, signToken } from '@logi/auth';
import { eventually } from '../../tools/testing/waiting.ts';
import { call, callText } from '../support/http.ts';
import { startService } from '../support/services/service-process.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { spawnTool } from '../support/tool.ts';

let system: System;
let url: string;
beforeAll(async () => {
  system = await startSystem();
  const operations = await system.start.operations();
  url = `http://127.0.0.1:${operations.port()}`;
});
afterAll(() => system.stop());

const code = (sub = 'ada', ttlSeconds?: number) =>
  signCode({ sub, secret: system.secret, ...(ttlSeconds !== undefined && { ttlSeconds }) });
const signIn = (given: string, base = url) => call('POST', `${base}/v1/sign-in`, { body: { code: given } });
const refusalOf = ({ status, body }: { status: number; body: { error: { code: string } } }) => [
  status,
  body.error.code,
];

describe('a code', () => {
  test('is exchanged for a token of an hour, which is an admin’s and has their name', async () => {
    const { status, body } = await signIn(code('ada ❤'));
    expect({ status, sub: body.sub }).toEqual({ status: 200, sub: 'ada ❤' });
    const session = await call('GET', `${url}/v1/session`, { token: body.token });
    expect(session).toMatchObject({ status: 200, body: { sub: 'ada ❤' } });
    const left = Date.parse(session.body.expires_at) - Date.parse(session.body.now);
    expect(left).toBeGreaterThan(3_500_000);
    expect(left).toBeLessThanOrEqual(3_600_000);
    expect((await call('GET', `${url}/booking/v1/audit`, { token: body.token })).status).toBe(200);
  });

  test('is good once, on whatever instance', async () => {
    const other = await system.start.operations();
    const given = code();
    const answers = await Promise.all([
      signIn(given),
      signIn(given, `http://127.0.0.1:${other.port()}`),
      signIn(given),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401]);
    expect(refusalOf(await signIn(given))).toEqual([401, 'sign_in_code_used']);
  });

  test('is not good after its time, nor for longer than five minutes, nor of another secret, nor changed', async () => {
    const good = code();
    const [head, body, signature = ''] = good.split('.');
    const bad = [
      code('ada', -1),
      code('ada', 301),
      signCode({ sub: 'ada', secret: 'x'.repeat(40) }),
      `${head}.${body}.${signature.slice(1)}`,
      `${head}.${Buffer.from('{}').toString('base64url')}.${signature}`,
      'nonsense',
    ];
    for (const given of bad) expect(refusalOf(await signIn(given))).toEqual([401, 'sign_in_code_invalid']);
    expect((await signIn(good)).status).toBe(200);
  });

  test('is no token, and a token is no code', async () => {
    expect((await call('GET', `${url}/v1/session`, { token: code() })).status).toBe(401);
    expect((await call('GET', `${system.bookingUrl}/v1/bookings`, { token: code() })).status).toBe(401);
    expect(refusalOf(await signIn(system.token('admin', 'ada')))).toEqual([401, 'sign_in_code_invalid']);
  });

  test('is looked at only so often for one address', async () => {
    const operations = await system.start.operations({ MAX_STRANGER_CALLS_PER_SECOND: '10', RATE_BURST_SECONDS: '5' });
    const base = `http://127.0.0.1:${operations.port()}`;
    const answers = [];
    for (let i = 0; i < 8; i += 1) answers.push(await signIn('nonsense', base));
    expect(answers.at(0)?.status).toBe(401);
    expect(refusalOf(answers[7] as (typeof answers)[0])).toEqual([429, 'rate_limited']);
    expect(answers[7]?.headers.get('retry-after')).not.toBeNull();
  });

  test('and no token gets into the service’s log', async () => {
    const {
      url: base,
      output,
      signal,
      exitCode,
    } = await startService('operations', {
      ...{ OPERATIONS_PORT: '0', LOG_LEVEL: 'trace', JWT_SECRET: system.secret },
      ...{ DATABASE_URL: system.servers.urls.operations.databaseUrl, AMQP_URL: system.servers.urls.operations.amqpUrl },
    });
    const given = code('logged');
    const { body } = await signIn(given, base);
    await signIn(given, base);
    await signIn(`${given}x`, base);
    await callText(`${base}/ws?token=${body.token}`);
    signal('SIGTERM');
    expect(await exitCode()).toBe(0);
    expect(output()).toContain('signed in by a code');
    for (const part of [given, body.token]) expect(output()).not.toContain(part.split('.')[2]);
  });
});

test('a token for anybody is made with the development secret, and with no other', async () => {
  const make = (base: string, token: string) =>
    call('POST', `${base}/v1/development-tokens`, { token, body: { role: 'user', sub: 'alice' } });
  expect(refusalOf(await make(url, system.token('admin', 'ada')))).toEqual([403, 'forbidden']);
  const operations = await system.start.operations({ JWT_SECRET: '' });
  const base = `http://127.0.0.1:${operations.port()}`;
  const token = signToken({ role: 'admin', sub: 'ada', ttlSeconds: 60, secret: DEVELOPMENT_SECRET });
  const { status, body } = await make(base, token);
  expect(status).toBe(200);
  expect(refusalOf(await call('GET', `${base}/v1/session`, { token: body.token }))).toEqual([403, 'forbidden']);
  expect(refusalOf(await make(base, body.token))).toEqual([403, 'forbidden']);
});

test.each(['user', 'driver'] as const)('the token of a %s opens nothing of the console', async (role) => {
  const token = system.token(role, 'somebody');
  for (const path of ['/v1/session', '/v1/health', '/v1/dead-letters', '/v1/dead-letters/1']) {
    expect(refusalOf(await call('GET', `${url}${path}`, { token }))).toEqual([403, 'forbidden']);
  }
  for (const path of ['/v1/dead-letters/1/replay', '/v1/dead-letters/1/discard'])
    expect(refusalOf(await call('POST', `${url}${path}`, { token }))).toEqual([403, 'forbidden']);
});

test('whoever is blocked has no console any more', async () => {
  const token = system.token('admin', 'eve');
  expect((await call('GET', `${url}/v1/session`, { token })).status).toBe(200);
  await call('PUT', `${system.bookingUrl}/v1/blocks?role=admin&sub=eve`, {
    token: system.token('admin', 'ada'),
    body: {},
  });
  await eventually(async () => {
    expect(refusalOf(await call('GET', `${url}/v1/session`, { token }))).toEqual([403, 'blocked']);
  });
});

test('where only somebody else signs tokens there are no codes, and a pasted token is taken', async () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const operations = await system.start.operations({ JWT_SECRET: '', JWT_PUBLIC_KEY: pem });
  const base = `http://127.0.0.1:${operations.port()}`;
  expect((await call('GET', `${base}/v1/console`)).body).toEqual({ has_codes: false, is_development: false });
  expect(await signIn(code(), base)).toMatchObject({
    status: 401,
    body: { error: { code: 'sign_in_code_invalid', message: expect.stringContaining('paste one') } },
  });
});

test('`logi console` prints a link whose code signs in', async () => {
  const { output } = await spawnTool('tools/logi/main.ts', ['console', '--as', 'night shift'], {
    JWT_SECRET: system.secret,
    OPERATIONS_URL: url,
  }).ended();
  const [, base, given = ''] = /^(http:\/\/[^/]+)\/#code=(\S+)\n$/.exec(output) ?? [];
  expect(base).toBe(url);
  expect(await signIn(given)).toMatchObject({ status: 200, body: { sub: 'night shift' } });
});
