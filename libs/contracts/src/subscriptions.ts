import { EVENT_TYPES, type EventType } from './events.ts';
import { QUEUES, type ServiceName } from './topology.ts';

/** Which events each work queue takes; the bindings are made of it, and each consumer must handle exactly these. */
export const SUBSCRIPTIONS = {
  [QUEUES.bookingTrackingEvents]: {
    service: 'booking',
    events: ['drivers.nominated', 'driver.status_changed', 'driver.stalled', 'audit.recorded'],
  },
  [QUEUES.trackingBookingEvents]: {
    service: 'tracking',
    events: [
      'drivers.requested',
      'driver.work_changed',
      'booking.arrived_at_pickup',
      'booking.goods_collected',
      'booking.in_transit',
      'booking.arrived_at_dropoff',
      'booking.returning',
    ],
  },
  [QUEUES.trackingBlocks]: { service: 'tracking', events: ['block.changed'] },
} as const satisfies Record<string, { service: ServiceName; events: readonly EventType[] }>;

export type WorkQueue = keyof typeof SUBSCRIPTIONS;
export type SubscribedEvent<Queue extends WorkQueue> = (typeof SUBSCRIPTIONS)[Queue]['events'][number];

/** The stream takes every event there is, so it is a log of all that happened, also of what no screen shows. */
export const STREAM_EVENTS: readonly EventType[] = EVENT_TYPES;
