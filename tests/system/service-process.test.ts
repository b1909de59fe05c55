import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { signToken } from '@logi/auth';
import { CORE_SERVICES, type CoreService, type Role } from '@logi/contracts';
import { forge, hmac, keyed, secondsFromNow } from '../../tools/testing/forged-tokens.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { openSql } from '../support/database.ts';
import { call } from '../support/http.ts';
import { long } from '../support/long.ts';
import { bookingBody } from '../support/people/people.ts';
import { expectRefusal } from '../support/refusals.ts';
import { createTestServers, type TestServers } from '../support/servers.ts';
import { type ServiceProcess, spawnService, startService } from '../support/services/service-process.ts';
import { refusedUpgrade, TestSocket } from '../support/socket.ts';

let servers: TestServers;
beforeAll(async () => {
  servers = await createTestServers();
});
afterAll(() => servers.discard());

function settingsOf(service: CoreService): Record<string, string> {
  const { booking, tracking, gateway } = servers.urls;
  const urls = { booking, tracking, gateway: { ...gateway, databaseUrl: '' } }[service];
  return {
    LOG_LEVEL: 'trace',
    [`${service.toUpperCase()}_PORT`]: '0',
    DATABASE_URL: urls.databaseUrl,
    AMQP_URL: urls.amqpUrl,
  };
}

/** Starts one of each, and stops them as an orchestrator does. */
async function withServices(
  settings: Record<string, string>,
  use: (url: Record<CoreService, string>, services: Record<CoreService, ServiceProcess>) => Promise<void>,
): Promise<Record<CoreService, ServiceProcess>> {
  const start = (service: CoreService) => spawnService(service, { ...settingsOf(service), ...settings });
  const services = { booking: start('booking'), tracking: start('tracking'), gateway: start('gateway') };
  let isGood = false;
  try {
    const { booking, tracking, gateway } = services;
    const urls = {
      booking: await booking.listening(),
      tracking: await tracking.listening(),
      gateway: await gateway.listening(),
    };
    await eventually(async () => expect((await call('GET', `${urls.gateway}/readyz`)).status).toBe(200));
    await use(urls, services);
    isGood = true;
  } finally {
    for (const service of CORE_SERVICES) services[service].signal('SIGTERM');
    const exitCodes = await Promise.all(CORE_SERVICES.map((service) => services[service].exitCode()));
    if (isGood) expect(exitCodes).toEqual([0, 0, 0]); // or this would hide what went wrong before
  }
  return services;
}

