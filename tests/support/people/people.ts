import { expect } from '@jest/globals';
import type { Booking, BookingStatus, Envelope, LatLon, Principal } from '@logi/contracts';
import { type ApiRequest, requestsTo, type Trip, tripBetween } from '../../../tools/testing/people/requests.ts';
import { eventually } from '../../../tools/testing/waiting.ts';
import { type Answer, call } from '../http.ts';
import type { System } from '../services/system.ts';
import { TestSocket } from '../socket.ts';

/** Somewhere with nobody else about: further from every other place than any search looks. */
export function place(index: number): LatLon {
  return { latitude: -60 + (index % 400) * 0.3, longitude: -170 + Math.floor(index / 400) };
}

type Options = { at?: LatLon; vehicleType?: string };
type TripOptions = Options & { to?: LatLon };

export function bookingBody({ at = place(0), to, vehicleType = 'van' }: TripOptions = {}): Trip {
  return tripBetween(at, to ?? { latitude: at.latitude + 0.02, longitude: at.longitude + 0.02 }, vehicleType);
}

/** As somebody of a system would ask it. */
function ask(system: System, { role, id }: Principal, { method, url, body }: ApiRequest): Promise<Answer> {
  return call(method, url, { token: system.token(role, id), body });
}

export async function book(system: System, userId: string, options: TripOptions & { scheduledAt?: Date } = {}) {
  const { scheduledAt } = options;
  const order = { ...bookingBody(options), ...(scheduledAt && { scheduled_at: scheduledAt.toISOString() }) };
  const answer = await ask(system, { role: 'user', id: userId }, requestsTo(system).book(order));
  expect(answer.status).toBe(201);
  return answer.body as Booking;
}

export async function goOnDuty(system: System, driverId: string, { at = place(0), vehicleType = 'van' }: Options = {}) {
  const request = requestsTo(system).goOnDuty(at, vehicleType);
  const answer = await ask(system, { role: 'driver', id: driverId }, request);
  expect(answer).toMatchObject({ status: 200, body: { driver_id: driverId } });
}

/** Does the same for all of them, some at a time, as a crowd arrives. */
export async function forEach<Item>(items: Iterable<Item>, work: (item: Item) => Promise<void>): Promise<void> {
  const left = [...items].values();
  const lanes = Array.from({ length: 10 }, async () => {
    for (const item of left) await work(item);
  });
  await Promise.all(lanes);
}

/** A call on one booking: `accept`, `decline`, `cancel`, `status`, … */
export function act(
  system: System,
  principal: Principal,
  bookingId: string,
  action: string,
  body?: object,
): Promise<Answer> {
  return ask(system, principal, requestsTo(system).act(bookingId, action, body));
}

export async function showBooking(system: System, bookingId: string): Promise<Booking> {
  return (await ask(system, { role: 'admin', id: 'ops' }, requestsTo(system).look(bookingId))).body;
}

/** Accepts as soon as the offer is there. */
export async function acceptOffered(system: System, driverId: string, bookingId: string): Promise<Booking> {
  return eventually(async () => {
    const answer = await act(system, { role: 'driver', id: driverId }, bookingId, 'accept');
    expect(answer.status).toBe(200);
    return answer.body;
  });
}

export async function advance(system: System, driverId: string, bookingId: string, statuses: readonly BookingStatus[]) {
  for (const status of statuses) {
    const answer = await act(system, { role: 'driver', id: driverId }, bookingId, 'status', { status });
    expect(answer).toMatchObject({ status: 200, body: { status } });
  }
}

/** A socket on the gateway that misses nothing of what happens from now on. */
export async function watch(system: System, { role, id }: Principal, query = ''): Promise<TestSocket> {
  return TestSocket.connect(`${system.gatewayUrl}/ws?token=${system.token(role, id)}${query}`);
}

/** The gateway delivers what happens once it reads the broker; before that it has nothing to deliver from. */
export async function gatewayReads(system: System): Promise<void> {
  await eventually(async () => {
    expect((await call('GET', `${system.gatewayUrl.replace('ws', 'http')}/readyz`)).status).toBe(200);
  });
}

export function isOf(bookingId: string, type?: Envelope['type']) {
  return (message: Envelope): boolean =>
    'booking_id' in message.payload &&
    message.payload.booking_id === bookingId &&
    (type === undefined || message.type === type);
}
