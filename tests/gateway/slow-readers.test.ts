import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type BookingChange, CLOSE_CODES, type EventType, EXCHANGES, POSITIONS_RECORDED } from '@logi/contracts';
import { type OutgoingMessage, Publisher } from '@logi/messaging';
import { createLogger } from '@logi/service';
import { bookingChange, wireEvent } from '../../tools/testing/events.ts';
import { readMetric } from '../../tools/testing/read-metric.ts';
import { eventually, LONG_WAIT_MS } from '../../tools/testing/waiting.ts';
import { long } from '../support/long.ts';
import { gatewayReads, watch } from '../support/people/people.ts';
import { type System, startSystem } from '../support/services/system.ts';
import type { TestSocket } from '../support/socket.ts';

/** Far more than the buffers of both kernels hold, so that what cannot be written stays with the gateway. */
const FLOOD_BYTES = 12_000_000;
/** A flood takes its time, and longer on a busy machine than one test is given. */
const FLOOD_LIMIT_MS = 150_000;
/** As long as an id may be, so that few messages are many bytes. */
const LONG_ID = '🚚'.repeat(128);
const BATCH = 500;

let system: System;
let publisher: Publisher;
beforeAll(async () => {
  // What clients may have missed is kept for all of them together, and is not what a reader costs.
  system = await startSystem({ RESUME_WINDOW_BYTES: '1048576' });
  await gatewayReads(system);
  publisher = new Publisher({
    url: system.servers.amqpUrl,
    name: 'flood',
    log: createLogger({ service: 'test', level: 'silent' }),
  });
  publisher.start();
  await eventually(() => expect(publisher.isReady).toBe(true));
});
afterAll(async () => {
  await publisher.stop();
  await system.stop();
});

async function publish(exchange: string, type: string, bodies: object[]): Promise<void> {
  for (let from = 0; from < bodies.length; from += BATCH) {
    const messages = bodies.slice(from, from + BATCH).map(
      (body): OutgoingMessage => ({
        exchange,
        routingKey: type,
        type,
        messageId: randomUUID(),
        body: Buffer.from(JSON.stringify(body)),
      }),
    );
    expect((await publisher.publish(messages)).filter((failure) => failure !== undefined)).toEqual([]);
  }
}

function driverStatus(driverId: string, version: number) {
  const data = { driver_id: driverId, status: version % 3 === 0 ? 'Busy' : 'Available' };
  return wireEvent({ type: 'driver.status_changed', aggregateId: driverId, version, data });
}

test(
  'a reader that stalls is closed with 4008 or cut off, and costs its neighbours nothing',
  async () => {
    const stalled = await watch(system, { role: 'admin', id: 'stalled' });
    const hung = await watch(system, { role: 'admin', id: 'hung' });
    const reader = await watch(system, { role: 'admin', id: 'reader' });
    for (const socket of [stalled, hung]) socket.pause();
    const events = Array.from({ length: Math.ceil(FLOOD_BYTES / 600) }, (_, n) => driverStatus(LONG_ID, n + 1));
    const flooded = publish(EXCHANGES.trackingEvents, 'driver.status_changed', events);
    await eventually(
      async () => expect(await readMetric(system.gatewayUrl, 'logi_ws_slow_closes_total')).toBe(2),
      LONG_WAIT_MS,
    );
    stalled.resume();
    // Cut off where it came back to reading too late to see the close.
    expect([CLOSE_CODES.too_slow.code, 1006]).toContain((await stalled.closed).code);
    await flooded;
    await eventually(() => expect(reader.messages.length).toBe(events.length), LONG_WAIT_MS);

    const statuses = events.map(({ data }) => data.status);
    const seenBy = ({ messages }: TestSocket) => messages.map(({ payload }) => 'status' in payload && payload.status);
    expect(seenBy(reader)).toEqual(statuses);
    expect(seenBy(stalled)).toEqual(statuses.slice(0, stalled.messages.length));
    expect(stalled.messages.length).toBeLessThan(events.length);
    await eventually(async () => expect(await readMetric(system.gatewayUrl, 'logi_ws_connections')).toBe(1));
    hung.resume();
    await hung.closed;
  },
  FLOOD_LIMIT_MS,
);