test('no text of any token gets into any log, whatever way it comes and whatever is wrong with it', async () => {
  const secret = randomBytes(32).toString('hex');
  const tokens: string[] = [];
  const remember = (token: string) => {
    tokens.push(token);
    return token;
  };
  const token = (role: Role, ttlSeconds = 600) =>
    remember(signToken({ role, sub: `${role} ${tokens.length}`, ttlSeconds, secret }));
  const claims = { sub: 'eve', role: 'admin', exp: secondsFromNow(600) };
  const bad = () => remember(forge({ header: { alg: 'HS256' }, payload: claims, signature: hmac('x'.repeat(32)) }));

  const services = await withServices({ JWT_SECRET: secret, HEARTBEAT_MS: '200' }, async (url) => {
    const socketUrl = `${url.gateway.replace('http', 'ws')}/ws`;
    const streamUrl = `${url.tracking.replace('http', 'ws')}/v1/stream`;
    for (const make of [() => token('driver'), bad]) {
      await call('GET', `${url.booking}/v1/bookings`, { token: make() });
      await call('GET', `${url.booking}/v1/bookings/%zz?token=${make()}`, { token: make() });
      await call('GET', `${url.booking}/nowhere?token=${make()}`, { token: make() });
      await call('POST', `${url.tracking}/v1/locations?token=${make()}`, { token: make(), body: '{"points":' });
      await call('PUT', `${url.tracking}/v1/drivers/me/status`, { token: make(), body: { status: make() } });
      await refusedUpgrade(`${socketUrl}/elsewhere?token=${make()}`);
      await refusedUpgrade(`${socketUrl}?token=${make()}&types=x`);
    }
    const ends: Promise<unknown>[] = [];
    for (const url of [socketUrl, streamUrl]) {
      await refusedUpgrade(`${url}?token=${bad()}`);
      await refusedUpgrade(url, { headers: { authorization: `Bearer ${bad()}` } });
      await refusedUpgrade(url, { protocols: [`bearer.${bad()}`] });
      const sockets = [
        await TestSocket.connect(`${url}?token=${token('driver')}`),
        await TestSocket.connect(url, { headers: { authorization: `Bearer ${token('driver')}` } }),
        await TestSocket.connect(url, { protocols: [`bearer.${token('driver')}`] }),
        await TestSocket.connect(`${url}?token=${token('driver', 3)}`),
      ];
      sockets[0]?.send(`not a message, but a token: ${token('driver')}`);
      sockets[1]?.send(JSON.stringify({ type: 'auth', payload: { token: token('driver') } }));
      ends.push(...[sockets[0], sockets[3]].map(async (socket) => socket?.closed));
    }
    await Promise.all(ends);
  });

  expect(tokens.length).toBeGreaterThan(30);
  for (const service of CORE_SERVICES) {
    const output = services[service].output();
    expect(output).toContain('stopped');
    const told = tokens.flatMap((each) => each.split('.').slice(1)).filter((part) => output.includes(part));
    expect({ service, told }).toEqual({ service, told: [] });
    expect(output).not.toContain(secret);
    for (const line of output.trimEnd().split('\n')) JSON.parse(line);
  }
});

test('SIGTERM closes sockets with 1012, takes nobody in meanwhile, and ends the process with 0', async () => {
  const secret = randomBytes(32).toString('hex');
  const token = (role: Role, sub: string) => signToken({ role, sub, ttlSeconds: 600, secret });
  await withServices({ JWT_SECRET: secret, DRAIN_MS: '4000' }, async (url, services) => {
    const socketUrl = `${url.gateway.replace('http', 'ws')}/ws`;
    const streamUrl = `${url.tracking.replace('http', 'ws')}/v1/stream`;
    const sockets = await Promise.all([
      ...Array.from({ length: 10 }, (_, n) => TestSocket.connect(`${socketUrl}?token=${token('user', `u${n}`)}`)),
      TestSocket.connect(`${streamUrl}?token=${token('driver', 'dro')}`),
    ]);
    services.gateway.signal('SIGTERM');
    await Promise.race(sockets.map((socket) => socket.closed));
    expectRefusal(await refusedUpgrade(`${socketUrl}?token=${token('user', 'late')}`), 'unavailable');
    const ready = await call('GET', `${url.gateway}/readyz`);
    expectRefusal(ready, 'unavailable');
    expect(ready.headers.get('retry-after')).toBe('2');
    services.tracking.signal('SIGTERM');
    for (const socket of sockets) expect(await socket.closed).toEqual({ code: 1012, reason: 'service restart' });
    await Promise.all([services.gateway.exitCode(), services.tracking.exitCode()]);
  });
});

test('SIGTERM also ends a gateway that still waits for the broker, with 0', async () => {
  const gateway = spawnService('gateway', { ...settingsOf('gateway'), AMQP_URL: 'amqp://127.0.0.1:1' });
  await eventually(() => expect(gateway.output()).toContain('broker link cannot open yet'));
  gateway.signal('SIGTERM');
  expect(await gateway.exitCode()).toBe(0);
  expect(gateway.output()).not.toMatch(/cannot start|gateway listens/);
});

