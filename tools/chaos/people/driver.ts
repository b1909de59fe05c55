import { type BookingStatus, isAssigned } from '@logi/contracts';
import { pause } from '../../testing/pause.ts';
import type { Person } from '../../testing/people/person.ts';
import { type Acknowledged, PointStream, type SentPoint } from '../../testing/people/point-stream.ts';
import { type Answer, actOnBooking, callUntilAnswered, lookAtBooking } from './calls.ts';
import { type Listener, listenDetailed, listenPlainly } from './listeners.ts';
import { pickPlace } from './places.ts';
import { createPerson, requestsOf, type World } from './world.ts';

const THINKING_MS = [0, 250] as const;
const STEP_MS = [50, 250] as const;
const DECLINE_CHANCE = 0.12;
const IGNORE_CHANCE = 0.04;
const GIVE_BACK_CHANCE = 0.03;
const SEND_EVERY_MS = 500;

const NEXT: Partial<Record<BookingStatus, BookingStatus>> = {
  Accepted: 'En Route to Pickup',
  'En Route to Pickup': 'Arrived at Pickup',
  'Arrived at Pickup': 'Goods Collected',
  'Goods Collected': 'In Transit',
  'In Transit': 'Arrived at Drop-off',
  'Arrived at Drop-off': 'Delivered',
  Returning: 'Returned',
};

export type Driver = { listeners: Listener[]; goOnDuty: () => Promise<void>; live: () => Promise<void> };

/** Answers offers, drives what was accepted to its end, and streams positions all the while. */
export function createDriver(world: World, index: number): Driver {
  const person = createPerson(world, 'driver', `driver ${index}`);
  const random = world.random.fork(person.id);
  const way = random.fork('way'); // or where one is would depend on how many offers came
  const points = new PointStream({
    trackingUrl: world.urls.tracking,
    token: person.token,
    signal: world.goHome,
    onAcknowledged: (acknowledged) => noteAcknowledged(world, person, acknowledged),
  });
  const jobs = new Set<Promise<void>>();
  const listeners = [
    listenDetailed(world, person, {
      socket: `${person.id} phone`,
      onMessage: ({ type, payload }) => {
        if (type !== 'new_booking_request') return;
        const job = answer(payload.booking_id).finally(() => jobs.delete(job));
        jobs.add(job);
      },
    }),
  ];
  void listenPlainly(world, person, `${person.id} dashboard`).ended;

  async function answer(bookingId: string): Promise<void> {
    await pause(random.between(...THINKING_MS), world.goHome);
    const mood = random.next();
    if (mood < IGNORE_CHANCE) return;
    if (mood < IGNORE_CHANCE + DECLINE_CHANCE) {
      await actOnBooking(world, person, { op: 'decline', bookingId });
      return;
    }
    const { status } = await actOnBooking(world, person, { op: 'accept', bookingId });
    if (status === 200) await drive(bookingId);
  }

  /** From wherever the booking is to its end. Looks after each refusal: an answer may have been lost, or the user cancelled. */
  async function drive(bookingId: string): Promise<void> {
    let at: BookingStatus | undefined = 'Accepted';
    while (at !== undefined && !world.goHome.aborted) {
      await pause(random.between(...STEP_MS), world.goHome);
      const to: BookingStatus | undefined = NEXT[at];
      if (to === undefined) return;
      const givesBack = random.chance(GIVE_BACK_CHANCE);
      const act = givesBack ? ({ op: 'cancel', bookingId } as const) : ({ op: 'advance', bookingId, to } as const);
      const answer: Answer = await actOnBooking(world, person, act);
      at = answer.status === 200 && !givesBack ? to : await look(bookingId);
    }
  }

  /** Undefined once it is not this driver's any more. */
  async function look(bookingId: string): Promise<BookingStatus | undefined> {
    const seen = await lookAtBooking(world, person, bookingId);
    return seen?.driver_id === person.id && isAssigned(seen.status) ? seen.status : undefined;
  }

  return {
    listeners,
    async goOnDuty() {
      const request = requestsOf(world).goOnDuty(pickPlace(way), 'van');
      await callUntilAnswered(world, person, { ...request, op: 'duty' });
    },
    async live() {
      while (!world.goHome.aborted) {
        notePoint(world, person, points.send(pickPlace(way)));
        await pause(SEND_EVERY_MS, world.goHome);
      }
      await Promise.all(jobs);
      await points.socket.ended;
    },
  };
}

export function notePoint({ history }: World, { id }: Person, { seq, recorded_at: recordedAt }: SentPoint): void {
  history.add({ kind: 'point', at: Date.parse(recordedAt), driverId: id, seq, recordedAt });
}

export function noteAcknowledged({ history, meter }: World, { id }: Person, { points }: Acknowledged): void {
  const newest = points.at(-1);
  if (!newest) return;
  meter.count('points', Date.parse(newest.recorded_at));
  history.add({ kind: 'acknowledged', at: Date.now(), driverId: id, seqs: points.map(({ seq }) => seq) });
}
