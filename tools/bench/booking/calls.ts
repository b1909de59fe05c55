import { randomBytes } from 'node:crypto';
import { signToken } from '@logi/auth';
import pg from 'pg';
import { tripBetween } from '../../testing/people/requests.ts';
import { asFastAsPossible, createCaller, type Measured } from '../load.ts';
import type { Ground } from '../pairs/side.ts';
import { type CpuTimes, cpuEach, cpuTimes } from '../processes.ts';
import { startBooking } from './service.ts';
import { prepareOffers } from './tables.ts';

/** As many calls at a time as the pool has connections. */
export const IN_PARALLEL = 16;
/** Enough for the compiler to have settled: a service runs for weeks. */
const WARM = 4_000;
const PORT = '18481';
/** Bookings of one user in the search are few; those of the benchmark come from many. */
const BOOKINGS_EACH = 10;
const TRIP = tripBetween({ latitude: 52.52, longitude: 13.4 }, { latitude: 52.5, longitude: 13.45 }, 'van');

type Task = () => Promise<void>;
/** The service of one side, warm, and what can be asked of it. */
export type Calls = {
  db: pg.Pool;
  url: string;
  adminToken: string;
  accepts: (count: number) => Promise<Task[]>;
  creates: (count: number) => Task[];
  estimates: (count: number) => Task[];
  /** As fast as they are answered; processor time is of each. */
  measure: (tasks: readonly Task[]) => Promise<Measured & { cpu: CpuTimes }>;
};

export async function onBooking<Result>(
  { side, databaseUrl, amqpUrl }: Ground,
  use: (calls: Calls) => Promise<Result>,
): Promise<Result> {
  const secret = randomBytes(32).toString('hex');
  const db = new pg.Pool({ connectionString: databaseUrl, max: IN_PARALLEL });
  const env = {
    DATABASE_URL: databaseUrl,
    AMQP_URL: amqpUrl,
    JWT_SECRET: secret,
    BOOKING_PORT: PORT,
    DATABASE_POOL_SIZE: String(IN_PARALLEL),
  };
  const service = await startBooking(env, side.root);
  const caller = createCaller(service.url, IN_PARALLEL);
  const token = (role: 'user' | 'driver' | 'admin', sub: string) => signToken({ role, sub, ttlSeconds: 3_600, secret });
  const post = async (path: string, { as, body, expected }: { as: string; body?: unknown; expected: number }) => {
    const status = await caller.post(path, as, body);
    if (status !== expected) throw new Error(`${path} answered ${status}`);
  };
  const asUsers = (path: string, { count, expected }: { count: number; expected: number }) =>
    Array.from({ length: count }, (_, n) => {
      const as = token('user', `user ${Math.floor(n / BOOKINGS_EACH)}`);
      return () => post(path, { as, body: TRIP, expected });
    });
  const accepts = async (count: number) =>
    (await prepareOffers(db, count)).map(({ bookingId, driverId }) => {
      const as = token('driver', driverId);
      return () => post(`/v1/bookings/${bookingId}/accept`, { as, expected: 200 });
    });
  try {
    await asFastAsPossible(await accepts(WARM), IN_PARALLEL); // plans, compiled code, caches
    return await use({
      db,
      url: service.url,
      adminToken: token('admin', 'bench'),
      accepts,
      creates: (count) => asUsers('/v1/bookings', { count, expected: 201 }),
      estimates: (count) => asUsers('/v1/estimates', { count, expected: 200 }),
      async measure(tasks) {
        const before = await cpuTimes(service.pid);
        const measured = await asFastAsPossible(tasks, IN_PARALLEL);
        return { ...measured, cpu: cpuEach(before, await cpuTimes(service.pid), tasks.length) };
      },
    });
  } finally {
    caller.close();
    await service.stop();
    await db.end();
  }
}
