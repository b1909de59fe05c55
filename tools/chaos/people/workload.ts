import { pause } from '../../testing/pause.ts';
import type { Person } from '../../testing/people/person.ts';
import { listOpenBookings } from './calls.ts';
import { createDriver } from './driver.ts';
import { listenDetailed, listenPlainly } from './listeners.ts';
import { sendOutcasts } from './outcasts.ts';
import { createUser } from './user.ts';
import { createPerson, type World } from './world.ts';

const ADMINS = 2;
const OPENING_TIMEOUT_MS = 30_000;
/** For what is under way when the last booking is made: longer than a search may take, and then a trip. */
const FINISHING_MS = 60_000;
const POLL_MS = 250;

export type Workload = Disposable & {
  /** Ends when the last order was given and every booking has ended, or could have. */
  run: () => Promise<void>;
  /** Ends when everybody has gone home. */
  left: () => Promise<unknown>;
};

/** Everybody is here, listens and is on duty once this resolves. */
export async function assemble(world: World, size: { users: number; drivers: number }): Promise<Workload> {
  using undo = new DisposableStack();
  const users = Array.from({ length: size.users }, (_, index) => createUser(world, index));
  const drivers = Array.from({ length: size.drivers }, (_, index) => createDriver(world, index));
  const admins = Array.from({ length: ADMINS }, (_, index) => createPerson(world, 'admin', `admin ${index}`));
  const screens = admins.map((admin) => {
    void listenPlainly(world, admin, `${admin.id} wall`).ended;
    return listenDetailed(world, admin, { socket: `${admin.id} desk` });
  });
  const detailed = [...[...users, ...drivers].flatMap(({ listeners }) => listeners), ...screens];
  for (const listener of detailed) undo.defer(listener.close);
  const deadline = Date.now() + OPENING_TIMEOUT_MS;
  while (!detailed.every((listener) => listener.isOpen())) {
    if (Date.now() > deadline) throw new Error('not everybody can listen');
    await pause(POLL_MS);
  }
  await Promise.all(drivers.map((driver) => driver.goOnDuty()));
  const [admin] = admins;
  const driving: Promise<void>[] = [];
  const listening = undo.move();
  return {
    [Symbol.dispose]: () => listening.dispose(),
    left: () => Promise.all(driving),
    async run() {
      driving.push(...drivers.map((driver) => driver.live()));
      if (admin) driving.push(sendOutcasts(world, admin));
      await Promise.all(users.map((user) => user.live()));
      if (admin) await waitForEnds(world, admin);
    },
  };
}

/** What has not ended by then never will, and is the checker's to find: nobody helps. */
async function waitForEnds(world: World, admin: Person): Promise<void> {
  for (const end = Date.now() + FINISHING_MS; Date.now() < end; await pause(POLL_MS)) {
    const open = await listOpenBookings(world, admin);
    if (open?.length === 0) return;
  }
}
