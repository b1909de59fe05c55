import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Booking, LatLon } from '@logi/contracts';
import { eventually } from '../../tools/testing/waiting.ts';
import { openSql } from '../support/database.ts';
import { call } from '../support/http.ts';
import { inTwoSizes } from '../support/long.ts';
import { eachApart } from '../support/people/apart.ts';
import {
  acceptOffered,
  act,
  advance,
  book,
  forEach,
  gatewayReads,
  goOnDuty,
  isOf,
  showBooking,
  watch,
} from '../support/people/people.ts';
import { expectRefusal } from '../support/refusals.ts';
import { type System, startSystem } from '../support/services/system.ts';

const CROWD = 200;

let system: System;
let database: Awaited<ReturnType<typeof openSql>>;
beforeAll(async () => {
  system = await startSystem({
    OFFER_BATCH_SIZE: String(CROWD),
    DATABASE_POOL_SIZE: '60',
    MAX_SEARCHING_PER_USER: '50',
  });
  database = await openSql(system.servers.databaseUrl);
  await gatewayReads(system);
});
afterAll(async () => {
  await database.close();
  await system.stop();
});

let at: LatLon;
const named = eachApart((here) => {
  at = here;
});

async function historyOf(bookingId: string) {
  const url = `${system.bookingUrl}/v1/bookings/${bookingId}/events`;
  return (await call('GET', url, { token: system.token('admin', 'ops') })).body.items;
}

async function openOffers(bookingId: string): Promise<number> {
  const rows = await database.sql(
    `select count(*)::int as n from booking.offer where booking_id = $1 and state = 'open'`,
    [bookingId],
  );
  return Number(rows[0]?.['n']);
}

inTwoSizes(
  'of many drivers who accept at once, one gets the booking and all others hear that it is gone',
  { short: 60, long: CROWD },
  { run: acceptAtOnce, timeoutMs: 120_000 },
);

async function acceptAtOnce(crowd: number): Promise<void> {
  const user = await watch(system, { role: 'user', id: named('ana') });
  const drivers = Array.from({ length: crowd }, (_, n) => named(`driver ${n} of`));
  await forEach(drivers, (id) => goOnDuty(system, id, { at }));
  const { booking_id } = await book(system, named('ana'), { at });
  await eventually(async () => expect(await openOffers(booking_id)).toBe(crowd));

  const answers = await Promise.all(
    drivers.map((id) =>
      eventually(async () => {
        const answer = await act(system, { role: 'driver', id }, booking_id, 'accept');
        expect(answer.status).not.toBe(503); // has waited for the row's lock as long as one may, and is to come again
        return answer;
      }),
    ),
  );

  const winners = drivers.filter((_, n) => answers[n]?.status === 200);
  expect(winners).toHaveLength(1);
  const losers = answers.filter(({ status }) => status !== 200);
  expect(losers).toHaveLength(crowd - 1);
  for (const loser of losers) {
    expectRefusal(loser, 'offer_not_open');
    expect(loser.body.error.details).toEqual({ status: 'Accepted' });
  }
  expect(await showBooking(system, booking_id)).toMatchObject({
    status: 'Accepted',
    driver_id: winners[0],
    version: 2,
  });
  await user.find((message) => message.type === 'status_update' && message.payload.status === 'Accepted');
  expect(user.messages.filter(isOf(booking_id, 'booking_accepted'))).toHaveLength(1);
  expect(await openOffers(booking_id)).toBe(0);
  await eventually(async () => {
    const labels = await database.sql(
      `select status, count(*)::int as drivers from tracking.driver where driver_id = any($1) group by status order by status`,
      [drivers],
    );
    expect(labels).toEqual([
      { status: 'Available', drivers: crowd - 1 },
      { status: 'Busy', drivers: 1 },
    ]);
  }, 60_000);
}

