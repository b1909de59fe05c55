import { type EventOf, QUEUES } from '@logi/contracts';
import { createEventConsumer, type EventConsumer } from '@logi/events';
import type { Publisher } from '@logi/messaging';
import type { Database } from '@logi/persistence';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { blockChanged } from './consumers/block-changed.ts';
import { bookingMoved } from './consumers/booking-moved.ts';
import { driverWorkChanged } from './consumers/driver-work-changed.ts';
import { driversRequested } from './consumers/drivers-requested.ts';
import type { Tables, TrackingTx } from './tables.ts';
import type { TripPositions } from './trips/trip-positions.ts';

type Links = { amqpUrl: string; db: Database<Tables>; publisher: Publisher; log: Logger; registry: Registry };
type Parts = { trips: TripPositions; wakeRelay: () => void };

/** What tracking takes in: of bookings and work, and, past all that may have piled up there, of blocks. */
export function createConsumers(links: Links, { trips, wakeRelay }: Parts): EventConsumer[] {
  return [
    createEventConsumer({
      ...links,
      name: 'tracking consumer',
      queue: QUEUES.trackingBookingEvents,
      handlers: createHandlers(trips),
      afterCommit: () => {
        wakeRelay();
        trips.tellExpected();
      },
    }),
    createEventConsumer({
      ...links,
      name: 'tracking block consumer',
      queue: QUEUES.trackingBlocks,
      handlers: { 'block.changed': blockChanged },
      afterCommit: wakeRelay,
    }),
  ];
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
