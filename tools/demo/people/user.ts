import { randomUUID } from 'node:crypto';
import { type BookingStatus, booking, type Envelope, isAssigned, isTerminal } from '@logi/contracts';
import { z } from 'zod';
import { pause } from '../../testing/pause.ts';
import type { ReconnectingSocket } from '../../testing/people/reconnecting-socket.ts';
import { type Trip, tripBetween } from '../../testing/people/requests.ts';
import type { Random } from '../../testing/random.ts';
import { type GridPoint, randomPoint, straightMeters, toLatLon } from '../city/city.ts';
import type { Person } from '../city/person.ts';
import { ORDERS, VEHICLES } from '../city/vehicle.ts';
import type { World } from '../world.ts';
import { actOnBooking, lookAtBooking } from './booking-calls.ts';
import { listen } from './listen.ts';

/** In real seconds: people do not live faster because the city drives faster. */
const BETWEEN_BOOKINGS_SECONDS = [1, 8] as const;
const SECOND_THOUGHTS_SECONDS = [0.5, 5] as const;
const PLACES_TRIED = 50;
const ESTIMATE_CHANCE = 0.5;
const CANCEL_SEARCH_CHANCE = 0.08;
const CANCEL_ACCEPTED_CHANCE = 0.08;
/** Who does not watch the socket asks for the booking from time to time; who does, rarely, in case the socket fails. */
const ASK_EVERY_MS = 2_000;
const MAKE_SURE_EVERY_MS = 5_000;
const STEP_MS = 100;

const estimate = z.object({ quote_id: z.string(), price_estimate: z.number() });

type Booker = { person: Person; random: Random; isWatching: boolean };

export type User = { person: Person; sockets: ReconnectingSocket[]; run: () => Promise<void> };

export function createUser(world: World, person: Person, { isWatching }: { isWatching: boolean }): User {
  const random = world.random.fork(person.id);
  const told = new Map<string, BookingStatus>();
  const onMessage = ({ type, payload }: Envelope) => {
    if (type === 'status_update') told.set(payload.booking_id, payload.status);
  };
  const sockets = isWatching ? [listen(world, person, onMessage)] : [];
  return {
    person,
    sockets,
    async run() {
      while (!world.bookingEnds.aborted) {
        await pause(random.between(...BETWEEN_BOOKINGS_SECONDS) * 1_000, world.bookingEnds);
        if (world.bookingEnds.aborted) return;
        const bookingId = await book(world, { person, random, isWatching });
        if (bookingId !== undefined) await follow({ world, person, random, told, isWatching, bookingId });
      }
    },
  };
}

/** Some ask for the price first, and then book at it. */
async function book(world: World, { person, random, isWatching }: Booker): Promise<string | undefined> {
  const { requests, api, city, ledger } = world;
  const type = random.pick(ORDERS);
  const pickup = randomPoint(city, random);
  const dropoff = placeAround(() => randomPoint(city, random), pickup, VEHICLES[type].tripMeters);
  const trip = tripBetween(toLatLon(pickup), toLatLon(dropoff), type);
  const quoted = random.chance(ESTIMATE_CHANCE) ? await askPrice(world, person, trip) : undefined;
  const sentAt = performance.now();
  const answer = await api({
    ...requests.book({ ...trip, ...(quoted && { quote_id: quoted.quote_id }) }),
    token: person.token,
    headers: { 'idempotency-key': randomUUID() },
    expected: [201],
  });
  const made = booking.safeParse(answer.body).data;
  if (!made) return undefined;
  ledger.booking(made.booking_id).booked = { by: person, isWatching, at: sentAt };
  if (quoted && quoted.price_estimate !== made.price_estimate) {
    ledger.fault('another price than the quoted', `${made.price_estimate} for ${quoted.price_estimate}`);
  }
  return made.booking_id;
}

async function askPrice({ requests, api }: World, { token }: Person, trip: Trip) {
  return estimate.safeParse((await api({ ...requests.estimate(trip), token, expected: [200] })).body).data;
}

/** Some place at a distance worth this vehicle; after many tries, any. */
function placeAround(
  next: () => GridPoint,
  pickup: GridPoint,
  [nearest, farthest]: readonly [number, number],
): GridPoint {
  let place = next();
  for (let tries = 0; tries < PLACES_TRIED; tries += 1) {
    const meters = straightMeters(pickup, place);
    if (meters >= nearest && meters <= farthest) break;
    place = next();
  }
  return place;
}

type Following = Booker & { world: World; told: Map<string, BookingStatus>; bookingId: string };

/** Waits for the booking's end, and now and then has second thoughts. */
async function follow({ world, person, random, told, isWatching, bookingId }: Following): Promise<void> {
  const cancelsSearch = random.chance(CANCEL_SEARCH_CHANCE);
  const cancelsAccepted = random.chance(CANCEL_ACCEPTED_CHANCE);
  const patienceMs = random.between(...SECOND_THOUGHTS_SECONDS) * 1_000;
  const askEveryMs = isWatching ? MAKE_SURE_EVERY_MS : ASK_EVERY_MS;
  let askedAt = performance.now();
  let changedAt = askedAt;
  let status: BookingStatus = 'Searching';
  let isContent = !cancelsSearch && !cancelsAccepted;
  while (!isTerminal(status) && !world.workEnds.aborted) {
    await pause(STEP_MS, world.workEnds);
    if (performance.now() - askedAt >= askEveryMs) {
      askedAt = performance.now();
      await ask({ world, person, told, bookingId });
    }
    const before: BookingStatus = status;
    status = told.get(bookingId) ?? status;
    if (status !== before) changedAt = performance.now();
    const isUnwanted = (status === 'Searching' && cancelsSearch) || (isAssigned(status) && cancelsAccepted);
    if (isContent || !isUnwanted || performance.now() - changedAt < patienceMs) continue;
    isContent = true;
    await actOnBooking(world, person, { bookingId, action: 'cancel', body: { reason: 'second thoughts' } });
  }
  told.delete(bookingId);
}

async function ask({ world, person, told, bookingId }: Pick<Following, 'world' | 'person' | 'told' | 'bookingId'>) {
  const seen = await lookAtBooking(world, person, bookingId);
  if (seen === 'Gone') world.ledger.fault('a booking that its own user cannot see', `${person.id} ${bookingId}`);
  else if (seen !== undefined) told.set(bookingId, seen);
}
