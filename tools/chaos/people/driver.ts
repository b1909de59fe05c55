import { type BookingStatus, isAssigned } from '@logi/contracts';
import { pause } from '../../testing/pause.ts';
import { type Answer, actOnBooking, callUntilAnswered, lookAtBooking } from './calls.ts';
import { type Ears, listenDetailed, listenPlainly } from './ears.ts';
import { pickLatLon } from './places.ts';
import { PointStream } from './point-stream.ts';
import { createPerson, type World } from './world.ts';

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

export type Driver = { ears: Ears[]; goOnDuty: () => Promise<void>; live: () => Promise<void> };

/** Answers offers, drives what was accepted to its end, and streams positions all the while. */
export function createDriver(world: World, index: number): Driver {
  const person = createPerson(world, 'driver', `driver ${index}`);
  const random = world.random.fork(person.id);
  const way = random.fork('way'); // or where one is would depend on how many offers came
  const points = new PointStream(world, person);
  const jobs = new Set<Promise<void>>();
  const ears = [
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
    ears,
    async goOnDuty() {
      const body = { status: 'Available', vehicle_type: 'van', ...pickLatLon(way) };
      const url = `${world.urls.tracking}/v1/drivers/me/status`;
      await callUntilAnswered(world, person, { op: 'duty', method: 'PUT', url, body });
    },
    async live() {
      while (!world.goHome.aborted) {
        points.send(pickLatLon(way));
        await pause(SEND_EVERY_MS, world.goHome);
      }
      await Promise.all(jobs);
      await points.ended;
    },
  };
}
