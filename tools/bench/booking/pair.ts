import { randomBytes } from 'node:crypto';
import { signToken } from '@logi/auth';
import pg from 'pg';
import { tripBetween } from '../../testing/people/requests.ts';
import type { Ground } from '../pairs/side.ts';
import type { Figures } from '../pairs/verdict.ts';
import { cpuMicros, descendantsNamed } from '../processes.ts';
import { asFastAsPossible, createCaller } from './load.ts';
import { startBooking } from './service.ts';
import { prepareOffers } from './tables.ts';

const IN_PARALLEL = 16;
const WARM = 500;
const CALLS = 2_000;
const PORT = '18481';
/** Bookings of one user in the search are few; those of the benchmark come from many. */
const BOOKINGS_EACH = 10;
const TRIP = tripBetween({ latitude: 52.52, longitude: 13.4 }, { latitude: 52.5, longitude: 13.45 }, 'van');

/** Acceptances, bookings and estimates by HTTP, as many at a time as the pool has connections. */
export async function acceptCreateEstimate({ side, databaseUrl, amqpUrl }: Ground): Promise<Figures> {
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
  const token = (role: 'user' | 'driver', sub: string) => signToken({ role, sub, ttlSeconds: 3_600, secret });
  const asUsers = (path: string, expected: number) =>
    Array.from({ length: CALLS }, (_, n) => {
      const user = token('user', `user ${Math.floor(n / BOOKINGS_EACH)}`);
      return async () => {
        const status = await caller.post(path, user, TRIP);
        if (status !== expected) throw new Error(`${path} answered ${status}`);
      };
    });
  const accepts = async (count: number) =>
    (await prepareOffers(db, count)).map(({ bookingId, driverId }) => {
      const driver = token('driver', driverId);
      return async () => {
        const status = await caller.post(`/v1/bookings/${bookingId}/accept`, driver);
        if (status !== 200) throw new Error(`accept answered ${status}`);
      };
    });
  const measure = async (name: string, tasks: readonly (() => Promise<void>)[]): Promise<Figures> => {
    const cpu = async () => ({
      service: await cpuMicros([service.pid]),
      servers: await cpuMicros([...(await descendantsNamed('postgres')), ...(await descendantsNamed('beam.smp'))]),
    });
    const before = await cpu();
    await asFastAsPossible(tasks, IN_PARALLEL);
    const after = await cpu();
    const own = (after.service - before.service) / tasks.length;
    return {
      [`${name}: CPU µs of the service`]: own,
      [`${name}: CPU µs of service and servers`]: own + (after.servers - before.servers) / tasks.length,
    };
  };
  try {
    await asFastAsPossible(await accepts(WARM), IN_PARALLEL);
    return {
      ...(await measure('accept', await accepts(CALLS))),
      ...(await measure('estimate', asUsers('/v1/estimates', 200))),
      ...(await measure('create', asUsers('/v1/bookings', 201))),
    };
  } finally {
    caller.close();
    await service.stop();
    await db.end();
  }
}
