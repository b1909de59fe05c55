import { type BookingStatus, bookingStatus, type Envelope, fromGeoPoint, type GeoPoint } from '@logi/contracts';
import { pause } from '../../testing/pause.ts';
import type { Random } from '../../testing/random.ts';
import { statusInRefusal } from '../api.ts';
import { fromLatLon, type GridPoint } from '../city/city.ts';
import type { Person } from '../city/person.ts';
import type { Vehicle } from '../city/vehicle.ts';
import type { World } from '../world.ts';
import { actOnBooking, lookAtBooking } from './booking-calls.ts';

/** In simulated seconds. */
const LOADING_SECONDS = [20, 70] as const;
/** The driver looks at the screen. */
const TAPPING_MS = 600;
const GIVE_BACK_CHANCE = 0.08;
const GIVE_BACK_MOMENTS = ['En Route to Pickup', 'Arrived at Pickup'] as const;
/** Drives off without saying first that the goods are on board. */
const UNTOLD_COLLECTION_CHANCE = 0.2;
/** In the specified mode nobody tells a driver that the user has cancelled: the app has to look. */
const LOOK_EVERY_MS = 3_000;
/** After the api's own attempts; a driver at the door goes on trying. */
const TRY_AGAIN_MS = 1_000;

export type Offer = Extract<Envelope, { type: 'new_booking_request' }>['payload'];

type Job = {
  world: World;
  driver: Person;
  random: Random;
  vehicle: Vehicle;
  offer: Offer;
  /** What the driver last knew of the booking; Gone when it is no longer the driver's to see. */
  status: BookingStatus | 'Gone';
};

/** Carries an accepted booking to its end: delivered, returned, given back, taken away by others, or workEnds. */
export async function carry(options: Omit<Job, 'status'>): Promise<void> {
  const job: Job = { ...options, status: 'Accepted' };
  const { random, offer, vehicle, world } = job;
  const skipped = random.chance(UNTOLD_COLLECTION_CHANCE) ? 'Goods Collected' : undefined;
  const givesBackAt = random.chance(GIVE_BACK_CHANCE) ? random.pick(GIVE_BACK_MOMENTS) : undefined;
  for (const { status, next } of steps(job)) {
    if (status === skipped) continue;
    if (status === givesBackAt) {
      await giveBack(job);
      break;
    }
    await tellStatus(job, status);
    if (job.status === status) await next?.();
    if (job.status !== status || world.workEnds.aborted) break;
  }
  if (job.status === 'Returning') {
    await driveTo(job, gridPointOf(offer.pickup_location));
    await tellStatus(job, 'Returned');
  }
  vehicle.stop();
}

function steps(job: Job): { status: BookingStatus; next?: () => Promise<void> }[] {
  const { random, world, offer } = job;
  const load = () => pause((random.between(...LOADING_SECONDS) * 1_000) / world.speed, world.workEnds);
  return [
    { status: 'En Route to Pickup', next: () => driveTo(job, gridPointOf(offer.pickup_location)) },
    { status: 'Arrived at Pickup', next: load },
    { status: 'Goods Collected', next: () => pause(TAPPING_MS, world.workEnds) },
    { status: 'In Transit', next: () => driveTo(job, gridPointOf(offer.dropoff_location)) },
    { status: 'Arrived at Drop-off', next: load },
    { status: 'Delivered' },
  ];
}

/** Until the vehicle is there, or the booking is no longer as it was when it set off. */
async function driveTo(job: Job, place: GridPoint): Promise<void> {
  const { world, driver, offer, vehicle } = job;
  const expected = job.status;
  vehicle.driveTo(place);
  let lookedAt = performance.now();
  while (vehicle.isDriving && job.status === expected && !world.workEnds.aborted) {
    await pause(world.everyMs, world.workEnds);
    if (performance.now() - lookedAt < LOOK_EVERY_MS) continue;
    lookedAt = performance.now();
    job.status = (await lookAtBooking(world, driver, offer.booking_id)) ?? job.status;
  }
}

async function giveBack({ world, driver, offer }: Job): Promise<void> {
  const body = { reason: 'the driver has a flat tyre' };
  await actOnBooking(world, driver, { bookingId: offer.booking_id, action: 'cancel', body });
}

/** Asks for the status until there is an answer: it is the booking's now, or another is. */
async function tellStatus(job: Job, status: BookingStatus): Promise<void> {
  const { world, driver, offer } = job;
  const { askedAt } = world.ledger.booking(offer.booking_id);
  while (!world.workEnds.aborted) {
    askedAt.set(status, performance.now());
    const request = { bookingId: offer.booking_id, action: 'status', body: { status } } as const;
    const answer = await actOnBooking(world, driver, request);
    if (answer.status === 200) {
      job.status = status;
      return;
    }
    askedAt.delete(status);
    const instead = answer.status === 404 ? 'Gone' : bookingStatus.safeParse(statusInRefusal(answer)).data;
    if (instead !== undefined) {
      job.status = instead;
      return;
    }
    await pause(TRY_AGAIN_MS, world.workEnds);
  }
}

export function gridPointOf(point: GeoPoint): GridPoint {
  return fromLatLon(fromGeoPoint(point));
}
