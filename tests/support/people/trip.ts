import { expect } from '@jest/globals';
import type { LatLon } from '@logi/contracts';
import { eventually } from '../../../tools/testing/waiting.ts';
import { openSql } from '../database.ts';
import { call } from '../http.ts';
import type { System } from '../services/system.ts';
import { north } from './actors.ts';
import { acceptOffered, book, goOnDuty, place } from './people.ts';

export type Trip = { bookingId: string; startedAt: number };

let trips = 0;

/** A pickup that no other trip of this test file is near to, so that its driver is the one who is asked. */
export function lonelyPlace(): LatLon {
  trips += 1;
  return place(trips);
}

/** Brings a driver on a trip by the front doors: on duty, booked, offered, accepted. */
export async function startTrip(
  system: System,
  { driverId, userId, pickup = lonelyPlace() }: { driverId: string; userId: string; pickup?: LatLon },
): Promise<Trip> {
  const at = { at: pickup, vehicleType: 'car' };
  await goOnDuty(system, driverId, at);
  const dropoff = { ...pickup, longitude: pickup.longitude + 0.1 };
  const { booking_id: bookingId } = await book(system, userId, { ...at, to: dropoff });
  await acceptOffered(system, driverId, bookingId);
  await eventually(async () => {
    const token = system.token('driver', driverId);
    const me = await call('GET', `${system.trackingUrl}/v1/drivers/me`, { token });
    expect(me.body.booking_id).toBe(bookingId);
  });
  return { bookingId, startedAt: Date.now() };
}

const BEGUN_MS = 300_000;

/** A trip that began some minutes ago, of a driver who has sent no fix yet: points of the future would be set right. */
export async function startPastTrip(system: System, who: Parameters<typeof startTrip>[1]): Promise<Trip> {
  const trip = await startTrip(system, who);
  const { sql } = await openSql(system.servers.databaseUrl);
  await sql('update tracking.trip set started_at = started_at - make_interval(secs => $2) where booking_id = $1', [
    trip.bookingId,
    BEGUN_MS / 1_000,
  ]);
  for (const table of ['position', 'driver_latest']) {
    await sql(`delete from tracking.${table} where driver_id = $1`, [who.driverId]);
  }
  return { ...trip, startedAt: trip.startedAt - BEGUN_MS };
}

/** Points on the way to a place in the north, each so many metres before it. */
export async function comeNear(
  system: System,
  driverId: string,
  { goal, meters, accuracy = 5 }: { goal: LatLon; meters: number[]; accuracy?: number },
): Promise<void> {
  for (const distance of meters) {
    const point = { ...north(goal, -distance), accuracy };
    const sent = await call('POST', `${system.trackingUrl}/v1/locations`, {
      token: system.token('driver', driverId),
      body: { points: [point] },
    });
    expect(sent).toMatchObject({ status: 200, body: { accepted: 1 } });
  }
}
