import { expect } from '@jest/globals';
import { call, eventually } from './http.ts';
import type { System } from './system.ts';

export type Trip = { bookingId: string; startedAt: number };
type Place = { latitude: number; longitude: number };

let trips = 0;

/** A pickup that no other trip of this test file is near to, so that its driver is the one who is asked. */
export function lonelyPlace(): Place {
  trips += 1;
  return { latitude: -60 + Math.floor(trips / 100), longitude: -170 + (trips % 100) * 3 };
}

/** Brings a driver on a trip by the front doors: on duty, booked, offered, accepted. */
export async function startTrip(
  system: System,
  { driverId, userId, pickup = lonelyPlace() }: { driverId: string; userId: string; pickup?: Place },
): Promise<Trip> {
  const driver = system.token('driver', driverId);
  const duty = await call('PUT', `${system.trackingUrl}/v1/drivers/me/status`, {
    token: driver,
    body: { status: 'Available', vehicle_type: 'car', ...pickup },
  });
  expect(duty.status).toBe(200);
  const { latitude, longitude } = pickup;
  const booked = await call('POST', `${system.bookingUrl}/v1/bookings`, {
    token: system.token('user', userId),
    body: {
      pickup_location: { type: 'Point', coordinates: [longitude, latitude] },
      dropoff_location: { type: 'Point', coordinates: [longitude + 0.1, latitude] },
      vehicle_type: 'car',
    },
  });
  expect(booked.status).toBe(201);
  const bookingId: string = booked.body.booking_id;
  await eventually(async () => {
    const accepted = await call('POST', `${system.bookingUrl}/v1/bookings/${bookingId}/accept`, { token: driver });
    expect(accepted.status).toBe(200);
  });
  await eventually(async () => {
    const me = await call('GET', `${system.trackingUrl}/v1/drivers/me`, { token: driver });
    expect(me.body.booking_id).toBe(bookingId);
  });
  return { bookingId, startedAt: Date.now() };
}

/** Points on the way to a place in the north, each so many metres before it. */
export async function comeNear(
  system: System,
  driverId: string,
  { goal, meters, accuracy = 5 }: { goal: Place; meters: number[]; accuracy?: number },
): Promise<void> {
  for (const distance of meters) {
    const point = { latitude: goal.latitude - distance / 111_195, longitude: goal.longitude, accuracy };
    const sent = await call('POST', `${system.trackingUrl}/v1/locations`, {
      token: system.token('driver', driverId),
      body: { points: [point] },
    });
    expect(sent).toMatchObject({ status: 200, body: { accepted: 1 } });
  }
}

/** Moves a booking on, one status after the other, as its driver. */
export async function advance(system: System, trip: Trip, driverId: string, ...statuses: string[]): Promise<void> {
  for (const status of statuses) {
    const moved = await call('POST', `${system.bookingUrl}/v1/bookings/${trip.bookingId}/status`, {
      token: system.token('driver', driverId),
      body: { status },
    });
    expect(moved).toMatchObject({ status: 200, body: { status } });
  }
}
