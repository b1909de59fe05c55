import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { deadQueue, EXCHANGES, POSITIONS_RECORDED, QUEUES } from '@logi/contracts';
import { bookingChange, wireEvent } from '../../tools/testing/events.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { openBroker } from '../support/broker.ts';
import { acceptOffered, book, gatewayReads, goOnDuty, isOf, place, watch } from '../support/people/people.ts';
import { type System, startSystem } from '../support/services/system.ts';

let system: System;
let broker: ReturnType<typeof openBroker>;
beforeAll(async () => {
  system = await startSystem();
  broker = openBroker(system.servers);
  await gatewayReads(system);
});
afterAll(() => system.stop());

/** Of a booking that was accepted, but for what is changed: in its envelope, or in its data. */
function accepted(change: object = {}, data: object = {}) {
  const bookingId = randomUUID();
  const whole = bookingChange({ booking_id: bookingId, status: 'Accepted', previous_status: 'Searching' });
  const event = wireEvent({
    type: 'booking.accepted',
    aggregateId: bookingId,
    version: 2,
    data: { ...whole, ...data },
  });
  return { ...event, ...change };
}

const MALFORMED: [name: string, payload: string | Buffer | object, reason: RegExp][] = [
  ['nothing', '', /JSON/],
  ['text', 'hello', /JSON/],
  ['truncated JSON', JSON.stringify(accepted()).slice(0, -1), /JSON/],
  ['bytes', Buffer.from([0xff, 0x00, 0xfe]), /JSON/],
  ['a list', [], /not an event/],
  ['null', 'null', /not an event/],
  ['no type', accepted({ type: undefined }), /type/],
  ['an unknown type', accepted({ type: 'booking.stolen' }), /booking\.stolen/],
  ['a type of Object.prototype', accepted({ type: 'constructor' }), /constructor/],
  ['a type other than its routing key', accepted({ type: 'booking.delivered' }), /routing key/],
  ['no id', accepted({ event_id: undefined }), /event_id/],
  ['no data', accepted({ data: undefined }), /data/],
  ['version 0', accepted({ version: 0 }), /version/],
  ['a version that is text', accepted({ version: '2' }), /version/],
  ['a version of 1e300', accepted({ version: 1e300 }), /version/],
  ['a time that is none', accepted({ occurred_at: 'yesterday' }), /occurred_at/],
  ['an unknown status', accepted({}, { status: 'Stolen' }), /status/],
  ['a user that is a list', accepted({}, { user_id: ['ana'] }), /user_id/],
  ['a user of 129 characters', accepted({}, { user_id: 'u'.repeat(129) }), /user_id/],
  ['a user with NUL', accepted({}, { user_id: 'ana\0' }), /user_id/],
  ['no user', accepted({}, { user_id: undefined }), /user_id/],
  [
    'a place off the Earth',
    accepted({}, { pickup_location: { type: 'Point', coordinates: [0, 91] } }),
    /pickup_location/,
  ],
];

test('malformed events reach nobody, disturb nothing, and are kept with the reason', async () => {
  const [at, userId, driverId] = [place(1), 'ana', 'dro'];
  const sockets = {
    user: await watch(system, { role: 'user', id: userId }),
    driver: await watch(system, { role: 'driver', id: driverId }),
    admin: await watch(system, { role: 'admin', id: 'ops' }),
  };
  const half = Math.ceil(MALFORMED.length / 2);
  for (const [, payload] of MALFORMED.slice(0, half)) {
    await broker.publish(EXCHANGES.bookingEvents, 'booking.accepted', payload);
  }
  await goOnDuty(system, driverId, { at });
  const { booking_id } = await book(system, userId, { at });
  await sockets.driver.find(isOf(booking_id, 'new_booking_request'));
  for (const [, payload] of MALFORMED.slice(half)) {
    await broker.publish(EXCHANGES.bookingEvents, 'booking.accepted', payload);
  }
  await acceptOffered(system, driverId, booking_id);
  await sockets.user.find(isOf(booking_id, 'booking_accepted'));
  await eventually(() => {
    expect(sockets.admin.messages.filter(isOf(booking_id, 'status_update'))).toHaveLength(2);
  });

  expect(sockets.user.messages.every(isOf(booking_id))).toBe(true);
  expect(sockets.driver.messages.every(isOf(booking_id))).toBe(true);
  expect(sockets.admin.messages.filter(({ type }) => type === 'status_update').every(isOf(booking_id))).toBe(true);
  const dead = await eventually(async () => {
    const letters = await broker.deadLetters(deadQueue(QUEUES.gatewayNotifications));
    expect(letters).toHaveLength(MALFORMED.length);
    return letters;
  });
  for (const [index, [name, payload, reason]] of MALFORMED.entries()) {
    const letter = dead[index];
    const text = Buffer.isBuffer(payload) ? payload.toString('latin1') : undefined;
    expect({ name, routingKey: letter?.routingKey }).toEqual({ name, routingKey: 'booking.accepted' });
    expect(letter?.reason).toMatch(reason);
    expect(letter?.payload).toBe(text ?? (typeof payload === 'string' ? payload : JSON.stringify(payload)));
  }
});