long(
  'calls that wait too long for a lock are told to try again, and neither they nor a silent line keep a stop',
  async () => {
    const secret = randomBytes(32).toString('hex');
    const token = signToken({ role: 'user', sub: 'ana', ttlSeconds: 600, secret });
    const booking = await startService('booking', { ...settingsOf('booking'), JWT_SECRET: secret });
    const { body } = await call('POST', `${booking.url}/v1/bookings`, { token, body: bookingBody() });
    const { sql } = await openSql(servers.databaseUrl);
    const silent = connect(Number(new URL(booking.url).port), '127.0.0.1');
    closeLater(() => silent.destroy());
    await once(silent, 'connect');
    await sql('begin');
    await sql('select from booking.booking where booking_id = $1 for update', [body.booking_id]);
    const cancel = () => call('POST', `${booking.url}/v1/bookings/${body.booking_id}/cancel`, { token, body: {} });
    const calls = [cancel(), cancel()];
    const waiting = `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
    await eventually(async () => expect(await sql(waiting)).toHaveLength(2));
    booking.signal('SIGTERM');
    for (const answer of await Promise.all(calls)) expectRefusal(answer, 'unavailable');
    expect(await booking.exitCode()).toBe(0);
  },
);

test('with JWT_PUBLIC_KEY, tokens of an identity provider open every service, and nobody else’s do', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = String(publicKey.export({ type: 'spki', format: 'pem' }));
  const payload = { sub: 'dro', role: 'driver', exp: secondsFromNow(600) };
  const good = forge({ header: { alg: 'ES256', typ: 'JWT' }, payload, signature: keyed(privateKey) });
  const confused = forge({ header: { alg: 'HS256', typ: 'JWT' }, payload, signature: hmac(pem) });
  await withServices({ JWT_PUBLIC_KEY: pem, NODE_ENV: 'production' }, async (url) => {
    const calls = [`${url.booking}/v1/bookings`, `${url.tracking}/v1/drivers/me`];
    const upgrades = [`${url.gateway}/ws`, `${url.tracking}/v1/stream`].map((http) => http.replace('http', 'ws'));
    for (const each of calls) {
      expect((await call('GET', each, { token: good })).status).toBe(200);
      expectRefusal(await call('GET', each, { token: confused }), 'unauthenticated');
    }
    for (const each of upgrades) {
      await (await TestSocket.connect(`${each}?token=${good}`)).close();
      expectRefusal(await refusedUpgrade(`${each}?token=${confused}`), 'unauthenticated');
    }
  });
});

describe.each(CORE_SERVICES)('%s refuses to start', (service) => {
  const some = service === 'gateway' ? test : long; // they read settings alike
  some.each<[name: string, settings: Record<string, string>, says: RegExp[]]>([
    ['with a short secret', { JWT_SECRET: 'short' }, [/JWT_SECRET: must be at least 32 bytes/]],
    ['in production without a secret', { NODE_ENV: 'production' }, [/JWT_SECRET: is required in production/]],
    [
      'in production with a failpoint',
      { NODE_ENV: 'production', JWT_SECRET: 's'.repeat(32), LOGI_FAILPOINT: 'after_commit:1' },
      [/LOGI_FAILPOINT: is for tests, and refused in production/],
    ],
    [
      'with two keys',
      { JWT_SECRET: 's'.repeat(32), JWT_JWKS_URL: 'https://issuer.example/jwks' },
      [/JWT_SECRET: set only one of/],
    ],
    [
      'with several settings wrong, and names them all',
      { JWT_SECRET: 'short', AMQP_URL: 'http://broker', LOG_LEVEL: 'loud' },
      [/JWT_SECRET: /, /AMQP_URL: /, /LOG_LEVEL: /],
    ],
  ])('%s', async (_name, settings, says) => {
    const child = spawnService(service, { ...settingsOf(service), ...settings });
    expect(await child.exitCode()).toBe(1);
    for (const each of says) expect(child.output()).toMatch(each);
    expect(child.output()).toMatch(/^The settings are not right:\n( {2}\w+: .+\n)+$/);
  });
});
