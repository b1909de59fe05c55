import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { DriverStatus } from '@logi/contracts';
import { eventually } from '../../tools/testing/waiting.ts';
import { call } from '../support/http.ts';
import { acceptOffered, act, advance, book, gatewayReads, goOnDuty, place, watch } from '../support/people/people.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { TestSocket } from '../support/socket.ts';

let system: System;
let admin: TestSocket;
beforeAll(async () => {
  system = await startSystem({
    SIGNAL_STALE_AFTER_MS: '1500',
    SIGNAL_DARK_AFTER_MS: '3000',
    SIGNAL_SWEEP_MS: '50',
  });
  await gatewayReads(system);
  admin = await watch(system, { role: 'admin', id: 'ops' });
});
afterAll(() => system.stop());

/* Each test has a place and people of its own. */
let counter = 0;
let at: ReturnType<typeof place>;
let driverId: string;
beforeEach(() => {
  counter += 1;
  at = place(counter);
  driverId = `driver ${counter}`;
});

function labels(): string[] {
  return admin.messages.flatMap(({ type, payload }) =>
    type === 'driver_status_update' && payload.driver_id === driverId ? [payload.status] : [],
  );
}

/** The labels that admins have seen so far, and no others, are these. */
async function labelsAre(...expected: DriverStatus[]): Promise<void> {
  await eventually(() => expect(labels()).toEqual(expected));
  const token = system.token('driver', driverId);
  const { body } = await call('GET', `${system.trackingUrl}/v1/drivers/me`, { token });
  expect(body.status).toBe(expected.at(-1));
}

async function sendPoint(): Promise<void> {
  const token = system.token('driver', driverId);
  await call('POST', `${system.trackingUrl}/v1/locations`, { token, body: { points: [at] } });
}

async function goOffDuty(): Promise<void> {
  const token = system.token('driver', driverId);
  await call('PUT', `${system.trackingUrl}/v1/drivers/me/status`, { token, body: { status: 'Offline' } });
}

async function hasJob(bookingId: string): Promise<void> {
  const token = system.token('driver', driverId);
  await eventually(async () => {
    const { body } = await call('GET', `${system.trackingUrl}/v1/drivers/me`, { token });
    expect(body.booking_id).toBe(bookingId);
  });
}

/** Keeps the driver heard while something is done. */
async function whileHeard<Result>(work: () => Promise<Result>): Promise<Result> {
  const url = `${system.trackingUrl.replace('http', 'ws')}/v1/stream?token=${system.token('driver', driverId)}`;
  const stream = await TestSocket.connect(url);
  const beat = setInterval(() => stream.send(JSON.stringify({ type: 'location_update', payload: at })), 200);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    await stream.close();
  }
}

test('a silent driver becomes Unreachable and is not matched; one point brings them back', async () => {
  await goOnDuty(system, driverId, { at });
  // Not as the driver: who asks something is heard of.
  await eventually(() => expect(labels()).toEqual(['Available', 'Unreachable']));
  const query = `latitude=${at.latitude}&longitude=${at.longitude}&vehicle_type=van`;
  const nearby = async () => {
    const url = `${system.trackingUrl}/v1/drivers/nearby?${query}`;
    return (await call('GET', url, { token: system.token('admin', 'ops') })).body.items;
  };
  expect(await nearby()).toEqual([]);
  await sendPoint();
  await eventually(async () => expect(await nearby()).toHaveLength(1));
  await labelsAre('Available', 'Unreachable', 'Available');
});

test('a driver who is heard stays Available, however long they wait', async () => {
  await goOnDuty(system, driverId, { at });
  await whileHeard(async () => {
    // Longer than silence would take: somebody else has become Unreachable meanwhile.
    const silent = `${driverId}, silent`;
    await goOnDuty(system, silent, { at });
    await admin.find(
      ({ type, payload }) =>
        type === 'driver_status_update' && payload.driver_id === silent && payload.status === 'Unreachable',
    );
  });
  expect(labels()).toEqual(['Available']);
});

test('a driver at work is Busy, Unreachable while silent, and Busy again when heard', async () => {
  await goOnDuty(system, driverId, { at });
  await whileHeard(async () => {
    const { booking_id } = await book(system, 'ana', { at });
    await acceptOffered(system, driverId, booking_id);
    await labelsAre('Available', 'Busy');
  });
  await labelsAre('Available', 'Busy', 'Unreachable');
  await sendPoint();
  await labelsAre('Available', 'Busy', 'Unreachable', 'Busy');
});

test('a driver who goes off duty during a job stays Busy until the job ends, and is Offline then', async () => {
  await goOnDuty(system, driverId, { at });
  await whileHeard(async () => {
    const { booking_id } = await book(system, 'ana', { at });
    await acceptOffered(system, driverId, booking_id);
    await hasJob(booking_id); // being asked makes a driver Busy, too
    await goOffDuty();
    await advance(system, driverId, booking_id, ['En Route to Pickup', 'Arrived at Pickup', 'In Transit']);
    await act(system, { role: 'user', id: 'ana' }, booking_id, 'cancel');
    await advance(system, driverId, booking_id, ['Returned']);
    await labelsAre('Available', 'Busy', 'Offline');
  });
});

test('being asked makes a driver Busy, and having declined makes them Available', async () => {
  await goOnDuty(system, driverId, { at });
  await whileHeard(async () => {
    const { booking_id } = await book(system, 'ana', { at });
    await labelsAre('Available', 'Busy');
    await act(system, { role: 'driver', id: driverId }, booking_id, 'decline');
    await labelsAre('Available', 'Busy', 'Available');
  });
});

test('a driver who is Offline stays so in silence, and sending points does not put them on duty', async () => {
  await goOnDuty(system, driverId, { at });
  await goOffDuty();
  await sendPoint();
  await labelsAre('Available', 'Offline');
  const other = `${driverId}, who was never on duty`;
  const token = system.token('driver', other);
  await call('POST', `${system.trackingUrl}/v1/locations`, { token, body: { points: [at] } });
  const { body } = await call('GET', `${system.trackingUrl}/v1/drivers/me`, { token });
  expect(body).toMatchObject({ status: 'Offline', latitude: at.latitude, vehicle_type: null });
});
