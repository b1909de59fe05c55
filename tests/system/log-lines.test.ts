import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { signToken } from '@logi/auth';
import { eventually } from '../../tools/testing/waiting.ts';
import { call } from '../support/http.ts';
import { bookingBody } from '../support/people/people.ts';
import { createTestServers, type TestServers } from '../support/servers.ts';
import { type StartedService, startService } from '../support/services/service-process.ts';

let servers: TestServers;
let booking: StartedService;
const secret = randomBytes(32).toString('hex');
beforeAll(async () => {
  servers = await createTestServers();
  booking = await startService('booking', {
    ...{ BOOKING_PORT: '0', LOG_LEVEL: 'debug', JWT_SECRET: secret },
    ...{ DATABASE_URL: servers.urls.booking.databaseUrl, AMQP_URL: servers.urls.booking.amqpUrl },
  });
});
afterAll(() => servers.discard());

test('every line is JSON that says when, who, how bad and what; calls are told by their route, and by no id or URL', async () => {
  const user = `user-${randomUUID()}`;
  const token = signToken({ role: 'user', sub: user, ttlSeconds: 600, secret });
  const { body } = await call('POST', `${booking.url}/v1/bookings`, { token, body: bookingBody() });
  await call('GET', `${booking.url}/v1/bookings/${body.booking_id}`, { token });
  await call('GET', `${booking.url}/v1/bookings?limit=7&user_id=${user}`, { token });
  await call('GET', `${booking.url}/nowhere/${user}`, { token });
  const lines = () =>
    booking
      .output()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  const answered = () => lines().filter(({ msg }) => msg === 'answered');
  await eventually(() => expect(answered().length).toBeGreaterThanOrEqual(4));
  expect(
    answered()
      .slice(0, 4)
      .map(({ method, route, status, ms }) => ({ method, route, status, ms })),
  ).toEqual([
    { method: 'POST', route: '/v1/bookings', status: 201, ms: expect.any(Number) },
    { method: 'GET', route: '/v1/bookings/:booking_id', status: 200, ms: expect.any(Number) },
    { method: 'GET', route: '/v1/bookings', status: 200, ms: expect.any(Number) },
    { method: 'GET', route: 'none', status: 404, ms: expect.any(Number) },
  ]);
  for (const line of lines()) {
    expect(line).toMatchObject({
      level: expect.stringMatching(/^(debug|info|warn)$/),
      service: 'booking',
      msg: expect.any(String),
    });
    expect(new Date(line.time).toISOString()).toBe(line.time);
  }
  expect(booking.output()).not.toMatch(new RegExp(`${user}|${body.booking_id}|limit=7`));
});
