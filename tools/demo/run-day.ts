import { setMaxListeners } from 'node:events';
import { atMost, pause } from '../testing/pause.ts';
import type { Signing } from '../testing/people/person.ts';
import { requestsTo } from '../testing/people/requests.ts';
import { createRandom } from '../testing/random.ts';
import { createApi } from './api.ts';
import { buildCity, type City } from './city/city.ts';
import { createPerson, type Person } from './city/person.ts';
import { FLEET } from './city/vehicle.ts';
import { audit } from './ledger/audit.ts';
import { Ledger } from './ledger/ledger.ts';
import { closeOpenBookings } from './people/admin.ts';
import { Driver } from './people/driver.ts';
import { watch } from './people/listen.ts';
import { createUser } from './people/user.ts';
import { isGood, summarize } from './screen/summary.ts';
import { Ticker } from './screen/ticker.ts';
import type { StackAddress } from './stack-address.ts';
import type { World } from './world.ts';

const FINISHING_SECONDS = 25;
/** For the last messages to arrive. What is not here by then is missing. */
const SETTLING_MS = 10_000;
const SETTLING_STEP_MS = 100;
/** For what follows the messages that were waited for. */
const STRAGGLERS_MS = 500;
const OPENING_TIMEOUT_MS = 15_000;
/** What the tokens last beyond the city's day. */
const SPARE_SECONDS = 600;
/** Of users; the others ask for their booking by HTTP. */
const WATCHING_SHARE = 0.85;

export type DayOptions = {
  seconds: number;
  drivers: number;
  users: number;
  speed: number;
  every: number;
  seed: string;
  quiet: boolean;
};

type Outside = { stack: StackAddress; print: (line: string) => void; interrupted: AbortSignal };

/**
 * One day in the city: people come, users book for a while, open bookings have some time to end, everybody goes home,
 * and what is still open is closed. True when nothing was misdelivered, missing or otherwise wrong.
 */
export async function runDay(options: DayOptions, { stack, print, interrupted }: Outside): Promise<boolean> {
  const { seconds, speed, seed, quiet } = options;
  const [bookingEnds, workEnds, listeningEnds] = [new AbortController(), new AbortController(), new AbortController()];
  setMaxListeners(0, bookingEnds.signal, workEnds.signal, listeningEnds.signal); // everybody waits for these
  const ledger = new Ledger();
  const random = createRandom(seed);
  const world: World = {
    stack,
    requests: requestsTo(stack),
    api: createApi({ onUnexpected: (what) => ledger.unexpectedAnswers.add(what) }),
    city: cityOf(seed),
    random,
    ledger,
    ticker: new Ticker({ ledger, print: quiet ? () => undefined : print }),
    speed,
    everyMs: options.every,
    bookingEnds: bookingEnds.signal,
    workEnds: workEnds.signal,
    listeningEnds: listeningEnds.signal,
  };
  const startedAt = performance.now();
  const { admin, drivers, users, sockets } = populate(world, options);
  const note = (text: string) => world.ticker.note(text);
  note(
    `${drivers.length} drivers, ${users.length} users and an admin; driving and loading ${speed} times faster than in life`,
  );
  note('A line is a message that the gateway delivers: when, to whom, its type, what it tells. #7 is the 7th booking.');
  const leftovers = await closeOpenBookings(world, admin);
  if (leftovers > 0) note(`closed ${leftovers} bookings that an earlier run had left open`);
  await atMost(OPENING_TIMEOUT_MS, Promise.all(sockets.map((socket) => socket.opened)), interrupted);

  const driving = Promise.all(drivers.map((driver) => driver.run()));
  const booking = Promise.all(users.map((user) => user.run()));
  await pause(seconds * 1_000, interrupted);
  note(`no new bookings; open ones have ${interrupted.aborted ? 'no' : `up to ${FINISHING_SECONDS} s`} time to end`);
  bookingEnds.abort();
  await atMost(FINISHING_SECONDS * 1_000, booking, interrupted);
  workEnds.abort();
  await Promise.all([driving, booking]);
  const closed = await closeOpenBookings(world, admin);
  note(`drivers are off duty; the admin closed ${closed} bookings that were still open`);
  await settle(ledger, { admin, driverIds: drivers.map((driver) => driver.person.id) });
  world.ticker.stop();
  listeningEnds.abort();
  await Promise.all(sockets.map((socket) => socket.ended));

  const findings = await audit(world, { admin, people: [...drivers, ...users].map(({ person }) => person) });
  const ranSeconds = Math.round((performance.now() - startedAt) / 1_000);
  print(`\nThe day took ${ranSeconds} s, with the city ${speed} times faster than in life (seed ${seed})`);
  for (const line of summarize(ledger, findings)) print(line);
  return isGood(ledger, findings);
}

/** The same seed is the same city. */
export function cityOf(seed: string): City {
  return buildCity(createRandom(seed).fork('city'));
}

/** Waits until the admin was told that every booking has ended and every driver is off duty. */
async function settle(ledger: Ledger, { admin, driverIds }: { admin: Person; driverIds: string[] }): Promise<void> {
  const deadline = performance.now() + SETTLING_MS;
  const areOpen = () => [...ledger.bookings.values()].some(({ booked, endedAt }) => booked && endedAt === undefined);
  const stuck = () => driverIds.filter((id) => (ledger.driverLabels.get(id) ?? 'Offline') !== 'Offline');
  while ((areOpen() || stuck().length > 0) && performance.now() < deadline) await pause(SETTLING_STEP_MS);
  await pause(STRAGGLERS_MS);
  if (!ledger.couldHearAll(admin, { from: 0 })) return;
  for (const id of stuck()) ledger.fault('a driver who stayed on duty', `${id} is ${ledger.driverLabels.get(id)}`);
}

function populate(world: World, options: DayOptions) {
  const signing: Signing = {
    secret: world.stack.jwtSecret,
    ttlSeconds: Math.ceil(options.seconds) + SPARE_SECONDS,
  };
  const admin = createPerson('admin', 0, signing);
  const watching = world.random.fork('watching');
  const drivers = Array.from({ length: options.drivers }, (_, index) => {
    const type = FLEET[index % FLEET.length] ?? 'car';
    return new Driver(world, createPerson('driver', index, { ...signing, trait: type }), type);
  });
  const users = Array.from({ length: options.users }, (_, index) =>
    createUser(world, createPerson('user', index, signing), { isWatching: watching.chance(WATCHING_SHARE) }),
  );
  const sockets = [watch(world, admin), ...[...drivers, ...users].flatMap((person) => person.sockets)];
  return { admin, drivers, users, sockets };
}
