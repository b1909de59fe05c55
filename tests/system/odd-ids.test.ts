import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Booking, Envelope } from '@logi/contracts';
import { eventually } from '../../tools/testing/waiting.ts';
import { call } from '../support/http.ts';
import { inTwoSizes } from '../support/long.ts';
import {
  acceptOffered,
  act,
  advance,
  book,
  gatewayReads,
  goOnDuty,
  isOf,
  place,
  watch,
} from '../support/people/people.ts';
import { type System, startSystem } from '../support/services/system.ts';
import type { TestSocket } from '../support/socket.ts';

/** Legal ids that mean something to a broker, a path, SQL, HTML, an object or a careless map. */
const ODD_IDS = [
  'a.b.c',
  'a.*',
  '*',
  '#',
  'a.#',
  'a b',
  'user a',
  'driver a',
  'admin',
  ' a',
  'a ',
  'a',
  'A',
  '\t',
  'a\nb',
  "'; drop table booking.booking; --",
  '{a,"b"}',
  '\\',
  '%00',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'null',
  '<script>',
  'é',
  'e\u0301',
  '\u202eabc',
  '🚚'.repeat(128),
  'x'.repeat(128),
];

let system: System;
beforeAll(async () => {
  system = await startSystem();
  await gatewayReads(system);
});
afterAll(() => system.stop(), 120_000);

inTwoSizes(
  'people with odd ids get what is theirs from end to end, and nothing of each other’s',
  { short: ODD_IDS.filter((_, index) => index % 4 === 0), long: ODD_IDS },
  { run: driveAll },
);

async function driveAll(ids: string[]): Promise<void> {
  const trips = await Promise.all(ids.map(startTrip));
  await Promise.all(trips.map(drive));
  for (const { id, booking, userSocket, driverSocket } of trips) {
    expect(userSocket.messages.every(isOf(booking.booking_id))).toBe(true);
    expect(userSocket.messages.every((message) => message.user_id === id)).toBe(true);
    expect(driverSocket.messages).toEqual([
      {
        user_id: id,
        type: 'new_booking_request',
        payload: expect.objectContaining({ booking_id: booking.booking_id }),
      },
    ]);
    const { body } = await call('GET', `${system.bookingUrl}/v1/bookings`, { token: system.token('user', id) });
    expect(body.items.map((item: Booking) => item.booking_id)).toEqual([booking.booking_id]);
  }
}

type Trip = { id: string; booking: Booking; userSocket: TestSocket; driverSocket: TestSocket };

/** A user and a driver of the same id, at a place of their own. */
async function startTrip(id: string, index: number): Promise<Trip> {
  const at = place(index);
  const userSocket = await watch(system, { role: 'user', id });
  const driverSocket = await watch(system, { role: 'driver', id });
  await goOnDuty(system, id, { at });
  return { id, booking: await book(system, id, { at }), userSocket, driverSocket };
}

async function drive({ id, booking: { booking_id }, userSocket, driverSocket }: Trip): Promise<void> {
  await driverSocket.find(isOf(booking_id, 'new_booking_request'));
  const accepted = await acceptOffered(system, id, booking_id);
  expect(accepted).toMatchObject({ user_id: id, driver_id: id });
  await userSocket.find(isOf(booking_id, 'booking_accepted'));
  const token = system.token('driver', id);
  await eventually(async () => {
    const point = { latitude: 1, longitude: 2 };
    await call('POST', `${system.trackingUrl}/v1/locations`, { token, body: { points: [point] } });
    await new Promise((resolve) => setTimeout(resolve, 250)); // thirty drivers at full speed would be a flood
    expect(userSocket.messages.some(isOf(booking_id, 'driver_location'))).toBe(true);
  });
  await advance(system, id, booking_id, ['En Route to Pickup', 'Arrived at Pickup', 'In Transit']);
  const returning = await act(system, { role: 'user', id }, booking_id, 'cancel', { reason: id });
  expect(returning).toMatchObject({ status: 200, body: { status: 'Returning' } });
  await advance(system, id, booking_id, ['Returned']);
  await userSocket.find(
    (message: Envelope) => message.type === 'status_update' && message.payload.status === 'Returned',
  );
}
