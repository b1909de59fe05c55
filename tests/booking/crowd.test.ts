import { afterAll, beforeAll, expect } from '@jest/globals';
import { brokenInvariants } from '../../tools/testing/booking-invariants.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { openSql, type Rows } from '../support/database.ts';
import { inTwoSizes } from '../support/long.ts';
import { actors, north } from '../support/people/actors.ts';
import { type System, startSystem } from '../support/services/system.ts';

const JOURNEY = ['En Route to Pickup', 'Arrived at Pickup', 'In Transit', 'Arrived at Drop-off', 'Delivered'];

let system: System;
let sql: Rows;
let closeSql: () => Promise<void>;
let act: ReturnType<typeof actors>;

beforeAll(async () => {
  system = await startSystem({ SEARCH_TIMEOUT_MS: '3600000' });
  ({ sql, close: closeSql } = await openSql(system.servers.databaseUrl));
  act = actors(system);
});
afterAll(async () => {
  await closeSql();
  await system.stop();
});

/** `CROWD=1000` takes some minutes on two busy cores. */
const MANY_BOOKINGS = Number(process.env['CROWD'] ?? 150);
const AT_ONCE = 10;
const TIMEOUT_MS = 660_000;

inTwoSizes(
  'more bookings than drivers are all delivered, each by one driver',
  { short: { bookings: 20, drivers: 8 }, long: { bookings: MANY_BOOKINGS, drivers: 50 } },
  { run: deliverAll, timeoutMs: TIMEOUT_MS },
);

async function deliverAll(size: { bookings: number; drivers: number }): Promise<void> {
  const city = { latitude: 10, longitude: 100 };
  const drivers = Array.from({ length: size.drivers }, (_, n) => `driver ${n}`);
  await Promise.all(drivers.map((driver, n) => act.goOnDuty(driver, north(city, n * 20))));
  for (let n = 0; n < size.bookings / AT_ONCE; n += 1) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, m) => act.book(`user ${n} ${m}`, { pickup: city })));
  }
  const working = new Map<string, Promise<void>>();
  await eventually(async () => {
    const offers = await sql(`select driver_id, booking_id from booking.offer where state = 'open'`);
    for (const { driver_id, booking_id } of offers) {
      const driver = String(driver_id);
      if (working.has(driver)) continue;
      const work = workOff(driver, String(booking_id)).finally(() => working.delete(driver));
      working.set(driver, work);
    }
    expect(await sql(`select 1 from booking.booking where ended_at is null limit 1`)).toEqual([]);
  }, 600_000);
  await Promise.all(working.values());
  expect(await sql(`select status, count(*)::int as bookings from booking.booking group by status`)).toEqual([
    { status: 'Delivered', bookings: size.bookings },
  ]);
  expect(await brokenInvariants(sql)).toEqual([]);
}

/** Takes what the driver is offered, and drives it to its end. */
async function workOff(driverId: string, bookingId: string): Promise<void> {
  if ((await act.accept(driverId, bookingId)).status !== 200) return;
  for (const status of JOURNEY) await act.advance(driverId, bookingId, status);
}
