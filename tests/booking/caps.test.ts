import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ErrorCode, Role } from '@logi/contracts';
import { eventually } from '../../tools/testing/waiting.ts';
import { openSql, type Rows } from '../support/database.ts';
import { type Answer, call } from '../support/http.ts';
import { actors } from '../support/people/actors.ts';
import { bookingBody, place } from '../support/people/people.ts';
import { expectRefusal } from '../support/refusals.ts';
import { type System, startSystem } from '../support/services/system.ts';

/* How much one user may hold. MAX_SEARCHING_PER_USER is as it comes; the others are small. */

const [MAX_SEARCHING, MAX_SCHEDULED, MAX_CANCELS] = [20, 7, 5];
const AT_ONCE = 50;
const HOUR_SECONDS = 3_600;
const DAY_MS = 86_400_000;

let system: System;
let sql: Rows;
let act: ReturnType<typeof actors>;
/** Two instances, since a count in the memory of one would hold against one. */
let urls: string[];
beforeAll(async () => {
  system = await startSystem({
    MAX_SCHEDULED_PER_USER: `${MAX_SCHEDULED}`,
    MAX_CANCELS_PER_HOUR: `${MAX_CANCELS}`,
    SEARCH_RETRY_MS: '50',
    SEARCH_TIMEOUT_MS: '600000',
    SCHEDULE_JITTER_MS: '0',
  });
  ({ sql } = await openSql(system.servers.databaseUrl));
  act = actors(system);
  urls = [system.bookingUrl, `http://127.0.0.1:${(await system.start.booking()).port()}`];
});
afterAll(() => system.stop());

/* Each test has a user of its own. */
let counter = 0;
let user: string;
beforeEach(() => {
  counter += 1;
  user = `user ${counter}`;
});

type Who = { role: Role; id: string };
const post = (n: number, path: string, body: object, { role, id }: Who = { role: 'user', id: user }) =>
  call('POST', `${urls[n % urls.length]}/v1/${path}`, { token: system.token(role, id), body });
const at = () => place(counter);
const inADay = () => ({ scheduled_at: new Date(Date.now() + DAY_MS).toISOString() });
const fifty = (ask: (n: number) => Promise<Answer>) => Promise.all(Array.from({ length: AT_ONCE }, (_, n) => ask(n)));

/** So many were taken, and each other one was refused with that code and nothing else. */
function expectOnly(answers: Answer[], taken: number, code: ErrorCode): void {
  const refused = answers.filter(({ status }) => status >= 400);
  expect(refused).toHaveLength(answers.length - taken);
  for (const answer of refused) expectRefusal(answer, code);
}
const countOf = async (status: string) =>
  (await sql(`select count(*)::int as n from booking.booking where user_id = $1 and status = $2`, [user, status]))[0]?.[
    'n'
  ];

test('of fifty bookings at once, as many search as one user may have, and the next is taken when one is over', async () => {
  expectOnly(await fifty((n) => post(n, 'bookings', bookingBody({ at: at() }))), MAX_SEARCHING, 'too_many_bookings');
  expect(await countOf('Searching')).toBe(MAX_SEARCHING);
  const refused = await post(0, 'bookings', bookingBody({ at: at() }));
  expect(refused.body.error.details).toEqual({ max: MAX_SEARCHING });
  const { items } = (await call('GET', `${urls[0]}/v1/bookings`, { token: system.token('user', user) })).body;
  expect((await post(0, `bookings/${items[0].booking_id}/cancel`, {})).status).toBe(200);
  expect((await post(0, 'bookings', bookingBody({ at: at() }))).status).toBe(201);
  expect(
    (await post(0, 'bookings', bookingBody({ at: at() }), { role: 'user', id: `${user}’s neighbour` })).status,
  ).toBe(201);
});

test('an admin who books on behalf of a user has no more room than the user', async () => {
  const ops = { role: 'admin', id: 'ops' } as const;
  const onBehalf = { ...bookingBody({ at: at() }), on_behalf_of: user };
  expectOnly(await fifty((n) => post(n, 'bookings', onBehalf, ops)), MAX_SEARCHING, 'too_many_bookings');
});

