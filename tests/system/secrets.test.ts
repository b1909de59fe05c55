import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { signToken } from '@logi/auth';
import { eventually } from '../../tools/testing/waiting.ts';
import { call } from '../support/http.ts';
import { createTestServers, type TestServers } from '../support/servers.ts';
import { type StartedService, startService } from '../support/services/service-process.ts';

let servers: TestServers;
let tracking: StartedService;
const jwtSecret = randomBytes(32).toString('hex');
beforeAll(async () => {
  servers = await createTestServers();
  const { databaseUrl, amqpUrl } = servers.urls.tracking;
  tracking = await startService('tracking', {
    TRACKING_PORT: '0',
    LOG_LEVEL: 'trace',
    JWT_SECRET: jwtSecret,
    DATABASE_URL: databaseUrl,
    AMQP_URL: amqpUrl,
  });
});
afterAll(async () => {
  await tracking.kill();
  await servers.discard();
});

const linesOf = ({ output }: StartedService) => output().split('\n');
const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

test('no token is ever logged, wherever in the request it stands and whatever becomes of it', async () => {
  const secret = signToken({ role: 'driver', sub: 'discreet', ttlSeconds: 60, secret: jwtSecret });
  const tampered = `${secret}x`;
  for (const each of [secret, tampered]) {
    const url = `${tracking.url}/v1/osmand?lat=1&lon=1&token=${each}`;
    await call('GET', url);
    await call('GET', url, { headers: { authorization: basic('me', each) } });
    await call('DELETE', url);
    await call('GET', `${tracking.url}/v1/%zz?token=${each}`);
    await call('POST', `${tracking.url}/v1/owntracks?token=${each}`, { body: 'x'.repeat(300_000) });
    await call('GET', `${tracking.url}/v1/stream?token=${each}`);
  }
  await eventually(() => {
    expect(linesOf(tracking).filter((line) => line.includes('answered')).length).toBeGreaterThan(8);
  });
  const signature = secret.slice(secret.lastIndexOf('.') + 1);
  expect(linesOf(tracking).filter((line) => line.includes(signature))).toEqual([]);
});