test('a driver who gives a booking back before collection is free again and not asked again; the next one is', async () => {
  const [first, second] = [named('first'), named('second')];
  const socket = await watch(system, { role: 'driver', id: first });
  await goOnDuty(system, first, { at });
  const { booking_id } = await book(system, named('ana'), { at });
  await acceptOffered(system, first, booking_id);
  await advance(system, first, booking_id, ['En Route to Pickup', 'Arrived at Pickup']);
  const given = await act(system, { role: 'driver', id: first }, booking_id, 'cancel', { reason: 'flat tyre' });
  expect(given).toMatchObject({ status: 200, body: { status: 'Searching', driver_id: null, version: 5 } });
  expectRefusal(await act(system, { role: 'driver', id: first }, booking_id, 'accept'), 'offer_not_open');

  const other = await book(system, named('ben'), { at });
  await socket.find(isOf(other.booking_id)); // free: asked about another booking
  await act(system, { role: 'user', id: named('ben') }, other.booking_id, 'cancel');
  await goOnDuty(system, second, { at });
  await acceptOffered(system, second, booking_id);

  expect(socket.messages.filter(isOf(booking_id))).toHaveLength(1);
  expect(
    (await historyOf(booking_id)).map(({ from, to, driver_id, actor, reason }: Change) => ({
      from,
      to,
      driver_id,
      by: actor.id,
      reason,
    })),
  ).toEqual([
    { from: null, to: 'Searching', driver_id: null, by: named('ana'), reason: null },
    { from: 'Searching', to: 'Accepted', driver_id: first, by: first, reason: null },
    { from: 'Accepted', to: 'En Route to Pickup', driver_id: first, by: first, reason: null },
    { from: 'En Route to Pickup', to: 'Arrived at Pickup', driver_id: first, by: first, reason: null },
    { from: 'Arrived at Pickup', to: 'Searching', driver_id: null, by: first, reason: 'flat tyre' },
    { from: 'Searching', to: 'Accepted', driver_id: second, by: second, reason: null },
  ]);
  const row = await showBooking(system, booking_id);
  const last: Change = (await historyOf(booking_id)).at(-1);
  expect({ status: row.status, version: row.version, driver_id: row.driver_id, updated_at: row.updated_at }).toEqual({
    status: last.to,
    version: last.version,
    driver_id: last.driver_id,
    updated_at: last.at,
  });
});

type Change = {
  version: number;
  from: string | null;
  to: string;
  driver_id: string | null;
  actor: { role: string; id: string };
  reason: string | null;
  at: string;
};

test('after collection a cancel brings the goods back, whoever cancels', async () => {
  const driver = named('dro');
  await goOnDuty(system, driver, { at });
  const { booking_id } = await book(system, named('ana'), { at });
  await acceptOffered(system, driver, booking_id);
  await advance(system, driver, booking_id, ['En Route to Pickup', 'Arrived at Pickup', 'Goods Collected']);
  const cancelled = await act(system, { role: 'user', id: named('ana') }, booking_id, 'cancel');
  expect(cancelled).toMatchObject({ status: 200, body: { status: 'Returning', driver_id: driver } });
  await advance(system, driver, booking_id, ['Returned']);
});

test('a driver on a job is not asked about another booking', async () => {
  const driver = named('dro');
  const socket = await watch(system, { role: 'driver', id: driver });
  await goOnDuty(system, driver, { at });
  const first = await book(system, named('ana'), { at });
  await acceptOffered(system, driver, first.booking_id);
  const second = await book(system, named('ben'), { at });
  await eventually(async () => {
    const url = `${system.bookingUrl}/v1/bookings/${second.booking_id}/dispatch`;
    const { body } = await call('GET', url, { token: system.token('admin', 'ops') });
    // It has looked as far as it can, and so also here.
    expect(body.rounds.filter((round: { answered_at: string | null }) => round.answered_at).length).toBeGreaterThan(3);
  });
  expect(socket.messages.every(isOf(first.booking_id))).toBe(true);
});

