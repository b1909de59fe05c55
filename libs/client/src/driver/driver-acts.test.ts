import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { Store } from './backlog.ts';
import { DriverActs, type DriverActsOptions, type Outcome } from './driver-acts.ts';

type Answerer = (path: string, body: unknown) => Response | Promise<Response>;

let acts: DriverActs;
let calls: string[];
let answer: Answerer;
let errors: unknown[];
let outcomes: Outcome[];
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick', 'setImmediate'] });
  calls = [];
  errors = [];
  outcomes = [];
  answer = () => Response.json({ booking_id: 'b', status: 'Accepted' });
});
afterEach(async () => {
  await acts.close();
  jest.useRealTimers();
});

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);
const offline: Answerer = () => Promise.reject(new TypeError('fetch failed'));
const refusal = (status: number, code: string, headers = {}) =>
  Response.json({ error: { code, message: code, details: { status: 'Cancelled' } } }, { status, headers });

async function open(options: Partial<DriverActsOptions> = {}): Promise<void> {
  acts = new DriverActs({
    url: 'https://logi/booking/',
    getToken: () => 'token',
    onOutcome: (outcome) => outcomes.push(outcome),
    onError: (error) => errors.push('code' in error ? error.code : error.message),
    fetch: async (url, init) => {
      const { pathname } = new URL(String(url));
      const body = typeof init?.body === 'string' ? JSON.parse(init.body) : undefined;
      calls.push(`${pathname.replace('/booking/v1/bookings/', '')}${body ? ` ${Object.values(body)}` : ''}`);
      return answer(pathname, body);
    },
    ...options,
  });
  await pass(0);
}

test('an act is done at once, and its answer comes back', async () => {
  await open();
  expect(await acts.do({ act: 'accept', booking_id: 'a/b' })).toMatchObject({
    is: 'done',
    act: { act: 'accept', occurred_at: expect.any(String) },
    booking: { status: 'Accepted' },
  });
  expect(calls).toEqual(['a%2Fb/accept']);
  expect(acts.waiting).toBe(0);
});

test('a decline is answered without a body', async () => {
  answer = () => new Response(null, { status: 204 });
  await open();
  expect(await acts.do({ act: 'decline', booking_id: 'b' })).toMatchObject({ is: 'done', booking: undefined });
});

test('a refusal is a value, and is not asked again', async () => {
  answer = () => refusal(409, 'offer_not_open');
  await open();
  expect(await acts.do({ act: 'accept', booking_id: 'b' })).toMatchObject({
    is: 'refused',
    status: 409,
    code: 'offer_not_open',
    details: { status: 'Cancelled' },
  });
  await pass(60_000);
  expect(calls).toHaveLength(1);
});

test('offline, acts wait; then they are done in the order of each booking', async () => {
  answer = offline;
  await open();
  const all = [
    acts.do({ act: 'accept', booking_id: 'b' }),
    acts.do({ act: 'status', booking_id: 'b', status: 'En Route to Pickup' }),
    acts.do({ act: 'cancel', booking_id: 'c', reason: 'flat tyre' }),
  ];
  await pass(20_000);
  expect(acts.waiting).toBe(3);
  expect(new Set(calls)).toEqual(new Set(['b/accept']));
  calls = [];
  answer = () => Response.json({ booking_id: 'b' });
  await pass(20_000);
  await Promise.all(all);
  expect(calls.filter((call) => call.startsWith('b'))).toEqual(['b/accept', 'b/status En Route to Pickup']);
  expect(calls).toContain('c/cancel flat tyre');
});

test('a booking that the server fails at holds up no other', async () => {
  answer = (path) => (path.includes('bad') ? refusal(500, 'internal') : Response.json({ booking_id: 'b' }));
  await open();
  void acts.do({ act: 'accept', booking_id: 'bad' });
  const other = acts.do({ act: 'accept', booking_id: 'good' });
  await pass(1_000);
  expect(await other).toMatchObject({ is: 'done' });
  expect(acts.waiting).toBe(1);
});

test('an answer that was lost is asked for again', async () => {
  let count = 0;
  answer = () => {
    count += 1;
    return count === 1 ? Promise.reject(new TypeError('reset')) : Response.json({ booking_id: 'b' });
  };
  await open();
  const outcome = acts.do({ act: 'accept', booking_id: 'b' });
  await pass(1_000);
  expect(await outcome).toMatchObject({ is: 'done' });
  expect(calls).toEqual(['b/accept', 'b/accept']);
});

test.each([
  ['429 with Retry-After', () => refusal(429, 'rate_limited', { 'retry-after': '30' }), 30_000],
  ['503 with Retry-After', () => refusal(503, 'unavailable', { 'retry-after': '30' }), 30_000],
])('after %s nothing is asked sooner', async (_what, first, ms) => {
  answer = first;
  await open();
  const outcome = acts.do({ act: 'accept', booking_id: 'b' });
  await pass(ms - 1);
  expect(calls).toHaveLength(1);
  answer = () => Response.json({ booking_id: 'b' });
  await pass(1_001);
  expect(await outcome).toMatchObject({ is: 'done' });
});

test.each([
  ['a page to sign in at', () => new Response('<html>', { status: 200 }), 'no_booking'],
  ['a proxy’s own 404', () => new Response('not here', { status: 404 }), 'no_booking'],
  ['a token that has expired', () => refusal(401, 'unauthenticated'), 'unauthenticated'],
])('%s is no answer to the act', async (_what, first, code) => {
  answer = first;
  await open();
  void acts.do({ act: 'accept', booking_id: 'b' });
  await pass(0);
  expect(acts.waiting).toBe(1);
  expect(errors).toEqual([code]);
});

test('what waits outlives the app in a store, and its outcome is told', async () => {
  const disk = new Map<number, unknown>();
  const store = (): Store => ({
    load: async () => [...disk].map(([key, value]) => ({ key, value })),
    async write({ put, remove }) {
      for (const { key, value } of put) disk.set(key, value);
      for (const key of remove) disk.delete(key);
    },
    close: async () => undefined,
  });
  answer = offline;
  await open({ store: store() });
  const outcome = acts.do({ act: 'accept', booking_id: 'b' });
  await pass(0);
  await acts.close();
  expect(await outcome).toMatchObject({ is: 'waiting' });
  expect(disk.size).toBe(1);

  answer = () => Response.json({ booking_id: 'b' });
  await open({ store: store() });
  await pass(0);
  expect(outcomes).toMatchObject([{ is: 'done', act: { act: 'accept', booking_id: 'b' } }]);
  expect(disk.size).toBe(0);
});

test('more than may wait are refused, in so many words', async () => {
  answer = offline;
  await open({ maxWaiting: 2 });
  for (const booking_id of ['a', 'b']) void acts.do({ act: 'accept', booking_id });
  expect(() => acts.do({ act: 'accept', booking_id: 'c' })).toThrow(/2 acts wait/);
});
