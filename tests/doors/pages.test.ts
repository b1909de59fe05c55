import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { call } from '../support/http.ts';
import { bookingBody } from '../support/people/people.ts';
import { expectRefusal } from '../support/refusals.ts';
import { type System, startSystem } from '../support/services/system.ts';

/** Pages of other origins: what their browsers ask before, and let them read after. */
let open: System;
let listed: System;
beforeAll(async () => {
  [open, listed] = await Promise.all([
    startSystem({ MAX_READS_PER_SECOND: '1', RATE_BURST_SECONDS: '1' }),
    startSystem({ ALLOWED_ORIGINS: 'https://app.example, capacitor://localhost' }),
  ]);
});
afterAll(() => Promise.all([open.stop(), listed.stop()]));

const PAGE = 'https://app.example';
const SERVICES = ['booking', 'tracking', 'gateway'] as const;
const PATHS = { booking: '/v1/bookings', tracking: '/v1/drivers/me', gateway: '/v1/sessions' };
const urlOf = (system: System, service: (typeof SERVICES)[number]) =>
  ({ booking: system.bookingUrl, tracking: system.trackingUrl, gateway: system.gatewayUrl.replace('ws', 'http') })[
    service
  ];

const preflight = (url: string, origin: string) =>
  call('OPTIONS', url, {
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,idempotency-key,x-request-id',
    },
  });
const shown = ({ headers }: { headers: Headers }) => ({
  origin: headers.get('access-control-allow-origin'),
  readable: headers.get('access-control-expose-headers'),
  vary: headers.get('vary'),
});
const OF_LISTED = { origin: PAGE, readable: 'retry-after, x-request-id', vary: 'origin' };
const REFUSED = { origin: null, readable: null, vary: 'origin' };

describe.each(SERVICES)('%s', (service) => {
  test('a browser that asks whether a page may call is told which calls, and with what', async () => {
    const answer = await preflight(`${urlOf(listed, service)}${PATHS[service]}`, PAGE);
    expect(answer.status).toBe(204);
    expect(shown(answer)).toEqual(OF_LISTED);
    expect(answer.headers.get('access-control-allow-methods')).toBe('GET, POST, PUT, DELETE');
    expect(answer.headers.get('access-control-allow-headers')).toBe(
      'authorization, content-type, idempotency-key, x-request-id',
    );
  });

  test('a page of another origin may not call, and reads nothing', async () => {
    const url = `${urlOf(listed, service)}${PATHS[service]}`;
    const answer = await preflight(url, 'https://evil.example');
    expectRefusal(answer, 'origin_not_allowed');
    expect(shown(answer)).toEqual(REFUSED);
    expect(shown(await call('GET', url, { headers: { origin: 'https://evil.example' } }))).toEqual(REFUSED);
  });

  test('a page reads its answers, refusals too', async () => {
    const origin = urlOf(listed, service);
    const headers = { origin: PAGE };
    const token = listed.token('driver', 'dana');
    const huge = 'x'.repeat(300_000);
    const answers = [
      await call('GET', `${origin}${PATHS[service]}`, { headers }),
      await call('GET', `${origin}${PATHS[service]}`, { headers, token }),
      await call('GET', `${origin}/nowhere`, { headers }),
      await call('GET', `${origin}/v1/%zz`, { headers }),
      await call('POST', `${origin}/nowhere`, { headers, body: huge }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([
      401,
      service === 'gateway' ? 403 : 200,
      404,
      400,
      expect.any(Number),
    ]);
    expect(answers.map(shown)).toEqual(answers.map(() => OF_LISTED));
  });

  test('without a list, pages of any origin may call', async () => {
    const url = `${urlOf(open, service)}${PATHS[service]}`;
    for (const origin of [PAGE, 'http://localhost:5173', 'null']) {
      const answer = await preflight(url, origin);
      expect({ status: answer.status, ...shown(answer) }).toMatchObject({ status: 204, origin: '*', vary: null });
    }
  });

  test('who is no page is answered as ever', async () => {
    expect(shown(await call('GET', `${urlOf(open, service)}${PATHS[service]}`))).toMatchObject({ origin: null });
    expect((await call('OPTIONS', `${urlOf(open, service)}${PATHS[service]}`)).status).toBe(404);
  });
});

test('a page is told when to come again, and that its body is too large', async () => {
  const token = open.token('user', 'ana');
  const ask = () => call('GET', `${open.bookingUrl}/v1/bookings`, { token, headers: { origin: PAGE } });
  const answers = [await ask(), await ask(), await ask()];
  const refused = answers.find(({ status }) => status === 429);
  expect(refused && shown(refused)).toMatchObject({ origin: '*', readable: 'retry-after, x-request-id' });
  expect(refused?.headers.get('retry-after')).toMatch(/^\d+$/);
  const body = { ...bookingBody(), vehicle_type: 'x'.repeat(300_000) };
  const large = await call('POST', `${open.bookingUrl}/v1/bookings`, { token, body, headers: { origin: PAGE } });
  expectRefusal(large, 'payload_too_large');
  expect(shown(large)).toMatchObject({ origin: '*' });
});

test('a driver’s page streams its points from a listed origin alone', async () => {
  const ask = (origin: string) =>
    call('GET', `${listed.trackingUrl}/v1/stream`, { token: listed.token('driver', 'dora'), headers: { origin } });
  expectRefusal(await ask('https://evil.example'), 'origin_not_allowed');
  expectRefusal(await ask('capacitor://localhost'), 'upgrade_required');
});
