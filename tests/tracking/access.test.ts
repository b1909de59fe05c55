import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Role } from '@logi/contracts';
import { eventually } from '../../tools/testing/waiting.ts';
import { call } from '../support/http.ts';
import { acceptOffered, act, advance, book, goOnDuty, place } from '../support/people/people.ts';
import { expectRefusal } from '../support/refusals.ts';
import { type System, startSystem } from '../support/services/system.ts';

/*
 * One booking through its life, and at each stage everybody asks where the driver is and has been. First accepts it and
 * gives it back; Second accepts it and delivers it.
 */

const AT = place(1);
let system: System;
let bookingId: string;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());

const PEOPLE: Record<string, { role: Role; id: string }> = {
  'its user': { role: 'user', id: 'ana' },
  'the first driver': { role: 'driver', id: 'first' },
  'the second driver': { role: 'driver', id: 'second' },
  'an admin': { role: 'admin', id: 'ops' },
  'another user': { role: 'user', id: 'ben' },
  'another driver': { role: 'driver', id: 'third' },
  'a driver with the id of its user': { role: 'driver', id: 'ana' },
  'a user with the id of its driver': { role: 'user', id: 'second' },
};

async function ask(what: 'location' | 'trail', { role, id }: { role: Role; id: string }, booking = bookingId) {
  const url = `${system.trackingUrl}/v1/bookings/${booking}/${what}`;
  return call('GET', url, { token: system.token(role, id), headers: { 'x-request-id': 'same' } });
}

/** Who gets an answer; everybody else is told that there is nothing, in the same words. */
async function whoSees(what: 'location' | 'trail'): Promise<string[]> {
  const missing = await ask(what, { role: 'admin', id: 'ops' }, randomUUID());
  expectRefusal(missing, 'location_not_found');
  const seers: string[] = [];
  for (const [name, person] of Object.entries(PEOPLE)) {
    const { status, body } = await ask(what, person);
    if (status === 200) seers.push(name);
    else expect({ status, body }).toEqual({ status: missing.status, body: missing.body });
  }
  return seers;
}

/** So many steps of eleven metres along the way: near enough that no step is a jump. */
const step = (n: number) => n / 10_000;

async function sendPoint(driverId: string, n: number): Promise<void> {
  const token = system.token('driver', driverId);
  const points = [{ latitude: step(n), longitude: 0 }];
  await call('POST', `${system.trackingUrl}/v1/locations`, { token, body: { points } });
}

/** Tracking hears of a job, and of its end, by an event. */
async function hasJob(driverId: string, job: string | null): Promise<void> {
  await eventually(async () => {
    const token = system.token('driver', driverId);
    expect((await call('GET', `${system.trackingUrl}/v1/drivers/me`, { token })).body.booking_id).toBe(job);
  });
}

test('the location is seen by those on the trip, and only while it is under way', async () => {
  await goOnDuty(system, 'first', { at: AT });
  bookingId = (await book(system, 'ana', { at: AT })).booking_id;
  expect({ stage: 'searching', location: await whoSees('location'), trail: await whoSees('trail') }).toEqual({
    stage: 'searching',
    location: [],
    trail: [],
  });

  await acceptOffered(system, 'first', bookingId);
  await hasJob('first', bookingId);
  await sendPoint('first', 1);
  await sendPoint('first', 2);
  expect({ stage: 'accepted', location: await whoSees('location'), trail: await whoSees('trail') }).toEqual({
    stage: 'accepted',
    location: ['its user', 'the first driver', 'an admin'],
    trail: ['its user', 'the first driver', 'an admin'],
  });
  expect((await ask('location', { role: 'user', id: 'ana' })).body).toMatchObject({
    driver_id: 'first',
    latitude: step(2),
  });

  await act(system, { role: 'driver', id: 'first' }, bookingId, 'cancel');
  await hasJob('first', null);
  await sendPoint('first', 3);
  expect({ stage: 'given back', location: await whoSees('location'), trail: await whoSees('trail') }).toEqual({
    stage: 'given back',
    location: [],
    trail: ['an admin'],
  });

  await goOnDuty(system, 'second', { at: AT });
  await acceptOffered(system, 'second', bookingId);
  await hasJob('second', bookingId);
  await sendPoint('second', 4);
  await sendPoint('second', 5);
  await sendPoint('first', 6); // another trip’s business
  await advance(system, 'second', bookingId, ['En Route to Pickup', 'Arrived at Pickup', 'In Transit']);
  expect({ stage: 'in transit', location: await whoSees('location'), trail: await whoSees('trail') }).toEqual({
    stage: 'in transit',
    location: ['its user', 'the second driver', 'an admin'],
    trail: ['its user', 'the second driver', 'an admin'],
  });
  const { body: trail } = await ask('trail', { role: 'user', id: 'ana' });
  expect(trail.geometry.coordinates.slice(-2)).toEqual([
    [0, step(4)],
    [0, step(5)],
  ]);
  expect(JSON.stringify(trail)).not.toContain('first');

  await advance(system, 'second', bookingId, ['Arrived at Drop-off', 'Delivered']);
  await hasJob('second', null);
  await sendPoint('second', 7);
  expect({ stage: 'delivered', location: await whoSees('location'), trail: await whoSees('trail') }).toEqual({
    stage: 'delivered',
    location: [],
    trail: ['an admin'],
  });
  const { body: whole } = await ask('trail', { role: 'admin', id: 'ops' });
  expect(whole.geometry.coordinates.at(-1)).toEqual([0, step(5)]);
});

describe('a booking id that is no UUID', () => {
  test.each(['x', '%00', "1'--", '__proto__'])('%s has no location and no trail', async (id) => {
    for (const what of ['location', 'trail'] as const) {
      expectRefusal(await ask(what, { role: 'admin', id: 'ops' }, id), 'location_not_found');
    }
  });
});