test('of positions a slow reader misses the old ones and gets the newest, and stays connected', async () => {
  const socket = await watch(system, { role: 'user', id: LONG_ID });
  const bookings = Array.from({ length: 200 }, () => randomUUID());
  const rounds = Math.ceil(FLOOD_BYTES / bookings.length / 700);
  const recorded_at = new Date().toISOString();
  const positionsOf = (round: number) => ({
    positions: bookings.map((booking_id) => ({
      booking_id,
      user_id: LONG_ID,
      driver_id: 'dro',
      latitude: 1,
      longitude: round,
      recorded_at,
    })),
  });
  socket.pause();
  await publish(
    EXCHANGES.trackingPositions,
    POSITIONS_RECORDED,
    Array.from({ length: rounds }, (_, round) => positionsOf(round)),
  );
  socket.resume();
  const newest = await eventually(() => {
    const longitudes = longitudesOf(socket);
    expect(longitudes.size).toBe(bookings.length);
    expect([...longitudes.values()].every((seen) => seen.at(-1) === rounds - 1)).toBe(true);
    return longitudes;
  }, LONG_WAIT_MS);
  expect(socket.messages.length).toBeLessThan(rounds * bookings.length);
  for (const seen of newest.values()) expect(seen).toEqual([...seen].sort((a, b) => a - b));
  await socket.close();
});

long(
  'a slow reader gets the newest positions also where less may wait than its socket holds',
  async () => {
    const gateway = await system.start.gateway({ MAX_QUEUED_BYTES: '4096' });
    const here = { ...system, gatewayUrl: `ws://127.0.0.1:${gateway.port()}` };
    await gatewayReads(here); // it begins with all that was published before
    const slow = await watch(here, { role: 'user', id: LONG_ID });
    const neighbour = await watch(here, { role: 'user', id: LONG_ID });
    const bookings = Array.from({ length: 60 }, () => randomUUID());
    const rounds = Math.ceil(FLOOD_BYTES / bookings.length / 700);
    const recorded_at = new Date().toISOString();
    const position = { user_id: LONG_ID, driver_id: 'dro', latitude: 1, recorded_at };
    slow.pause();
    for (let longitude = 0; longitude < rounds; longitude += 1) {
      const positions = bookings.map((booking_id) => ({ ...position, booking_id, longitude: longitude / 10 }));
      await publish(EXCHANGES.trackingPositions, POSITIONS_RECORDED, [{ positions }]);
      // One round after the other, or they would be written as one.
      await eventually(() => expect(neighbour.messages.at(-1)?.payload).toMatchObject({ longitude: longitude / 10 }));
    }
    slow.resume();
    await eventually(() => {
      const newest = [...longitudesOf(slow).values()].map((seen) => seen.at(-1));
      expect(newest).toEqual(bookings.map(() => (rounds - 1) / 10));
    }, LONG_WAIT_MS);
    expect(slow.messages.length).toBeLessThan(rounds * bookings.length);
    await Promise.all([slow.close(), neighbour.close()]);
  },
  FLOOD_LIMIT_MS,
);

test.each<[name: string, type: EventType, end: Partial<BookingChange>]>([
  ['ends', 'booking.delivered', { status: 'Delivered' }],
  ['is given back', 'booking.searching', { status: 'Searching', driver_id: null }],
])('a position that waits when its booking %s is never sent', async (_name, type, end) => {
  const socket = await watch(system, { role: 'user', id: LONG_ID });
  const bookings = Array.from({ length: 500 }, () => randomUUID());
  const recorded_at = new Date().toISOString();
  const position = { user_id: LONG_ID, driver_id: 'dro', latitude: 1, longitude: 2, recorded_at };
  const positions = { positions: bookings.map((booking_id) => ({ ...position, booking_id })) };
  socket.pause();
  const rounds = Math.ceil(FLOOD_BYTES / bookings.length / 700);
  await publish(EXCHANGES.trackingPositions, POSITIONS_RECORDED, Array(rounds).fill(positions));
  const ends = bookings.map((booking_id) => {
    const data = bookingChange({ booking_id, user_id: LONG_ID, previous_status: 'In Transit', ...end });
    return wireEvent({ type, aggregateId: booking_id, version: 9, data });
  });
  await publish(EXCHANGES.bookingEvents, type, ends);
  socket.resume();
  await eventually(() => {
    const updates = socket.messages.filter((message) => message.type === 'status_update');
    expect(updates.length).toBe(bookings.length);
  }, LONG_WAIT_MS);
  await socket.caughtUp();
  const ended = new Set<string>();
  const late = socket.messages.filter(({ type, payload }) => {
    if (type === 'status_update') ended.add(payload.booking_id);
    return type === 'driver_location' && ended.has(payload.booking_id);
  });
  expect(late).toEqual([]);
  await socket.close();
});

function longitudesOf({ messages }: TestSocket): Map<string, number[]> {
  const longitudes = new Map<string, number[]>();
  for (const { type, payload } of messages) {
    if (type !== 'driver_location') continue;
    const seen = longitudes.get(payload.booking_id) ?? [];
    seen.push(payload.longitude);
    longitudes.set(payload.booking_id, seen);
  }
  return longitudes;
}
