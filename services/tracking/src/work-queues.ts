import { type EventOf, QUEUES } from '@logi/contracts';
import { createEventConsumer, SharedConsumer } from '@logi/events';
import type { Link, Publisher } from '@logi/messaging';
import type { Database } from '@logi/persistence';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Config } from './config.ts';
import { blockChanged } from './consumers/block-changed.ts';
import { bookingMoved } from './consumers/booking-moved.ts';
import { driverWorkChanged } from './consumers/driver-work-changed.ts';
import { driversRequested } from './consumers/drivers-requested.ts';
import type { Tables, TrackingTx } from './tables.ts';
import type { TripPositions } from './trips/trip-positions.ts';

type Parts = {
  config: Config;
  db: Database<Tables>;
  publisher: Publisher;
  link: Link;
  log: Logger;
  registry: Registry;
};

/** What tracking takes in: of bookings and work, and, past all that may have piled up there, of blocks. */
export function createConsumers({ config, ...parts }: Parts, trips: TripPositions) {
  const { EVENTS_AT_ONCE: atOnce, SHARD_PREFETCH: prefetch, SHARD_LEASE_MS: leaseMs } = config;
  return {
    work: new SharedConsumer({
      ...{ ...parts, atOnce, prefetch, leaseMs },
      queue: QUEUES.trackingBookingEvents,
      handlers: createHandlers(trips),
      afterCommit: () => trips.tellExpected(),
    }),
    blocks: createEventConsumer({
      ...parts,
      queue: QUEUES.trackingBlocks,
      handlers: { 'block.changed': blockChanged },
    }),
  };
}

const createHandlers = (trips: TripPositions) => ({
  'drivers.requested': driversRequested,
  'driver.work_changed': async (tx: TrackingTx, event: EventOf<'driver.work_changed'>) => {
    await driverWorkChanged(tx, event);
    const { work, booking_id: bookingId } = event.data;
    if (work === 'On Job' && bookingId !== null) trips.expect(bookingId);
  },
  'booking.arrived_at_pickup': bookingMoved,
  'booking.goods_collected': bookingMoved,
  'booking.in_transit': bookingMoved,
  'booking.arrived_at_dropoff': bookingMoved,
  'booking.returning': bookingMoved,
});
