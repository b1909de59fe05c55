import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DriverStream } from '@logi/client';
import { DriverActs } from '@logi/client/http';
import { QUEUES } from '@logi/contracts';
import { declareTopology } from '@logi/messaging';
import { STAGES } from '../../tools/testing/people/requests.ts';
import { eventually, within } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { call } from '../support/http.ts';
import { acceptOffered, act, book, gatewayReads, goOnDuty, isOf, watch } from '../support/people/people.ts';
import { RawBroker } from '../support/raw/raw-broker.ts';
import { connectV2, statusesIn } from '../support/services/gateways.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { TestSocket } from '../support/socket.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());

const PICKUP = { type: 'Point', coordinates: [13.4, 52.52] };
const DROPOFF = { type: 'Point', coordinates: [13.45, 52.5] };

test('a booking goes from request to delivery, and everyone sees what is theirs', async () => {
  const [userId, driverId] = ['ana.#* ü', 'dro.*#.1'];
  const user = system.token('user', userId);
  const driver = system.token('driver', driverId);
  const admin = system.token('admin', 'ops');
  const open = (token: string) => TestSocket.connect(`${system.gatewayUrl}/ws?token=${token}`);
  const [userSocket, driverSocket, adminSocket] = [await open(user), await open(driver), await open(admin)];
  await eventually(async () => {
    expect((await call('GET', `${system.gatewayUrl.replace('ws', 'http')}/readyz`)).status).toBe(200);
  });

  const duty = await call('PUT', `${system.trackingUrl}/v1/drivers/me/status`, {
    token: driver,
    body: { status: 'Available', vehicle_type: 'van', latitude: 52.521, longitude: 13.401 },
  });
  expect(duty).toMatchObject({ status: 200, body: { driver_id: driverId, status: 'Available', booking_id: null } });

  const created = await call('POST', `${system.bookingUrl}/v1/bookings`, {
    token: user,
    body: { pickup_location: PICKUP, dropoff_location: DROPOFF, vehicle_type: 'van' },
  });
  expect(created.status).toBe(201);
  const { booking_id } = created.body;
  const request = await driverSocket.find((message) => message.type === 'new_booking_request');
  expect(request).toEqual({
    user_id: driverId,
    type: 'new_booking_request',
    payload: {
      booking_id,
      user_id: userId,
      pickup_location: PICKUP,
      dropoff_location: DROPOFF,
      vehicle_type: 'van',
      price_estimate: created.body.price_estimate,
    },
  });

  const getToken = () => driver;
  const acts = new DriverActs({ url: system.bookingUrl, getToken });
  const stream = new DriverStream({ url: `${system.trackingUrl}/v1/stream`, getToken });
  closeLater(() => Promise.all([acts.close(), stream.close()]));
  const accepted = await acts.do({ act: 'accept', booking_id });
  expect(accepted).toMatchObject({ is: 'done', booking: { status: 'Accepted', driver_id: driverId } });
  await eventually(async () => {
    expect((await call('GET', `${system.trackingUrl}/v1/drivers/me`, { token: driver })).body.booking_id).toBe(
      booking_id,
    );
  });
  stream.push({ latitude: 52.5205, longitude: 13.4005, seq: 7 });
  expect(await within(stream.drain(), 'the acknowledgement')).toBe(true);
  const location = await userSocket.find(
    ({ type, payload }) => type === 'driver_location' && payload.latitude === 52.5205,
  );
  expect(location).toEqual({
    user_id: userId,
    type: 'driver_location',
    payload: { booking_id, latitude: 52.5205, longitude: 13.4005 },
  });

  const moved = await Promise.all(STAGES.map((status) => acts.do({ act: 'status', booking_id, status })));
  expect(moved).toMatchObject(STAGES.map((status) => ({ is: 'done', booking: { status } })));
  expect(await acts.do({ act: 'status', booking_id, status: 'In Transit' })).toMatchObject({
    is: 'refused',
    code: 'illegal_transition',
  });
  await adminSocket.find((message) => message.type === 'status_update' && message.payload.status === 'Delivered');
  await userSocket.find((message) => message.type === 'status_update' && message.payload.status === 'Delivered');
  await eventually(() => {
    expect(
      adminSocket.messages.filter((message) => message.type === 'driver_status_update').map(({ payload }) => payload),
    ).toEqual([
      { driver_id: driverId, status: 'Available' },
      { driver_id: driverId, status: 'Busy' },
      { driver_id: driverId, status: 'Available' },
    ]);
  });

  const update = (status: string) => ({ user_id: userId, type: 'status_update', payload: { booking_id, status } });
  expect(userSocket.messages.filter((message) => message.type !== 'driver_location')).toEqual([
    { ...request, user_id: userId },
    update('Searching'),
    { user_id: userId, type: 'booking_accepted', payload: { booking_id, driver_id: driverId } },
    update('Accepted'),
    ...STAGES.map(update),
  ]);
  expect(driverSocket.messages).toEqual([request]);
  expect(adminSocket.messages.filter((message) => message.type === 'status_update')).toEqual(
    ['Searching', 'Accepted', ...STAGES].map((status) => ({ ...update(status), user_id: '' })),
  );
  expect(adminSocket.messages.every((message) => message.user_id === '')).toBe(true);
});

test('a driver who loses a booking hears so from a gateway that never saw them have it', async () => {
  await gatewayReads(system);
  const driver = { role: 'driver', id: 'loser' } as const;
  const user = await watch(system, { role: 'user', id: 'ben' });
  await goOnDuty(system, driver.id);
  const { booking_id } = await book(system, 'ben');
  await acceptOffered(system, driver.id, booking_id);
  await user.find(isOf(booking_id, 'booking_accepted'));

  // The stream made anew is one from which all of that has gone.
  const broker = await RawBroker.connect(system.servers);
  await broker.channel.deleteQueue(QUEUES.gatewayNotifications);
  await declareTopology(system.servers.amqpUrl);
  await broker.close();
  const fresh = await system.start.gateway();
  const url = `ws://127.0.0.1:${fresh.port()}`;
  const [driverSocket, userSocket] = [
    await connectV2({ url }, system.token(driver.role, driver.id)),
    await connectV2({ url }, system.token('user', 'ben')),
  ];
  expect((await act(system, driver, booking_id, 'cancel', {})).status).toBe(200);
  await eventually(() => expect(statusesIn(userSocket)).toEqual(['Searching']));
  await eventually(() => expect(statusesIn(driverSocket)).toEqual(['Searching']));
});
