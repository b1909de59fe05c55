import { booking, isTerminal } from '@logi/contracts';
import { z } from 'zod';
import { pause } from '../demo/pause.ts';
import { actOnBooking } from './people/calls.ts';
import { createDriver } from './people/driver.ts';
import { type Ears, listenDetailed, listenPlainly } from './people/ears.ts';
import { createUser } from './people/user.ts';
import { createPerson, type Person, type World } from './people/world.ts';

const ADMINS = 2;
const OPENING_TIMEOUT_MS = 30_000;
/** For what is under way when the last booking is made; an admin ends the rest. */
const FINISHING_MS = 8_000;
/** What an admin cannot end either is the checker's to find. */
const GIVING_UP_MS = 60_000;
const POLL_MS = 250;

export type Workload = {
  /** Ends when the last order was given and every booking has ended. */
  run: () => Promise<void>;
  /** Ends when everybody has gone home. */
  left: () => Promise<unknown>;
  detailed: Ears[];
};

/** Everybody is here, listens and is on duty once this resolves. */
export async function assemble(world: World, size: { users: number; drivers: number }): Promise<Workload> {
  const users = Array.from({ length: size.users }, (_, index) => createUser(world, index));
  const drivers = Array.from({ length: size.drivers }, (_, index) => createDriver(world, index));
  const admins = Array.from({ length: ADMINS }, (_, index) => createPerson(world, 'admin', `admin ${index}`));
  const screens = admins.map((admin) => {
    void listenPlainly(world, admin, `${admin.id} wall`).ended;
    return listenDetailed(world, admin, { socket: `${admin.id} desk` });
  });
  const detailed = [...[...users, ...drivers].flatMap(({ ears }) => ears), ...screens];
  const deadline = Date.now() + OPENING_TIMEOUT_MS;
  while (!detailed.every((ears) => ears.isOpen())) {
    if (Date.now() > deadline) throw new Error('not everybody can listen');
    await pause(POLL_MS);
  }
  await Promise.all(drivers.map((driver) => driver.goOnDuty()));
  const [admin] = admins;
  const driving: Promise<void>[] = [];
  return {
    detailed,
    left: () => Promise.all(driving),
    async run() {
      driving.push(...drivers.map((driver) => driver.live()));
      await Promise.all(users.map((user) => user.live()));
      if (admin) await endBookings(world, admin);
    },
  };
}

async function endBookings(world: World, admin: Person): Promise<void> {
  const patience = Date.now() + FINISHING_MS;
  const end = Date.now() + GIVING_UP_MS;
  while (Date.now() < end) {
    const open = await listOpen(world, admin);
    if (open?.length === 0) return;
    if (Date.now() > patience) {
      for (const { booking_id: bookingId, status } of open ?? []) {
        if (isTerminal(status)) continue;
        if (status === 'Returning') await actOnBooking(world, admin, { op: 'advance', bookingId, to: 'Returned' });
        else await actOnBooking(world, admin, { op: 'cancel', bookingId });
      }
    }
    await pause(POLL_MS);
  }
}

const page = z.object({ items: z.array(booking) });

async function listOpen({ urls }: World, { token }: Person) {
  try {
    const response = await fetch(`${urls.booking}/v1/bookings?active=true&limit=100`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(5_000),
    });
    return page.parse(await response.json()).items;
  } catch {
    return undefined;
  }
}
