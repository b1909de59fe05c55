import { afterAll, beforeAll, expect } from '@jest/globals';
import type { ListeningService } from '@logi/service';
import fc from 'fast-check';
import { brokenInvariants } from '../../tools/testing/booking-invariants.ts';
import { openSql, type Rows } from '../support/database.ts';
import { inTwoSizes } from '../support/long.ts';
import { actors, type BERLIN, north } from '../support/people/actors.ts';
import { type System, startSystem } from '../support/services/system.ts';

const SETTINGS = {
  SEARCH_TIMEOUT_MS: '1500',
  SEARCH_RETRY_MS: '100',
  OFFER_TIMEOUT_MS: '300',
  OFFER_BATCH_SIZE: '2',
  MAX_OPEN_OFFERS_PER_DRIVER: '2',
  DISPATCH_POLL_MS: '20',
};
const TO_PICKUP = ['En Route to Pickup', 'Arrived at Pickup', 'Goods Collected'];
const TO_DELIVERY = ['In Transit', 'Arrived at Drop-off', 'Delivered'];

let system: System;
let sql: Rows;
let closeSql: () => Promise<void>;
let act: ReturnType<typeof actors>;

beforeAll(async () => {
  system = await startSystem(SETTINGS);
  ({ sql, close: closeSql } = await openSql(system.servers.databaseUrl));
  act = actors(system);
});
afterAll(async () => {
  await closeSql();
  await system.stop();
});

/** A second instance of booking that comes and goes, while the first one answers: they share all dispatching. */
let worker: Promise<ListeningService> | undefined;
async function restartWorker(): Promise<void> {
  const old = worker;
  worker = Promise.resolve(old).then(async (service) => {
    await service?.stop();
    return system.start.booking();
  });
  await worker;
}

type Step = { kind: (typeof KINDS)[number]; booking: number; driver: number; status: number };
const KINDS = [
  'book',
  'accept',
  'accept',
  'accept',
  'decline',
  'advance',
  'advance',
  'cancel',
  'giveBack',
  'assign',
  'restart',
] as const;
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(...KINDS),
  booking: fc.nat(3),
  driver: fc.nat(3),
  status: fc.nat(5),
});

inTwoSizes(
  'whatever users, drivers, admins, expiries and restarts do at once, every invariant holds',
  { short: 3, long: 12 },
  { run: holdInvariants },
);

async function holdInvariants(numRuns: number): Promise<void> {
  let world = 0;
  // Steps of one group run at the same time; each run has people of its own.
  const script = fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { minLength: 4, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(script, async (groups) => {
      world += 1;
      const city = { latitude: -60 + world * 3, longitude: 20 };
      const drivers = [0, 1, 2, 3].map((n) => `driver ${world}.${n}`);
      await Promise.all(drivers.map((driver, n) => act.goOnDuty(driver, north(city, n * 50))));
      const bookings = [(await act.book(`user ${world}`, { pickup: city })).booking_id];
      for (const group of groups) {
        const answers = await Promise.all(group.map((one) => play(one, { world, city, drivers, bookings })));
        expect(answers.filter((status) => status >= 500)).toEqual([]);
      }
      expect(await brokenInvariants(sql)).toEqual([]);
    }),
    { numRuns, endOnFailure: true },
  );
}

type World = { world: number; city: typeof BERLIN; drivers: string[]; bookings: string[] };

/** Does one thing, allowed now or not, and returns the status that it was answered with. */
async function play(
  { kind, booking, driver, status }: Step,
  { world, city, drivers, bookings }: World,
): Promise<number> {
  const bookingId = bookings[booking % bookings.length] ?? '';
  const driverId = drivers[driver] ?? '';
  switch (kind) {
    case 'book':
      if (bookings.length < 4) bookings.push((await act.book(`user ${world}`, { pickup: city })).booking_id);
      return 201;
    case 'accept':
      return (await act.accept(driverId, bookingId)).status;
    case 'decline':
      return (await act.decline(driverId, bookingId)).status;
    case 'advance':
      return (await act.advance(driverId, bookingId, [...TO_PICKUP, ...TO_DELIVERY][status] ?? '')).status;
    case 'cancel':
      return (await act.cancel('user', `user ${world}`, bookingId)).status;
    case 'giveBack':
      return (await act.cancel('driver', driverId, bookingId)).status;
    case 'assign':
      return (await act.assign(bookingId, driverId)).status;
    case 'restart':
      await restartWorker();
      return 200;
    default:
      return kind satisfies never;
  }
}
