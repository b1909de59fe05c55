import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type BookingStatus, EXCHANGES, POSITIONS_RECORDED } from '@logi/contracts';
import { bookingChange, wireEvent } from '../../tools/testing/events.ts';
import { openBroker } from '../support/broker.ts';
import { gatewayReads, isOf, watch } from '../support/people/people.ts';
import { type System, startSystem } from '../support/services/system.ts';

/*
 * Positions and events come by two ways, so a position may be read after the event that makes it nobody's business. Both
 * are published here, as booking and tracking would.
 */

let system: System;
let broker: ReturnType<typeof openBroker>;
beforeAll(async () => {
  system = await startSystem();
  broker = openBroker(system.servers);
  await gatewayReads(system);
});
afterAll(() => system.stop());

type Change = { bookingId: string; type: string; status: BookingStatus; version: number; driverId: string | null };

async function publishChange({ bookingId, type, status, version, driverId }: Change): Promise<void> {
  const data = bookingChange({ booking_id: bookingId, driver_id: driverId, status });
  await broker.publish(EXCHANGES.bookingEvents, type, wireEvent({ type, aggregateId: bookingId, version, data }));
}

async function publishPosition(bookingId: string, driverId: string, latitude: number): Promise<void> {
  const position = { booking_id: bookingId, user_id: 'ana', driver_id: driverId, latitude, longitude: 0 };
  const recorded_at = new Date().toISOString();
  await broker.publish(EXCHANGES.trackingPositions, POSITIONS_RECORDED, { positions: [{ ...position, recorded_at }] });
}

test.each<[name: string, end: Omit<Change, 'bookingId' | 'version'>]>([
  ['delivered', { type: 'booking.delivered', status: 'Delivered', driverId: 'dro' }],
  ['cancelled', { type: 'booking.cancelled', status: 'Cancelled', driverId: 'dro' }],
  ['given back', { type: 'booking.searching', status: 'Searching', driverId: null }],
])('of a booking that is %s, no position is seen any more', async (_name, end) => {
  const socket = await watch(system, { role: 'user', id: 'ana' });
  const [bookingId, other] = [randomUUID(), randomUUID()];
  await publishChange({ bookingId, type: 'booking.accepted', status: 'Accepted', version: 2, driverId: 'dro' });
  await socket.find(isOf(bookingId, 'booking_accepted'));
  await publishPosition(bookingId, 'dro', 1);
  await socket.find(isOf(bookingId, 'driver_location'));
  await publishChange({ bookingId, version: 3, ...end });
  await socket.find((message) => message.type === 'status_update' && message.payload.status === end.status);
  await publishPosition(bookingId, 'dro', 2);
  await publishPosition(other, 'eva', 3); // behind it in one queue
  await socket.find(isOf(other, 'driver_location'));
  expect(socket.messages.filter(isOf(bookingId, 'driver_location'))).toHaveLength(1);
});

test('of a booking that another driver has now, the first one’s positions are not seen any more', async () => {
  const socket = await watch(system, { role: 'user', id: 'ana' });
  const [bookingId, other] = [randomUUID(), randomUUID()];
  await publishChange({ bookingId, type: 'booking.accepted', status: 'Accepted', version: 2, driverId: 'first' });
  await publishChange({ bookingId, type: 'booking.searching', status: 'Searching', version: 3, driverId: null });
  await publishChange({ bookingId, type: 'booking.accepted', status: 'Accepted', version: 4, driverId: 'second' });
  await socket.find((message) => message.type === 'booking_accepted' && message.payload.driver_id === 'second');
  await publishPosition(bookingId, 'first', 1);
  await publishPosition(other, 'eva', 3); // behind it in one queue
  await socket.find(isOf(other, 'driver_location'));
  await publishPosition(bookingId, 'second', 2);
  await socket.find(isOf(bookingId, 'driver_location'));
  expect(socket.messages.filter(isOf(bookingId, 'driver_location'))).toEqual([
    { user_id: 'ana', type: 'driver_location', payload: { booking_id: bookingId, latitude: 2, longitude: 0 } },
  ]);
});