test('when a user cancels while a driver accepts, both see the same outcome', async () => {
  const drivers = Array.from({ length: 12 }, (_, n) => named(`driver ${n} of`));
  await forEach(drivers, (id) => goOnDuty(system, id, { at }));
  const { booking_id } = await book(system, named('ana'), { at });
  await eventually(async () => expect(await openOffers(booking_id)).toBe(drivers.length));
  const [cancelled, ...accepts] = await Promise.all([
    act(system, { role: 'user', id: named('ana') }, booking_id, 'cancel'),
    ...drivers.map((id) => act(system, { role: 'driver', id }, booking_id, 'accept')),
  ]);
  expect(cancelled).toMatchObject({ status: 200, body: { status: 'Cancelled' } });
  const accepted = accepts.filter(({ status }) => status === 200);
  expect(accepted.length).toBeLessThanOrEqual(1);
  const history: Change[] = await historyOf(booking_id);
  expect(history.map(({ to }) => to)).toEqual(['Searching', ...accepted.map(() => 'Accepted'), 'Cancelled']);
  expect(await openOffers(booking_id)).toBe(0);
  const { driver_id: winner } = await showBooking(system, booking_id);
  const loser = drivers.find((id) => id !== winner) ?? '';
  const after = await act(system, { role: 'driver', id: loser }, booking_id, 'accept');
  expectRefusal(after, 'offer_not_open');
  expect(after.body.error.details).toEqual({ status: 'Cancelled' });
});

describe('a list', () => {
  const list = async (role: 'user' | 'driver' | 'admin', id: string, query = '') => {
    const answer = await call('GET', `${system.bookingUrl}/v1/bookings?${query}`, { token: system.token(role, id) });
    expect(answer.status).toBe(200);
    return answer.body as { items: Booking[]; next_cursor: string | null };
  };
  const idsOf = ({ items }: { items: Booking[] }) => items.map(({ booking_id }) => booking_id);

  test('goes through all bookings, newest first, page by page, and none is missed or shown twice', async () => {
    const made = await Promise.all(Array.from({ length: 25 }, () => book(system, named('ana'), { at })));
    // Half of them at the very same moment, so that time alone does not order them.
    await database.sql(`update booking.booking set created_at = '2026-01-01T00:00:00Z' where booking_id = any($1)`, [
      made.slice(0, 12).map(({ booking_id }) => booking_id),
    ]);
    const seen: string[] = [];
    const sizes: number[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await list('user', named('ana'), `limit=7${cursor && `&cursor=${cursor}`}`);
      seen.push(...idsOf(page));
      sizes.push(page.items.length);
      cursor = page.next_cursor;
      await book(system, named('ana'), { at }); // what comes in meanwhile stands before the first page
    }
    expect(sizes).toEqual([7, 7, 7, 4]);
    expect(seen.toSorted()).toEqual(made.map(({ booking_id }) => booking_id).toSorted());
    const whole = await list('user', named('ana'), 'limit=100');
    expect(idsOf(whole).slice(4)).toEqual(seen);
    expect(whole.next_cursor).toBeNull();
  });

  test('has what is one’s own, and for an admin everything', async () => {
    const driver = named('dro');
    await goOnDuty(system, driver, { at });
    const mine = await book(system, named('ana'), { at });
    await acceptOffered(system, driver, mine.booking_id);
    const others = await book(system, named('ben'), { at });
    expect(idsOf(await list('user', named('ana')))).toEqual([mine.booking_id]);
    expect(idsOf(await list('driver', driver))).toEqual([mine.booking_id]);
    expect(idsOf(await list('admin', 'ops', 'limit=2'))).toEqual([others.booking_id, mine.booking_id]);
    // The same ids in other roles are other people.
    expect(idsOf(await list('driver', named('ana')))).toEqual([]);
    expect(idsOf(await list('user', driver))).toEqual([]);
  });

  test('narrows to a status, and to what is under way or over', async () => {
    const [running, over] = [await book(system, named('ana'), { at }), await book(system, named('ana'), { at })];
    await act(system, { role: 'user', id: named('ana') }, over.booking_id, 'cancel');
    const narrowed = async (query: string) => idsOf(await list('user', named('ana'), query));
    expect(await narrowed('status=Searching')).toEqual([running.booking_id]);
    expect(await narrowed('status=Cancelled')).toEqual([over.booking_id]);
    expect(await narrowed('status=Delivered')).toEqual([]);
    expect(await narrowed('active=true')).toEqual([running.booking_id]);
    expect(await narrowed('active=false')).toEqual([over.booking_id]);
    expect(await narrowed('active=true&status=Cancelled')).toEqual([]);
  });
});
