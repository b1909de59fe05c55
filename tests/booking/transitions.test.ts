import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { allowedTransitions, BOOKING_STATUSES, type BookingStatus, type Role, TRANSITIONS } from '@logi/contracts';
import { eventually } from '../../tools/testing/waiting.ts';
import { openSql } from '../support/database.ts';
import { call } from '../support/http.ts';
import {
  act,
  advance,
  book,
  gatewayReads,
  goOnDuty,
  isOf,
  place,
  showBooking,
  watch,
} from '../support/people/people.ts';
import { expectRefusal } from '../support/refusals.ts';
import { type System, startSystem } from '../support/services/system.ts';

const DAY_MS = 86_400_000;
const ROLES = ['user', 'driver', 'admin'] as const;
/** What the driver does after accepting, to bring a booking into a status. */
const JOURNEYS: Partial<Record<BookingStatus, BookingStatus[]>> = {
  Accepted: [],
  'En Route to Pickup': ['En Route to Pickup'],
  'Arrived at Pickup': ['En Route to Pickup', 'Arrived at Pickup'],
  'Goods Collected': ['En Route to Pickup', 'Arrived at Pickup', 'Goods Collected'],
  'In Transit': ['En Route to Pickup', 'Arrived at Pickup', 'In Transit'],
  'Arrived at Drop-off': ['En Route to Pickup', 'Arrived at Pickup', 'In Transit', 'Arrived at Drop-off'],
  Delivered: ['En Route to Pickup', 'Arrived at Pickup', 'In Transit', 'Arrived at Drop-off', 'Delivered'],
  Returning: ['En Route to Pickup', 'Arrived at Pickup', 'In Transit', 'Returning'],
  Returned: ['En Route to Pickup', 'Arrived at Pickup', 'In Transit', 'Returning', 'Returned'],
  Cancelled: [],
};

type Trip = { bookingId: string; people: Record<Role, string> };

let system: System;
let database: Awaited<ReturnType<typeof openSql>>;
let trips: Map<BookingStatus, Trip>;
let counter = 0;
beforeAll(async () => {
  system = await startSystem();
  database = await openSql(system.servers.databaseUrl);
  await gatewayReads(system);
  trips = new Map(await Promise.all(BOOKING_STATUSES.map(async (status) => [status, await tripIn(status)] as const)));
});
afterAll(async () => {
  await database.close();
  await system.stop();
});

/** A booking in this status, reached over the API, with people and a place of its own. */
async function tripIn(status: BookingStatus): Promise<Trip> {
  counter += 1;
  const at = place(counter);
  const people = { user: `user ${counter}`, driver: `driver ${counter}`, admin: 'ops' };
  const journey = JOURNEYS[status];
  const socket = await watch(system, { role: 'driver', id: people.driver });
  if (journey) await goOnDuty(system, people.driver, { at });
  const scheduled = status === 'Scheduled' && { scheduledAt: new Date(Date.now() + 2 * DAY_MS) };
  const { booking_id: bookingId } = await book(system, people.user, { at, ...scheduled });
  if (status === 'No Driver Found') await endSearch(bookingId);
  if (journey) {
    await socket.find(isOf(bookingId, 'new_booking_request'));
    await act(system, { role: 'driver', id: people.driver }, bookingId, 'accept');
    await advance(system, people.driver, bookingId, journey);
    if (status === 'Cancelled') await act(system, { role: 'user', id: people.user }, bookingId, 'cancel');
  }
  await socket.close();
  expect((await showBooking(system, bookingId)).status).toBe(status);
  return { bookingId, people };
}

/** Lets the search's time be up. */
async function endSearch(bookingId: string): Promise<void> {
  await eventually(async () => {
    // Again and again: an answer of tracking's may have put the next look off meanwhile.
    await database.sql(
      `update booking.booking set search_deadline = now(), dispatch_due_at = now()
       where booking_id = $1 and status = 'Searching'`,
      [bookingId],
    );
    expect((await showBooking(system, bookingId)).status).toBe('No Driver Found');
  });
}

function tripOf(status: BookingStatus): Trip {
  const trip = trips.get(status);
  if (!trip) throw new Error(`no trip in ${status}`);
  return trip;
}

async function lastChange(bookingId: string) {
  const token = system.token('admin', 'ops');
  const { body } = await call('GET', `${system.bookingUrl}/v1/bookings/${bookingId}/events`, { token });
  return body.items.at(-1);
}

