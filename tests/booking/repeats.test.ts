import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Role } from '@logi/contracts';
import { STAGES } from '../../tools/testing/people/requests.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { call } from '../support/http.ts';
import { acceptOffered, act, advance, book, goOnDuty, place, showBooking } from '../support/people/people.ts';
import { expectRefusal } from '../support/refusals.ts';
import { type System, startSystem } from '../support/services/system.ts';

/* A call whose answer was lost is made again: what is so already is answered as the first time, and nothing happens. */

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());

/* Each test has a place and people of its own. */
let counter = 0;
let [user, driver, other] = ['', '', ''];
let at: ReturnType<typeof place>;
let bookingId: string;
beforeEach(async () => {
  counter += 1;
  at = place(counter);
  [user, driver, other] = [`user ${counter}`, `driver ${counter}`, `other driver ${counter}`];
  await goOnDuty(system, driver, { at });
  ({ booking_id: bookingId } = await book(system, user, { at }));
});

const as = (role: Role, id: string, action: string, body?: object) =>
  act(system, { role, id }, bookingId, action, body);
const accepts = () => acceptOffered(system, driver, bookingId);
const goesOn = (...statuses: Parameters<typeof advance>[3]) => advance(system, driver, bookingId, statuses);
async function history(): Promise<{ to: string; actor: { role: string; id: string } }[]> {
  const url = `${system.bookingUrl}/v1/bookings/${bookingId}/events`;
  return (await call('GET', url, { token: system.token('admin', 'ops') })).body.items;
}

/** Makes the same call again, in the name of each, and nothing is another than after the first. */
async function isSoAlready(first: { status: number; body: unknown }, again: (() => ReturnType<typeof as>)[]) {
  expect(first.status).toBe(200);
  const before = await history();
  for (const call of again) expect(await call()).toMatchObject({ status: 200, body: first.body });
  expect(await history()).toEqual(before);
}

test('a status that it has is answered with the booking, to its driver and to an admin, wherever it is', async () => {
  await accepts();
  for (const status of STAGES) {
    const first = await as('driver', driver, 'status', { status });
    await isSoAlready(first, [
      () => as('driver', driver, 'status', { status }),
      () => as('admin', 'ops', 'status', { status }),
    ]);
    expect((await history()).at(-1)).toMatchObject({ to: status, actor: { role: 'driver', id: driver } });
  }
  expectRefusal(await as('driver', 'stranger', 'status', { status: 'Delivered' }), 'booking_not_found');
  expectRefusal(await as('driver', driver, 'status', { status: 'In Transit' }), 'illegal_transition');
});

test('the goods that are back are back, also when it is said twice', async () => {
  await accepts();
  await goesOn('En Route to Pickup', 'Arrived at Pickup', 'Goods Collected', 'Returning');
  await isSoAlready(await as('admin', 'ops', 'status', { status: 'Returned' }), [
    () => as('driver', driver, 'status', { status: 'Returned' }),
  ]);
});

test('a booking that is cancelled is cancelled, whoever asks for it once more', async () => {
  await accepts();
  await isSoAlready(await as('user', user, 'cancel', { reason: 'changed_plans' }), [
    () => as('user', user, 'cancel', { reason: 'another' }),
    () => as('admin', 'ops', 'cancel'),
    () => as('driver', driver, 'cancel'),
  ]);
  expect((await history()).at(-1)).toMatchObject({ actor: { role: 'user', id: user }, reason: 'changed_plans' });
  expectRefusal(await as('user', 'stranger', 'cancel'), 'booking_not_found');
});

test('goods that are on their way back are, whoever asks for it once more', async () => {
  await accepts();
  await goesOn('En Route to Pickup', 'Arrived at Pickup', 'Goods Collected');
  await isSoAlready(await as('user', user, 'cancel'), [
    () => as('user', user, 'cancel'),
    () => as('driver', driver, 'cancel'),
    () => as('admin', 'ops', 'cancel'),
  ]);
});

test.each(['Delivered', 'Returned'] as const)('a booking that is %s cannot be cancelled any more', async (end) => {
  await accepts();
  await goesOn('En Route to Pickup', 'Arrived at Pickup', 'In Transit');
  await goesOn(end === 'Delivered' ? 'Arrived at Drop-off' : 'Returning', end);
  expectRefusal(await as('user', user, 'cancel'), 'illegal_transition');
});

describe('a driver who gave the booking back', () => {
  test('hears so again, and nothing of who has it now', async () => {
    await accepts();
    const first = await as('driver', driver, 'cancel', { reason: 'flat tyre' });
    expect(first).toMatchObject({ status: 200, body: { status: 'Searching', driver_id: null } });
    await isSoAlready(first, [() => as('driver', driver, 'cancel')]);
    await goOnDuty(system, other, { at });
    await acceptOffered(system, other, bookingId);
    await isSoAlready(first, [() => as('driver', driver, 'cancel')]);
    expect(await showBooking(system, bookingId)).toMatchObject({ status: 'Accepted', driver_id: other });
    expectRefusal(await as('driver', driver, 'accept'), 'offer_not_open');
    expectRefusal(await as('driver', driver, 'status', { status: 'En Route to Pickup' }), 'booking_not_found');
  });

  test('and one from whom an admin took it have nothing in common', async () => {
    await accepts();
    expect((await as('admin', 'ops', 'assign', { driver_id: null })).status).toBe(200);
    expectRefusal(await as('driver', driver, 'cancel'), 'booking_not_found');
  });
});

test('who has won has won, wherever the booking has gone since', async () => {
  const first = await accepts();
  expect((await as('driver', driver, 'accept')).body).toEqual(first);
  await goesOn('En Route to Pickup');
  expect(await as('driver', driver, 'accept')).toMatchObject({ status: 200, body: { status: 'En Route to Pickup' } });
  await goesOn('Arrived at Pickup', 'In Transit', 'Arrived at Drop-off', 'Delivered');
  expect(await as('driver', driver, 'accept')).toMatchObject({ status: 200, body: { status: 'Delivered' } });
  expect((await history()).filter(({ to }) => to === 'Accepted')).toHaveLength(1);
});

test('who has declined has declined, also when another has it by now', async () => {
  await offered();
  expect((await as('driver', driver, 'decline')).status).toBe(204);
  await goOnDuty(system, other, { at });
  await acceptOffered(system, other, bookingId);
  expect((await as('driver', driver, 'decline')).status).toBe(204);
  expect(await showBooking(system, bookingId)).toMatchObject({ status: 'Accepted', driver_id: other });
});

test('an admin who assigns the same driver, or takes the booking from nobody, changes nothing', async () => {
  await accepts();
  const before = await history();
  expect((await as('admin', 'ops', 'assign', { driver_id: driver })).status).toBe(200);
  expect(await history()).toEqual(before);
  await isSoAlready(await as('admin', 'ops', 'assign', { driver_id: null }), [
    () => as('admin', 'ops', 'assign', { driver_id: null }),
  ]);
});

/** Resolves once the driver is being asked. */
async function offered(): Promise<void> {
  const token = system.token('driver', driver);
  await eventually(async () => {
    expect((await call('GET', `${system.bookingUrl}/v1/offers`, { token })).body.items).toHaveLength(1);
  });
}
