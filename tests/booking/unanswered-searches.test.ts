import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { EXCHANGES } from '@logi/contracts';
import { wireEvent } from '../../tools/testing/events.ts';
import type { TcpProxy } from '../../tools/testing/tcp-proxy.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { openBroker } from '../support/broker.ts';
import { openSql, type Rows } from '../support/database.ts';
import { startLine } from '../support/line.ts';
import { actors, BERLIN } from '../support/people/actors.ts';
import { type System, startSystem } from '../support/services/system.ts';

/* What searches do while nobody answers them: the broker is away, or tracking is. */

const NOMINATION_TIMEOUT_MS = 200;
const SETTINGS = {
  NOMINATION_TIMEOUT_MS: String(NOMINATION_TIMEOUT_MS),
  DISPATCH_POLL_MS: '20',
  OFFER_TIMEOUT_MS: '60000',
};

let system: System;
let act: ReturnType<typeof actors>;
let sql: Rows;
let closeSql: () => Promise<void>;
let line: TcpProxy;

beforeAll(async () => {
  system = await startSystem(SETTINGS);
  act = actors(system);
  ({ sql, close: closeSql } = await openSql(system.servers.databaseUrl));
  line = await startLine(system.servers.urls.booking.amqpUrl);
});
afterEach(async () => {
  line.thaw();
  await hasTracking(true);
});
afterAll(async () => {
  await closeSql();
  await system.stop();
  await line.close();
});

/** Booking, with its broker by way of the line, instead of the instance that runs. */
async function restartBooking(settings: Record<string, string> = {}): Promise<void> {
  await system.booking.stop();
  system.booking = await system.start.booking({ AMQP_URL: line.url(), ...settings });
  system.bookingUrl = `http://127.0.0.1:${system.booking.port()}`;
}

let isTrackingThere = true;
async function hasTracking(isWanted: boolean): Promise<void> {
  if (isTrackingThere && !isWanted) await system.tracking.stop();
  if (!isTrackingThere && isWanted) {
    system.tracking = await system.start.tracking();
    system.trackingUrl = `http://127.0.0.1:${system.tracking.port()}`;
  }
  isTrackingThere = isWanted;
}

/** Returns once the dispatcher has looked after the search again, and found no answer, so many times. */
async function timesOut(bookingId: string, times: number): Promise<void> {
  const due = async () =>
    String(
      (await sql(`select dispatch_due_at::text as due from booking.booking where booking_id = $1`, [bookingId]))[0]?.[
        'due'
      ],
    );
  const seen = new Set([await due()]);
  await eventually(async () => expect(seen.add(await due()).size).toBeGreaterThan(times));
}

const roundsOf = async (bookingId: string): Promise<{ requested_at: string; answered_at: string | null }[]> =>
  (await act.dispatch(bookingId)).rounds;

test('a search asks once while the broker is away, and its question is answered when it is back', async () => {
  line.freeze();
  await restartBooking();
  await act.goOnDuty('waiting', BERLIN);
  const { booking_id } = await act.book('ana');
  await timesOut(booking_id, 3);
  expect(await roundsOf(booking_id)).toHaveLength(1);
  line.thaw();
  expect(await act.askedDriver(booking_id)).toBe('waiting');
});

test('a question that comes when its search is over gets no answer', async () => {
  line.freeze();
  await restartBooking({ SEARCH_TIMEOUT_MS: '300' });
  const { booking_id } = await act.book('ana');
  await eventually(async () => expect((await act.show(booking_id)).status).toBe('No Driver Found'));
  line.thaw();
  await eventually(async () => {
    const read = `select from tracking.inbox join booking.outbox using (event_id)
      where type = 'drivers.requested' and aggregate_id = $1`;
    expect(await sql(read, [booking_id])).toHaveLength(1);
  });
  const answers = `select from tracking.outbox where type = 'drivers.nominated' and aggregate_id = $1`;
  expect(await sql(answers, [booking_id])).toEqual([]);
});

test('a question that was sent and is not answered is asked again, after twice the time each time', async () => {
  await restartBooking();
  await hasTracking(false);
  const { booking_id } = await act.book('ana');
  const rounds = await eventually(async () => {
    const rounds = await roundsOf(booking_id);
    expect(rounds.length).toBeGreaterThan(3);
    return rounds;
  });
  const gaps = rounds
    .slice(1)
    .map(({ requested_at }, index) => Date.parse(requested_at) - Date.parse(rounds[index]?.requested_at ?? ''));
  for (const [index, gap] of gaps.entries()) expect(gap).toBeGreaterThanOrEqual(NOMINATION_TIMEOUT_MS * 2 ** index);
});

/** As tracking would, some time ago: those named first are the nearest. */
async function answer(bookingId: string, round: number, drivers: string[]): Promise<void> {
  const candidates = drivers.map((driver_id, index) => ({ driver_id, distance_meters: index * 1_000 }));
  const data = { booking_id: bookingId, round, available_nearby: drivers.length, candidates };
  const event = wireEvent({ type: 'drivers.nominated', aggregateId: bookingId, version: round, data });
  await openBroker(system.servers).publish(EXCHANGES.trackingEvents, event.type, event);
}

/** As tracking would have told of drivers, before it went away. */
async function knows(drivers: string[]): Promise<void> {
  for (const driver_id of drivers) {
    const data = { driver_id, status: 'Available' as const };
    const event = wireEvent({ type: 'driver.status_changed', aggregateId: driver_id, version: 1, data });
    await openBroker(system.servers).publish(EXCHANGES.trackingEvents, event.type, event);
  }
  const known = `select from booking.driver where driver_id = any($1) and status = 'Available'`;
  await eventually(async () => expect(await sql(known, [drivers])).toHaveLength(drivers.length));
}

test('a late answer does not ask a driver again who has declined', async () => {
  await restartBooking();
  await hasTracking(false);
  const { booking_id } = await act.book('ben');
  await eventually(async () => expect((await roundsOf(booking_id)).length).toBeGreaterThan(2));
  await knows(['unwilling', 'willing']);
  await answer(booking_id, 1, ['unwilling']);
  expect(await act.askedDriver(booking_id)).toBe('unwilling');
  expect((await act.decline('unwilling', booking_id)).status).toBe(204);
  await answer(booking_id, 2, ['unwilling', 'willing']);
  expect(await act.askedDriver(booking_id)).toBe('willing');
});

test('a late answer does not ask a driver who has gone off duty', async () => {
  await restartBooking();
  await act.goOnDuty('leaver', BERLIN);
  await act.goOffDuty('leaver');
  const label = `select status from booking.driver where driver_id = 'leaver'`;
  await eventually(async () => expect(await sql(label)).toEqual([{ status: 'Offline' }]));
  await hasTracking(false);
  const { booking_id } = await act.book('cleo');
  await knows(['stayer']);
  await answer(booking_id, 1, ['leaver', 'stayer']);
  expect(await act.askedDriver(booking_id)).toBe('stayer');
});