test('fields that a newer version may add are passed over, and never reach a client', async () => {
  const socket = await watch(system, { role: 'user', id: 'bob' });
  const event = accepted({ new_field: 1 }, { user_id: 'bob', secret_note: 'x', driver_phone: '+49' });
  await broker.publish(EXCHANGES.bookingEvents, 'booking.accepted', event);
  const { booking_id } = event.data;
  await socket.find(isOf(booking_id, 'status_update'));
  expect(socket.messages).toEqual([
    { user_id: 'bob', type: 'booking_accepted', payload: { booking_id, driver_id: 'dro' } },
    { user_id: 'bob', type: 'status_update', payload: { booking_id, status: 'Accepted' } },
  ]);
});

test('an event that comes twice or late changes nothing', async () => {
  const socket = await watch(system, { role: 'user', id: 'eve' });
  const data = { user_id: 'eve' };
  const second = accepted({ version: 2 }, data);
  const { booking_id } = second.data;
  const id = { aggregate_id: booking_id };
  const first = accepted(
    { ...id, version: 1, type: 'booking.searching' },
    { ...data, booking_id, status: 'Searching', previous_status: null, driver_id: null },
  );
  const third = accepted(
    { ...id, version: 3, type: 'booking.en_route_to_pickup' },
    { ...data, booking_id, status: 'En Route to Pickup' },
  );
  for (const event of [first, second, second, first, third]) {
    await broker.publish(EXCHANGES.bookingEvents, event.type, event);
  }
  await socket.find((message) => message.type === 'status_update' && message.payload.status === 'En Route to Pickup');
  expect(socket.messages.map(({ type, payload }) => ('status' in payload ? payload.status : type))).toEqual([
    'Searching',
    'booking_accepted',
    'Accepted',
    'En Route to Pickup',
  ]);
});

test.each<[name: string, payload: string | object]>([
  ['text', 'hello'],
  ['no list', { positions: {} }],
  ['a latitude of 91', { positions: [{ ...positionOf('mia', randomUUID()), latitude: 91 }] }],
  ['a user that is no text', { positions: [{ ...positionOf('mia', randomUUID()), user_id: 7 }] }],
])('malformed positions (%s) reach nobody, and the next good one does', async (_name, payload) => {
  const socket = await watch(system, { role: 'user', id: 'mia' });
  const bookingId = randomUUID();
  await broker.publish(EXCHANGES.trackingPositions, POSITIONS_RECORDED, payload);
  await broker.publish(EXCHANGES.trackingPositions, POSITIONS_RECORDED, { positions: [positionOf('mia', bookingId)] });
  await socket.find(isOf(bookingId, 'driver_location'));
  expect(socket.messages).toHaveLength(1);
});

function positionOf(userId: string, bookingId: string) {
  return {
    booking_id: bookingId,
    user_id: userId,
    driver_id: 'dro',
    latitude: 1,
    longitude: 2,
    recorded_at: '2026-01-01T00:00:00Z',
  };
}
