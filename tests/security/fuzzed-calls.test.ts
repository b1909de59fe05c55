import { afterAll, beforeAll, expect } from '@jest/globals';
import { signToken } from '@logi/auth';
import { ROLES, type Role } from '@logi/contracts';
import { createRandom } from '../../tools/testing/random.ts';
import { type Arsenal, type AskedService, hostileCall } from '../support/api/hostile-calls.ts';
import { openSql, type Rows } from '../support/database.ts';
import { call, callText } from '../support/http.ts';
import { inTwoSizes } from '../support/long.ts';
import { acceptOffered, advance, book, gatewayReads, goOnDuty, place } from '../support/people/people.ts';
import { type System, startSystem } from '../support/services/system.ts';

/*
 * Everything that the OpenAPI documents name, by people who wish us ill. Whatever they send, the answer is a documented one
 * (`callText` looks), nothing breaks, and nothing of anybody else has changed. A call that fails is made again by its number:
 * each is made of the seed and the number alone.
 */

const SEED = process.env['FUZZ_SEED'] ?? 'logi';
const LANES = 8;

let system: System;
let database: { sql: Rows; close: () => Promise<void> };
/** Operations asks the others in its own ways, and has tests of its own. */
let origins: Record<AskedService, string>;
let victims: string[];
let attackers: string[];
beforeAll(async () => {
  system = await startSystem();
  database = await openSql(system.servers.databaseUrl);
  origins = {
    booking: system.bookingUrl,
    tracking: system.trackingUrl,
    gateway: system.gatewayUrl.replace('ws', 'http'),
  };
  await gatewayReads(system);
  victims = await liveThrough('vic', 'val', 1);
  attackers = await liveThrough('eve', 'mal', 50);
});
afterAll(async () => {
  await database.close();
  await system.stop();
});

/** A user and a driver with a booking under way, one that waits for its time, and one that is over. */
async function liveThrough(user: string, driver: string, at: number): Promise<string[]> {
  await goOnDuty(system, driver, { at: place(at) });
  const done = await book(system, user, { at: place(at) });
  await acceptOffered(system, driver, done.booking_id);
  await advance(system, driver, done.booking_id, [
    'En Route to Pickup',
    'Arrived at Pickup',
    'In Transit',
    'Arrived at Drop-off',
    'Delivered',
  ]);
  const underWay = await book(system, user, { at: place(at) });
  await acceptOffered(system, driver, underWay.booking_id);
  await advance(system, driver, underWay.booking_id, ['En Route to Pickup', 'Arrived at Pickup', 'In Transit']);
  const scheduled = await book(system, user, { at: place(at), scheduledAt: new Date(Date.now() + 86_400_000) });
  return [done, underWay, scheduled].map(({ booking_id }) => booking_id);
}

/** All that is theirs, and that time does not change. */
async function belongings(): Promise<unknown> {
  const { sql } = database;
  return {
    bookings: await sql(`select * from booking.booking where user_id = 'vic' order by booking_id`),
    history: await sql(
      `select history.* from booking.history join booking.booking using (booking_id) where user_id = 'vic'
       order by booking_id, version`,
    ),
    offers: await sql(`select * from booking.offer where driver_id = 'val' order by offer_id`),
    excluded: await sql(`select * from booking.excluded_driver where driver_id = 'val'`),
    quotes: await sql(`select * from booking.quote where owner_id in ('vic', 'val')`),
    keys: await sql(`select * from booking.idempotency_key where user_id in ('vic', 'val')`),
    blocks: await sql(`select * from booking.block`),
    rates: await sql(`select * from booking.vehicle_type order by vehicle_type`),
    duty: await sql(`select driver_id, duty, vehicle_type, booking_id from tracking.driver where driver_id = 'val'`),
    points: await sql(`select * from tracking.position where driver_id = 'val' order by recorded_at, received_at`),
    trips:
      await sql(`select booking_id, driver_id, user_id, started_at, ended_at from tracking.trip where user_id = 'vic'
      order by started_at`),
    acts: await sql(`select * from booking.audit`),
  };
}

const sign = (role: Role, sub: string, ttlSeconds = 36_000) =>
  signToken({ role, sub, ttlSeconds, secret: system.secret });

async function fuzz(name: string, count: number, arsenal: Arsenal): Promise<Map<string, number>> {
  const random = createRandom(`${SEED}/${name}`);
  const statuses = new Map<string, number>();
  const numbers = Array.from({ length: count }, (_, n) => n).values();
  const lanes = Array.from({ length: LANES }, async () => {
    for (const n of numbers) {
      const hostile = hostileCall(random.fork(String(n)), arsenal);
      const { method, path, headers, body, call: asked } = hostile;
      const init = { method, headers, ...(body !== undefined && { body }) };
      const which = `call ${n} of ${SEED}/${name}: ${method} ${path.slice(0, 300)} ${body?.slice(0, 500)}`;
      const { response } = await callText(`${origins[asked.service]}${path}`, init).catch((cause: unknown) => {
        throw new Error(which, { cause });
      });
      if (response.status >= 500) throw new Error(`${response.status} for ${which}`);
      const key = `${asked.operation.operationId} ${response.status < 300 ? 'taken' : 'refused'}`;
      statuses.set(key, (statuses.get(key) ?? 0) + 1);
    }
  });
  await Promise.all(lanes);
  return statuses;
}

const SIZES = { short: 1_000, long: 50_000 };

inTwoSizes('whatever strangers, users and drivers send, the answer is documented, and nobody else is touched', SIZES, {
  timeoutMs: 1_800_000,
  run: async (count) => {
    const before = await belongings();
    const statuses = await fuzz('people', count, {
      tokens: [
        ...[sign('user', 'eve'), sign('driver', 'mal'), sign('user', 'eve'), sign('driver', 'mal')],
        ...[sign('user', 'evan'), sign('driver', 'max'), sign('user', 'vic', -60), 'none', `${sign('user', 'vic')}x`],
        signToken({ role: 'admin', sub: 'ops', ttlSeconds: 60, secret: 'another secret of thirty-two bytes!' }),
      ],
      bookings: [...victims, ...attackers],
      people: ['vic', 'val', 'eve', 'mal', 'ops', 'me', 'van'],
    });
    expect(await belongings()).toEqual(before);
    expect(statuses.size).toBeGreaterThan(30);
  },
});

inTwoSizes('whatever an admin sends, the answer is documented', SIZES, {
  timeoutMs: 1_800_000,
  run: async (count) => {
    await fuzz('admins', count, {
      tokens: ['ops', 'boss'].map((sub) => sign('admin', sub)).concat(ROLES.map((role) => sign(role, 'eve'))),
      bookings: [...victims, ...attackers],
      people: ['val', 'mal', 'van', 'sleigh'],
    });
    for (const origin of Object.values(origins)) expect((await call('GET', `${origin}/healthz`)).status).toBe(200);
  },
});