test('who repeats a booking gets its answer, also when there is no room for another', async () => {
  const withKey = (n: number) =>
    call('POST', `${urls[n % 2]}/v1/bookings`, {
      token: system.token('user', user),
      body: bookingBody({ at: at() }),
      headers: { 'idempotency-key': `${n % MAX_SEARCHING}` },
    });
  const answers = await fifty(withKey);
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
  expect(await countOf('Searching')).toBe(MAX_SEARCHING);
});

test('of fifty bookings for tomorrow at once, as many wait as one user may have', async () => {
  const tomorrow = { ...bookingBody({ at: at() }), ...inADay() };
  expectOnly(await fifty((n) => post(n, 'bookings', tomorrow)), MAX_SCHEDULED, 'too_many_scheduled');
  expect(await countOf('Scheduled')).toBe(MAX_SCHEDULED);
  expect((await post(0, 'bookings', bookingBody({ at: at() }))).status).toBe(201);
});

test('a scheduled booking whose time has come waits while as many search as may, and then searches', async () => {
  await Promise.all(Array.from({ length: MAX_SEARCHING }, (_, n) => post(n, 'bookings', bookingBody({ at: at() }))));
  const scheduled_at = new Date(Date.now() + 300_000).toISOString(); // its search is due at once
  const { booking_id } = (await post(0, 'bookings', { ...bookingBody({ at: at() }), scheduled_at })).body;
  const dueAt = async () =>
    (await sql('select dispatch_due_at from booking.booking where booking_id = $1', [booking_id]))[0]?.[
      'dispatch_due_at'
    ];
  const first = await dueAt();
  await eventually(async () => expect(await dueAt()).not.toEqual(first)); // somebody has looked at it
  expect((await act.show(booking_id)).status).toBe('Scheduled');
  const { items } = (
    await call('GET', `${urls[0]}/v1/bookings?status=Searching`, { token: system.token('user', user) })
  ).body;
  await post(0, `bookings/${items[0].booking_id}/cancel`, {});
  await eventually(async () => expect((await act.show(booking_id)).status).toBe('Searching'));
  expect(await countOf('Searching')).toBe(MAX_SEARCHING);
});

describe('cancels', () => {
  const bookTen = () =>
    Promise.all(
      Array.from(
        { length: 10 },
        async (_, n) => (await post(n, 'bookings', bookingBody({ at: at() }))).body.booking_id,
      ),
    );

  test('of fifty at once, as many are taken as one may make in an hour; the others say when it is possible again', async () => {
    const ids = await bookTen();
    const cancel = (n: number) => post(n, `bookings/${ids[n % ids.length]}/cancel`, {});
    const answers = await fifty(cancel);
    expect(await countOf('Cancelled')).toBe(MAX_CANCELS);
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused).toHaveLength((AT_ONCE / ids.length) * (ids.length - MAX_CANCELS));
    for (const answer of refused) {
      expectRefusal(answer, 'too_many_cancels');
      const seconds = Number(answer.headers.get('retry-after'));
      expect(seconds).toBeGreaterThan(HOUR_SECONDS - 600);
      expect(seconds).toBeLessThanOrEqual(HOUR_SECONDS);
    }
    const [open] = await sql(`select booking_id from booking.booking where user_id = $1 and status = 'Searching'`, [
      user,
    ]);
    expect((await act.cancel('admin', 'ops', String(open?.['booking_id']))).status).toBe(200);
  });

  test('of more than an hour ago do not count', async () => {
    const ids = await bookTen();
    for (const id of ids.slice(0, MAX_CANCELS)) expect((await post(0, `bookings/${id}/cancel`, {})).status).toBe(200);
    expectRefusal(await post(0, `bookings/${ids.at(-1)}/cancel`, {}), 'too_many_cancels');
    await sql('begin');
    await sql(`set local logi.may_change_history = 'on'`);
    await sql(`update booking.history set at = at - interval '1 hour' where booking_id = $1`, [ids[0]]);
    await sql('commit');
    expect((await post(0, `bookings/${ids.at(-1)}/cancel`, {})).status).toBe(200);
  });
});
