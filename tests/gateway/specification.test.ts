import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Booking, type Envelope, type LatLon, messagePayloads } from '@logi/contracts';
import { z } from 'zod';
import { eventually } from '../../tools/testing/waiting.ts';
import { call } from '../support/http.ts';
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

/*
 * One story, watched by everybody, and then what each of them saw. Ana's booking is carried out by Dro; Bob's is accepted
 * by Eva and then cancelled. `same` is the id of a user, a driver and an admin, and none of them has a part in it.
 */

const JOURNEY = [
  'En Route to Pickup',
  'Arrived at Pickup',
  'Goods Collected',
  'In Transit',
  'Arrived at Drop-off',
  'Delivered',
] as const;
const [ANAS_PLACE, BOBS_PLACE] = [place(1), place(2)];
/** A few steps from there, told from other points by its latitude. */
const from = ({ latitude, longitude }: LatLon, steps: number) => ({ latitude: latitude + steps / 1_000, longitude });

let system: System;
let anas: Booking;
let bobs: Booking;
const sockets: Record<string, TestSocket> = {};

beforeAll(async () => {
  system = await startSystem();
  await gatewayReads(system);
  await everybodyWatches();
  await goOnDuty(system, 'dro', { at: ANAS_PLACE });
  await goOnDuty(system, 'eva', { at: BOBS_PLACE });
  await goOnDuty(system, 'idle', { at: ANAS_PLACE, vehicleType: 'truck' });
  anas = await book(system, 'ana', { at: ANAS_PLACE });
  await seen('dro').find(isOf(anas.booking_id));
  await sendPoint('dro', from(ANAS_PLACE, 1)); // offered, and not yet accepted
  await acceptOffered(system, 'dro', anas.booking_id);
  await seesAt('ana', from(ANAS_PLACE, 1)); // where he was as he accepted
  await takesPart('dro', anas);
  await sendPoint('dro', from(ANAS_PLACE, 2));
  await seesAt('ana', from(ANAS_PLACE, 2));
  bobs = await book(system, 'bob', { at: BOBS_PLACE });
  await acceptOffered(system, 'eva', bobs.booking_id);
  await seesAt('bob', BOBS_PLACE);
  await advance(system, 'dro', anas.booking_id, JOURNEY);
  await seen('ana').find((message) => message.type === 'status_update' && message.payload.status === 'Delivered');
  await sendPoint('dro', from(ANAS_PLACE, 3)); // delivered, and perhaps not yet known to tracking
  await takesPart('eva', bobs);
  await sendPoint('eva', from(BOBS_PLACE, 4)); // behind all of Dro's, in one queue
  await seesAt('bob', from(BOBS_PLACE, 4));
  await act(system, { role: 'user', id: 'bob' }, bobs.booking_id, 'cancel');
  await seen('ops').find((message) => message.type === 'status_update' && message.payload.status === 'Cancelled');
  await eventually(() => expect(statusesOf('eva')).toEqual(['Available', 'Busy', 'Available']));
  await Promise.all(Object.values(sockets).map((socket) => socket.caughtUp()));
});
afterAll(() => system.stop());

async function everybodyWatches(): Promise<void> {
  const [ana, dro, ops] = [
    { role: 'user', id: 'ana' },
    { role: 'driver', id: 'dro' },
    { role: 'admin', id: 'ops' },
  ] as const;
  Object.assign(sockets, {
    ana: await watch(system, ana),
    'ana again': await watch(system, ana),
    'ana for acceptances': await watch(system, ana, '&types=booking_accepted'),
    'ana for two types': await watch(system, ana, '&types=driver_location,new_booking_request'),
    'ana for what admins see': await watch(system, ana, '&types=driver_status_update'),
    bob: await watch(system, { role: 'user', id: 'bob' }),
    dro: await watch(system, dro),
    'dro for what users see': await watch(system, dro, '&types=status_update,booking_accepted,driver_location'),
    eva: await watch(system, { role: 'driver', id: 'eva' }),
    idle: await watch(system, { role: 'driver', id: 'idle' }),
    ops: await watch(system, ops),
    'ops for drivers': await watch(system, ops, '&types=driver_status_update'),
    'ops for what users see': await watch(system, ops, '&types=booking_accepted,driver_location,new_booking_request'),
    'same as user': await watch(system, { role: 'user', id: 'same' }),
    'same as driver': await watch(system, { role: 'driver', id: 'same' }),
    'same as admin': await watch(system, { role: 'admin', id: 'same' }),
    'ana as driver': await watch(system, { role: 'driver', id: 'ana' }),
    'dro as user': await watch(system, { role: 'user', id: 'dro' }),
  });
}

function seen(name: string): TestSocket {
  const socket = sockets[name];
  if (!socket) throw new Error(`${name} does not watch`);
  return socket;
}

async function seesAt(name: string, { latitude }: LatLon): Promise<void> {
  await seen(name).find(({ type, payload }) => type === 'driver_location' && payload.latitude === latitude);
}

async function sendPoint(driverId: string, point: LatLon): Promise<void> {
  const token = system.token('driver', driverId);
  const body = { points: [point] };
  const answer = await call('POST', `${system.trackingUrl}/v1/locations`, { token, body });
  expect(answer.body).toEqual({ accepted: 1, rejected: [] });
}