describe.each(BOOKING_STATUSES)('while a booking is %s', (status) => {
  /** A booking without a driver is nobody's, so a driver does not find it. */
  const rolesThatSee = ROLES.filter((role) => role !== 'driver' || JOURNEYS[status]);

  test('nobody moves it where the table does not say', async () => {
    const { bookingId, people } = tripOf(status);
    const before = await showBooking(system, bookingId);
    for (const role of ['driver', 'admin'] as const) {
      const allowed = allowedTransitions(status, 'advance', role);
      // The status that it has is no move (repeats.test.ts).
      for (const target of BOOKING_STATUSES.filter((each) => each !== status && !allowed.includes(each))) {
        const answer = await act(system, { role, id: people[role] }, bookingId, 'status', { status: target });
        if (!rolesThatSee.includes(role)) expectRefusal(answer, 'booking_not_found');
        else {
          expectRefusal(answer, 'illegal_transition');
          expect(answer.body.error.details).toEqual({ status, allowed });
        }
      }
    }
    const asUser = await act(system, { role: 'user', id: people.user }, bookingId, 'status', { status: 'Delivered' });
    expectRefusal(asUser, 'forbidden');
    expect(await showBooking(system, bookingId)).toEqual(before);
  });

  test('nobody cancels it who may not', async () => {
    const { bookingId, people } = tripOf(status);
    const before = await showBooking(system, bookingId);
    for (const role of rolesThatSee) {
      const isSoAlready = status === 'Cancelled' || status === 'Returning'; // repeats.test.ts
      if (isSoAlready || allowedTransitions(status, 'cancel', role).length > 0) continue;
      const answer = await act(system, { role, id: people[role] }, bookingId, 'cancel');
      expectRefusal(answer, 'illegal_transition');
      expect(answer.body.error.details).toEqual({ status, allowed: [] });
    }
    expect(await showBooking(system, bookingId)).toEqual(before);
  });

  test('no other driver takes it, and its own can only repeat having taken it', async () => {
    const { bookingId, people } = tripOf(status);
    const before = await showBooking(system, bookingId);
    const stranger = await act(system, { role: 'driver', id: 'stranger' }, bookingId, 'accept');
    expectRefusal(stranger, 'booking_not_found');
    const own = await act(system, { role: 'driver', id: people.driver }, bookingId, 'accept');
    if (!JOURNEYS[status]) expectRefusal(own, 'booking_not_found');
    else expect(own).toMatchObject({ status: 200, body: before });
    expect(await showBooking(system, bookingId)).toEqual(before);
  });
});

const MOVES = TRANSITIONS.flatMap(({ from, to, action, actors }) =>
  action === 'advance' || action === 'cancel'
    ? actors.flatMap((role) => (role === 'system' ? [] : [{ from, to, action, role }]))
    : [],
);

test('everybody moves it everywhere the table says, and the history has who did it', async () => {
  const seen = await Promise.all(
    MOVES.map(async ({ from, to, action, role }) => {
      const { bookingId, people } = await tripIn(from);
      const before = await showBooking(system, bookingId);
      const [path, body] = action === 'advance' ? (['status', { status: to }] as const) : (['cancel', {}] as const);
      const answer = await act(system, { role, id: people[role] }, bookingId, path, body);
      const change = await lastChange(bookingId);
      expect(change).toMatchObject({ version: before.version + 1, actor: { role, id: people[role] } });
      if (answer.body.version === change.version) expect(await showBooking(system, bookingId)).toEqual(answer.body);
      return { from: change.from, to: answer.body.status, action, role: change.actor.role };
    }),
  );
  expect(seen).toEqual(MOVES);
});

test('a change that had to wait for another one is recorded after it', async () => {
  const { bookingId, people } = await tripIn('Accepted');
  const touch = `update booking.booking set updated_at = clock_timestamp() where booking_id = $1 returning updated_at`;
  await database.sql('begin');
  await database.sql(touch, [bookingId]);
  const status = 'En Route to Pickup';
  const moving = act(system, { role: 'driver', id: people.driver }, bookingId, 'status', { status });
  await eventually(async () => {
    const waiting = `select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))`;
    expect(await database.sql(waiting)).toHaveLength(1);
  });
  const [waitedFor] = await database.sql(touch, [bookingId]);
  await database.sql('commit');
  const { body } = await moving;
  expect(Date.parse(body.updated_at)).toBeGreaterThanOrEqual(Number(waitedFor?.['updated_at']));
});
