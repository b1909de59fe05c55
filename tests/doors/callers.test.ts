import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readMetric } from '../../tools/testing/read-metric.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { type Answer, call } from '../support/http.ts';
import { long } from '../support/long.ts';
import { bookingBody } from '../support/people/people.ts';
import { expectRefusal } from '../support/refusals.ts';
import { type System, startSystem } from '../support/services/system.ts';

/** Small, so that few calls are a flood; what is saved up lasts two seconds. */
const SETTINGS = {
  MAX_WRITES_PER_SECOND: '1',
  MAX_ESTIMATES_PER_SECOND: '2',
  MAX_READS_PER_SECOND: '5',
  MAX_REQUESTS_PER_SECOND: '2',
  MAX_STRANGER_CALLS_PER_SECOND: '5',
  MAX_REFUSALS_PER_SECOND: '5',
  RATE_BURST_SECONDS: '2',
  TRUSTED_PROXY_HOPS: '1',
};

let harmed: System;
let system: System;
beforeAll(async () => {
  [harmed, system] = await Promise.all([startSystem(), startSystem(SETTINGS)]);
});
afterAll(() => Promise.all([harmed.stop(), system.stop()]));

const LATE = 'logi_rate_limited_total{class="refusals"}';

type Call = (of: System, caller: string) => Promise<Answer>;
const estimate: Call = (of, id) =>
  call('POST', `${of.bookingUrl}/v1/estimates`, { token: of.token('user', id), body: bookingBody() });
const CLASSES: [name: string, atOnce: number, call: Call][] = [
  [
    'writes',
    2,
    (of, id) =>
      call('PUT', `${of.trackingUrl}/v1/drivers/me/status`, {
        token: of.token('driver', id),
        body: { status: 'Offline' },
      }),
  ],
  ['estimates', 4, estimate],
  [
    'estimates',
    4,
    (of, id) => {
      const url = `${of.trackingUrl}/v1/drivers/nearby?latitude=52&longitude=13&vehicle_type=van`;
      return call('GET', url, { token: of.token('user', id) });
    },
  ],
  ['reads', 10, (of, id) => call('GET', `${of.bookingUrl}/v1/bookings`, { token: of.token('user', id) })],
  [
    'point_requests',
    4,
    (of, id) => call('POST', `${of.trackingUrl}/v1/locations`, { token: of.token('driver', id), body: { points: [] } }),
  ],
];

test.each(CLASSES)(
  'a caller without a limit gets all they ask; with one, of %s, %i at once',
  async (name, most, ask) => {
    const ofAll = (of: System) => Promise.all(Array.from({ length: most + 30 }, () => ask(of, `eve ${name} ${most}`)));
    for (const { status } of await ofAll(harmed)) expect(status).toBeLessThan(300);

    const answers = await ofAll(system);
    const refused = answers.filter(({ status }) => status >= 300);
    expect(refused.length).toBeGreaterThan(0); // some grow back meanwhile
    expect(answers.length - refused.length).toBeGreaterThanOrEqual(most);
    for (const answer of refused) {
      expectRefusal(answer, 'rate_limited');
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    }
    const { trackingUrl, bookingUrl } = system;
    const late = await Promise.all([trackingUrl, bookingUrl].map((url) => readMetric(url, LATE)));
    expect(Math.max(...late)).toBeGreaterThan(0); // more were refused than are told so at once
    expect((await ask(system, `another than eve of ${name} ${most}`)).status).toBeLessThan(300);
  },
);

test('what is refused is counted by class', async () => {
  expect(await readMetric(system.trackingUrl, 'logi_rate_limited_total{class="writes"}')).toBeGreaterThan(0);
  expect(await readMetric(system.trackingUrl, 'logi_rate_limited_total{class="point_requests"}')).toBeGreaterThan(0);
});

test('one class leaves the others alone', async () => {
  for (let tried = 0; tried < 6; tried += 1) await estimate(system, 'ana');
  expectRefusal(await estimate(system, 'ana'), 'rate_limited');
  const token = system.token('user', 'ana');
  expect((await call('GET', `${system.bookingUrl}/v1/bookings`, { token })).status).toBe(200);
});

test('a tracker app that asks too much is told to come later by 503, which it does, and not by 429, which it takes for no', async () => {
  const url = `${system.trackingUrl}/v1/osmand?lat=52&lon=13&token=${system.token('driver', 'tracker')}`;
  const answers = await Promise.all(Array.from({ length: 10 }, () => call('POST', url)));
  const refused = answers.filter(({ status }) => status !== 200);
  expect(refused.length).toBeGreaterThanOrEqual(5);
  for (const answer of refused) {
    expectRefusal(answer, 'unavailable');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  }
});

/** Far more than are saved up, ten, and than grow back while they are answered. */
const KNOCKS = 50;
const as = (address: string) => ({ headers: { 'x-forwarded-for': address } });
async function knock(of: System, address: string, path = '/readyz'): Promise<Answer[]> {
  return Promise.all(Array.from({ length: KNOCKS }, () => call('GET', `${of.bookingUrl}${path}`, as(address))));
}
const healthAt = (address: string) => call('GET', `${system.bookingUrl}/healthz`, as(address));
const refusedOf = (answers: Answer[]) => answers.filter(({ status }) => status === 429);

const ONLY_SO_OFTEN = 'without a token, one address asks %s so often and no more, and is told that it is the address';
test.each(['/readyz', '/v1/bookings'])(ONLY_SO_OFTEN, asksSoOften);
long.each(['/openapi.json', '/no/such/path'])(ONLY_SO_OFTEN, asksSoOften);

async function asksSoOften(path: string): Promise<void> {
  expect(refusedOf(await knock(harmed, '203.0.113.1', path))).toEqual([]);
  const [refused] = refusedOf(await knock(system, `203.0.113.${path.length}`, path));
  expect(refused).toBeDefined();
  expectRefusal(refused ?? { status: 0, body: {} }, 'rate_limited');
  expect(refused?.body.error.message).toContain('address');
}

test('an address that is spent does not shut out those behind it whose tokens are good', async () => {
  expect(refusedOf(await knock(system, '203.0.113.77')).length).toBeGreaterThan(0);
  const headers = as('203.0.113.77').headers;
  const url = `${system.bookingUrl}/v1/bookings`;
  expect((await call('GET', url, { token: system.token('user', 'neighbour'), headers })).status).toBe(200);
  expect((await healthAt('203.0.113.78')).status).toBe(200);
});

test('all addresses of an IPv6 customer are one', async () => {
  await eventually(async () => {
    const knocking = knock(system, '2001:db8:7::1');
    const beside = Promise.all(Array.from({ length: 20 }, () => healthAt('2001:db8:7:0:ffff::2')));
    expect(refusedOf(await beside).length).toBeGreaterThan(0);
    await knocking;
  });
  expect((await healthAt('2001:db8:7:1::2')).status).toBe(200);
});