/** Tracking hears of a job by an event. */
async function takesPart(driverId: string, { booking_id }: Booking): Promise<void> {
  await eventually(async () => {
    const { body } = await call('GET', `${system.trackingUrl}/v1/drivers/me`, {
      token: system.token('driver', driverId),
    });
    expect(body.booking_id).toBe(booking_id);
  });
}

function request(booking: Booking, to: string): Envelope {
  const { booking_id, user_id, pickup_location, dropoff_location, vehicle_type, price_estimate } = booking;
  const payload = { booking_id, user_id, pickup_location, dropoff_location, vehicle_type, price_estimate };
  return { user_id: to, type: 'new_booking_request', payload };
}

function update({ booking_id }: Booking, status: Booking['status'], to: string): Envelope {
  return { user_id: to, type: 'status_update', payload: { booking_id, status } };
}

function acceptance({ booking_id, user_id }: Booking, driver_id: string): Envelope {
  return { user_id, type: 'booking_accepted', payload: { booking_id, driver_id } };
}

function location({ booking_id, user_id }: Booking, { latitude, longitude }: LatLon): Envelope {
  return { user_id, type: 'driver_location', payload: { booking_id, latitude, longitude } };
}

/** Bob's driver waits where she went on duty. */
function atFirst(booking: Booking): Envelope {
  return location(booking, BOBS_PLACE);
}

function statusesOf(driverId: string, name = 'ops'): string[] {
  return seen(name).messages.flatMap(({ type, payload }) =>
    type === 'driver_status_update' && payload.driver_id === driverId ? [payload.status] : [],
  );
}

test('every message has exactly the keys of the specification', () => {
  const envelopes = Object.values(sockets).flatMap((socket) => socket.messages);
  expect(envelopes.length).toBeGreaterThan(50);
  for (const { type, ...envelope } of envelopes) {
    z.strictObject({ user_id: z.string(), payload: messagePayloads[type] }).parse(envelope);
  }
});

test('a user sees their booking made, accepted, moving and moved on, each once and in order', () => {
  expect(seen('ana').messages).toEqual([
    request(anas, 'ana'),
    update(anas, 'Searching', 'ana'),
    acceptance(anas, 'dro'),
    update(anas, 'Accepted', 'ana'),
    location(anas, from(ANAS_PLACE, 1)),
    location(anas, from(ANAS_PLACE, 2)),
    ...JOURNEY.map((status) => update(anas, status, 'ana')),
  ]);
});

test('the driver is seen from acceptance to the end, and neither before nor after', () => {
  const locations = (name: string) => seen(name).messages.filter(({ type }) => type === 'driver_location');
  expect(locations('ana')).toEqual([location(anas, from(ANAS_PLACE, 1)), location(anas, from(ANAS_PLACE, 2))]);
  expect(locations('bob')).toEqual([atFirst(bobs), location(bobs, from(BOBS_PLACE, 4))]);
});

test('a user whose booking is cancelled sees it cancelled', () => {
  expect(seen('bob').messages).toEqual([
    request(bobs, 'bob'),
    update(bobs, 'Searching', 'bob'),
    acceptance(bobs, 'eva'),
    update(bobs, 'Accepted', 'bob'),
    atFirst(bobs),
    location(bobs, from(BOBS_PLACE, 4)),
    update(bobs, 'Cancelled', 'bob'),
  ]);
});

test('every connection of a person sees the same', () => {
  expect(seen('ana again').messages).toEqual(seen('ana').messages);
});

test('a driver sees the booking that is offered to them, and nothing else', () => {
  expect(seen('dro').messages).toEqual([request(anas, 'dro')]);
  expect(seen('eva').messages).toEqual([request(bobs, 'eva')]);
});

test('every admin sees every status of every booking and of every driver, addressed to nobody', () => {
  for (const name of ['ops', 'same as admin']) {
    const { messages } = seen(name);
    expect(messages.every(({ user_id }) => user_id === '')).toBe(true);
    expect(messages.filter(isOf(anas.booking_id))).toEqual(
      (['Searching', 'Accepted', ...JOURNEY] as const).map((status) => update(anas, status, '')),
    );
    expect(messages.filter(isOf(bobs.booking_id))).toEqual(
      (['Searching', 'Accepted', 'Cancelled'] as const).map((status) => update(bobs, status, '')),
    );
    expect(statusesOf('dro', name)).toEqual(['Available', 'Busy', 'Available']);
    expect(statusesOf('eva', name)).toEqual(['Available', 'Busy', 'Available']);
    expect(statusesOf('idle', name)).toEqual(['Available']);
  }
});

test.each(['same as user', 'same as driver', 'idle', 'ana as driver', 'dro as user'])(
  '%s has no part in it and sees nothing',
  (name) => {
    expect(seen(name).messages).toEqual([]);
  },
);

describe('`types`', () => {
  const ofTypes = (name: string, ...types: Envelope['type'][]) =>
    seen(name).messages.filter(({ type }) => types.includes(type));

  test('narrows a connection to what it names', () => {
    expect(seen('ana for acceptances').messages).toEqual([acceptance(anas, 'dro')]);
    expect(seen('ana for two types').messages).toEqual(ofTypes('ana', 'driver_location', 'new_booking_request'));
    expect(seen('ops for drivers').messages).toEqual(ofTypes('ops', 'driver_status_update'));
  });

  test.each(['ana for what admins see', 'dro for what users see', 'ops for what users see'])(
    'never widens one: %s sees nothing',
    (name) => {
      expect(seen(name).messages).toEqual([]);
    },
  );
});
