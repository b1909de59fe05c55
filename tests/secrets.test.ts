import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { signToken } from '@logi/auth';
import { call, eventually } from './support/http.ts';
import { type ServiceProcess, startServiceProcess } from './support/process.ts';
import { createTestServers, type TestServers } from './support/servers.ts';

let servers: TestServers;
let process: ServiceProcess;
const jwtSecret = randomBytes(32).toString('hex');
beforeAll(async () => {
  servers = await createTestServers();
  const { databaseUrl, amqpUrl } = servers.urls.tracking;
  process = await startServiceProcess('tracking', {
    TRACKING_PORT: '0',
    LOG_LEVEL: 'trace',
    JWT_SECRET: jwtSecret,
    DATABASE_URL: databaseUrl,
    AMQP_URL: amqpUrl,
  });
});
afterAll(async () => {
  await process.kill();
  await servers.discard();
});

const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

test('no token is ever logged, wherever in the request it stands and whatever becomes of it', async () => {
  const secret = signToken({ role: 'driver', sub: 'discreet', ttlSeconds: 60, secret: jwtSecret });
  const tampered = `${secret}x`;
  for (const each of [secret, tampered]) {
    const url = `${process.url}/v1/osmand?lat=1&lon=1&token=${each}`;
    await call('GET', url);
    await call('GET', url, { headers: { authorization: basic('me', each) } });
    await call('DELETE', url);
    await call('GET', `${process.url}/v1/%zz?token=${each}`);
    await call('POST', `${process.url}/v1/owntracks?token=${each}`, { body: 'x'.repeat(300_000) });
    await call('GET', `${process.url}/v1/stream?token=${each}`);
  }
  await eventually(() => {
    expect(process.lines.filter((line) => line.includes('answered')).length).toBeGreaterThan(8);
  });
  const signature = secret.slice(secret.lastIndexOf('.') + 1);
  expect(process.lines.filter((line) => line.includes(signature))).toEqual([]);
});
