import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Booking, LatLon } from '@logi/contracts';
import { eventually } from '../../tools/testing/waiting.ts';
import { call } from '../support/http.ts';
import { eachApart } from '../support/people/apart.ts';
import { act, book, gatewayReads, goOnDuty, isOf, place, showBooking, watch } from '../support/people/people.ts';
import { expectRefusal } from '../support/refusals.ts';
import { type System, startSystem } from '../support/services/system.ts';
import type { TestSocket } from '../support/socket.ts';

const OFFER_TIMEOUT_MS = 300;
const SEARCH_TIMEOUT_MS = 4_000;
const SETTINGS = {
  OFFER_TIMEOUT_MS: String(OFFER_TIMEOUT_MS),
  SEARCH_TIMEOUT_MS: String(SEARCH_TIMEOUT_MS),
  SEARCH_RADII_METERS: '1000,3000,9000',
  SEARCH_RETRY_MS: '100',
  NOMINATION_TIMEOUT_MS: '500',
  DISPATCH_POLL_MS: '20',
  MISSED_OFFER_REPEATS: '0',
};

let system: System;
beforeAll(async () => {
  system = await startSystem(SETTINGS);
  await gatewayReads(system);
});
afterAll(() => system.stop());

let at: LatLon;
const named = eachApart((here) => {
  at = here;
});

/** On duty so many kilometres to the north, and watching. */
async function driverAt(name: string, kilometers: number): Promise<TestSocket> {
  const socket = await watch(system, { role: 'driver', id: named(name) });
  await goOnDuty(system, named(name), { at: { ...at, latitude: at.latitude + kilometers / 111.2 } });
  return socket;
}

const answer = (name: string, booking: Booking, action: 'accept' | 'decline') =>
  act(system, { role: 'driver', id: named(name) }, booking.booking_id, action);

async function dispatchOf({ booking_id }: Booking) {
  const url = `${system.bookingUrl}/v1/bookings/${booking_id}/dispatch`;
  return (await call('GET', url, { token: system.token('admin', 'ops') })).body;
}

async function nobodyFound({ booking_id }: Booking): Promise<Booking> {
  return eventually(async () => {
    const booking = await showBooking(system, booking_id);
    expect(booking.status).toBe('No Driver Found');
    return booking;
  });
}

test('the nearest driver is asked first; when their time is up, the next one is, and the first comes too late', async () => {
  const near = await driverAt('near', 0.2);
  const far = await driverAt('far', 0.8);
  const booking = await book(system, named('ana'), { at });
  await near.find(isOf(booking.booking_id));
  expect(far.messages).toEqual([]);
  await far.find(isOf(booking.booking_id));
  const late = await answer('near', booking, 'accept');
  expectRefusal(late, 'offer_not_open');
  expect(near.messages).toHaveLength(1);
});

test('who declines is not waited for and not asked again; the next one is asked at once', async () => {
  const near = await driverAt('near', 0.2);
  const far = await driverAt('far', 0.8);
  const booking = await book(system, named('ana'), { at });
  await near.find(isOf(booking.booking_id));
  expect((await answer('near', booking, 'decline')).status).toBe(204);
  await far.find(isOf(booking.booking_id));
  await answer('far', booking, 'decline');
  await nobodyFound(booking);
  expect([near.messages.length, far.messages.length]).toEqual([1, 1]);
  expect((await dispatchOf(booking)).searches).toMatchObject([{ reason: 'nobody_accepted' }]);
});

test('declining twice is declining once, and an accept after it is refused', async () => {
  const socket = await driverAt('dro', 0);
  const booking = await book(system, named('ana'), { at });
  await socket.find(isOf(booking.booking_id));
  expect((await answer('dro', booking, 'decline')).status).toBe(204);
  expect((await answer('dro', booking, 'decline')).status).toBe(204);
  const changedMind = await answer('dro', booking, 'accept');
  expectRefusal(changedMind, 'offer_not_open');
  expect(changedMind.body.error.details).toEqual({ status: 'Searching' });
});

test('with nobody near, the search widens step by step, and ends at its deadline and not before', async () => {
  const user = await watch(system, { role: 'user', id: named('ana') });
  await driverAt('too far away', 9.5);
  const booking = await book(system, named('ana'), { at });
  const ended = await nobodyFound(booking);
  const { rounds, searches } = await dispatchOf(booking);
  const radii = rounds.map((round: { radius_meters: number }) => round.radius_meters);
  // A radius is asked again when its answer is late, but they only grow.
  expect([...new Set(radii)]).toEqual([1_000, 3_000, 9_000]);
  expect(radii).toEqual(radii.toSorted((a: number, b: number) => a - b));
  expect(searches).toMatchObject([{ reason: 'no_driver_nearby' }]);
  const tookMs = Date.parse(ended.updated_at) - Date.parse(ended.created_at);
  expect(tookMs).toBeGreaterThanOrEqual(SEARCH_TIMEOUT_MS);
  await user.find((message) => message.type === 'status_update' && message.payload.status === 'No Driver Found');
});

test('a driver who comes on duty while a search rests is asked', async () => {
  const booking = await book(system, named('ana'), { at });
  await eventually(async () => expect((await dispatchOf(booking)).rounds.length).toBeGreaterThan(3));
  const socket = await driverAt('newcomer', 5);
  await socket.find(isOf(booking.booking_id));
});

test('only drivers of the booked vehicle type are asked', async () => {
  const truck = await watch(system, { role: 'driver', id: named('trucker') });
  await goOnDuty(system, named('trucker'), { at, vehicleType: 'truck' });
  const socket = await driverAt('dro', 0.9);
  const booking = await book(system, named('ana'), { at });
  await socket.find(isOf(booking.booking_id));
  await truck.caughtUp();
  expect(truck.messages).toEqual([]);
});

test('a driver who is asked about one booking is not asked about another until they have answered', async () => {
  await driverAt('dro', 0);
  const bookings = [await book(system, named('ana'), { at }), await book(system, named('ben'), { at })];
  await Promise.all(bookings.map(nobodyFound));
  const dispatches = await Promise.all(bookings.map(dispatchOf));
  type Asked = { offered_at: string | null; answered_at: string };
  const asked: Asked[] = dispatches
    .flatMap(({ rounds }) => rounds.flatMap(({ candidates }: { candidates: Asked[] }) => candidates))
    .filter(({ offered_at }: Asked) => offered_at !== null)
    .sort((one: Asked, other: Asked) => ((one.offered_at ?? '') < (other.offered_at ?? '') ? -1 : 1));
  expect(asked).toHaveLength(2);
  expect((asked[1]?.offered_at ?? '') >= (asked[0]?.answered_at ?? 'never')).toBe(true);
});

test('a booking service that stops in mid-search is carried on by the next one, and forgets no deadline', async () => {
  const near = await driverAt('near', 0.2);
  const far = await driverAt('far', 0.8);
  const asked = await book(system, named('ana'), { at });
  const alone = await book(system, named('ben'), { at: place(1_000) });
  await near.find(isOf(asked.booking_id));
  await system.booking.stop();
  // Meanwhile the offer's time runs out, and nobody is there to see it.
  const next = await system.start.booking();
  system.bookingUrl = `http://127.0.0.1:${next.port()}`;
  await far.find(isOf(asked.booking_id));
  const [first, second] = [await nobodyFound(asked), await nobodyFound(alone)];
  expect(first.version).toBe(2);
  expect(second.version).toBe(2);
  expect([near.messages.length, far.messages.length]).toEqual([1, 1]);
});
