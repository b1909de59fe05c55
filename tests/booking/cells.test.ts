import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { LatLon } from '@logi/contracts';
import { cellOf } from '../../services/booking/src/pricing/surge.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { openSql, type Rows } from '../support/database.ts';
import { call } from '../support/http.ts';
import { actors } from '../support/people/actors.ts';
import { bookingBody, place } from '../support/people/people.ts';
import { type System, startSystem } from '../support/services/system.ts';

let system: System;
let sql: Rows;
let act: ReturnType<typeof actors>;
beforeAll(async () => {
  // Only a driver who becomes free nearby ends a rest of these searches.
  system = await startSystem({ SEARCH_RADII_METERS: '15000', SEARCH_RETRY_MS: '60000' });
  ({ sql } = await openSql(system.servers.databaseUrl));
  act = actors(system);
});
afterAll(() => system.stop());

const METERS_PER_DEGREE = 111_195;
function east({ latitude, longitude }: LatLon, meters: number): LatLon {
  const degrees = meters / (METERS_PER_DEGREE * Math.cos((latitude * Math.PI) / 180));
  return { latitude, longitude: ((longitude + degrees + 540) % 360) - 180 };
}

async function rests(pickup: LatLon): Promise<string> {
  const { booking_id } = await act.book('ana', { pickup });
  await eventually(async () => {
    const [row] = await sql(
      "select dispatch_due_at > now() + interval '20 s' as rests from booking.booking where booking_id = $1",
      [booking_id],
    );
    expect(row).toEqual({ rests: true });
  });
  return booking_id;
}

test.each<[where: string, pickup: LatLon]>([
  ['at 52° north', { latitude: 52.52, longitude: 13.4 }],
  ['at 70° north', { latitude: 70, longitude: 25 }],
  ['across the antimeridian', { latitude: -16.8, longitude: 179.95 }],
  ['at 70° north across the antimeridian', { latitude: 70, longitude: 179.9 }],
  ['near the pole', { latitude: 89.9, longitude: 0 }],
])('a driver who comes on duty 14.5 km to the east ends the rest of a search %s', async (where, pickup) => {
  const bookingId = await rests(pickup);
  await act.goOnDuty(where, east(pickup, 14_500));
  expect(await act.askedDriver(bookingId)).toBe(where);
});

test('bookings that were made when cells were squares are found by cells as they are now', async () => {
  const open = await rests(place(1));
  const over = (await act.book('ben', { pickup: place(2) })).booking_id;
  await act.cancel('user', 'ben', over);
  await sql(`update booking.booking set cell = '-3000:-8500' where booking_id = any($1)`, [[open, over]]);
  const next = await system.start.booking(); // which looks for such as it starts
  await eventually(async () => {
    const rows = await sql('select booking_id, cell from booking.booking where booking_id = any($1)', [[open, over]]);
    expect(Object.fromEntries(rows.map(({ booking_id, cell }) => [booking_id, cell]))).toEqual({
      [open]: cellOf(place(1)),
      [over]: cellOf(place(2)),
    });
  });
  await next.stop();
  await act.goOnDuty('finder', place(1));
  expect(await act.askedDriver(open)).toBe('finder');
});

test('a surge holds for its cell and not for places beyond it, also at 70° north', async () => {
  const at = { latitude: 70, longitude: -30 };
  const surge = async (where: LatLon) => {
    const body = bookingBody({ at: where, to: { ...where, latitude: where.latitude + 0.02 } });
    const token = system.token('user', 'ana');
    return (await call('POST', `${system.bookingUrl}/v1/estimates`, { token, body })).body.surge_multiplier;
  };
  await sql(`insert into booking.surge values ($1, 'van', 9, 1, 2, now() + interval '1 hour')`, [cellOf(at)]);
  expect([await surge(at), await surge(east(at, 5_000))]).toEqual([2, 1]);
});
