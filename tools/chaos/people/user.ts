import { type BookingStatus, booking, isTerminal } from '@logi/contracts';
import { pause } from '../../testing/pause.ts';
import { tripBetween } from '../../testing/people/requests.ts';
import { actOnBooking, callOnce, callUntilAnswered, lookAtBooking } from './calls.ts';
import { type Listener, listenDetailed, listenPlainly } from './listeners.ts';
import { pickPlace } from './places.ts';
import { createPerson, requestsOf, type World } from './world.ts';

const BETWEEN_BOOKINGS_MS = [300, 1_500] as const;
const SECOND_THOUGHTS_MS = [0, 1_500] as const;
const REPEAT_CHANCE = 0.2;
const CANCEL_CHANCE = 0.2;
const LOOK_EVERY_MS = 1_500;
/** Whoever waits longer for a trip to end books the next one all the same: work must always be there to be done. */
const PATIENCE_MS = 3_000;

export type User = { listeners: Listener[]; live: () => Promise<void> };

/** Books under a key, and again under the same key when in doubt; sometimes cancels; watches on several sockets. */
export function createUser(world: World, index: number): User {
  const person = createPerson(world, 'user', `user ${index}`);
  const random = world.random.fork(person.id);
  const requests = requestsOf(world);
  const ended = new Set<string>();
  const onEnd = new Map<string, () => void>();
  const note = (bookingId: string, status: BookingStatus) => {
    if (!isTerminal(status)) return;
    ended.add(bookingId);
    onEnd.get(bookingId)?.();
  };
  const listeners = [
    listenDetailed(world, person, {
      socket: `${person.id} phone`,
      onMessage: ({ type, payload }) => {
        if (type === 'status_update') note(payload.booking_id, payload.status);
      },
    }),
  ];
  if (index % 2 === 0) listeners.push(listenDetailed(world, person, { socket: `${person.id} tablet` }));
  void listenPlainly(world, person, `${person.id} web`).ended;

  async function waitForEnd(bookingId: string): Promise<void> {
    for (let waitedMs = 0; waitedMs < PATIENCE_MS && !ended.has(bookingId); waitedMs += LOOK_EVERY_MS) {
      const woken = new AbortController();
      onEnd.set(bookingId, () => woken.abort());
      await pause(LOOK_EVERY_MS, AbortSignal.any([world.lastOrders, woken.signal]));
      onEnd.delete(bookingId);
      if (world.lastOrders.aborted) return;
      const now = ended.has(bookingId) ? undefined : await lookAtBooking(world, person, bookingId);
      if (now) note(bookingId, now.status);
    }
  }

  return {
    listeners,
    async live() {
      for (let count = 0; ; count += 1) {
        await pause(random.between(...BETWEEN_BOOKINGS_MS), world.lastOrders);
        if (world.lastOrders.aborted) return;
        const order = requests.book(tripBetween(pickPlace(random), pickPlace(random), 'van'));
        const request = { op: 'book', ...order, key: `key ${count}` } as const;
        const made = booking.safeParse((await callUntilAnswered(world, person, request)).body).data;
        if (!made) continue;
        if (random.chance(REPEAT_CHANCE)) await callOnce(world, person, request);
        if (random.chance(CANCEL_CHANCE)) {
          await pause(random.between(...SECOND_THOUGHTS_MS), world.goHome);
          await actOnBooking(world, person, { op: 'cancel', bookingId: made.booking_id });
        }
        await waitForEnd(made.booking_id);
      }
    },
  };
}
