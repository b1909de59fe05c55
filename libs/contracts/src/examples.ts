import type { EventOf } from './events.ts';

const BOOKING_ID = '0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d11';

/** A booking's event as it is on the wire: Ana's goods are on the way, and Dro drives. */
export const BOOKING_EVENT_EXAMPLE: EventOf<'booking.in_transit'> = {
  event_id: '0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d12',
  type: 'booking.in_transit',
  aggregate_id: BOOKING_ID,
  version: 7,
  occurred_at: '2026-01-31T12:00:00.123Z',
  data: {
    booking_id: BOOKING_ID,
    user_id: 'ana',
    driver_id: 'dro',
    status: 'In Transit',
    previous_status: 'Goods Collected',
    previous_driver_id: 'dro',
    pickup_location: { type: 'Point', coordinates: [13.4, 52.52] },
    dropoff_location: { type: 'Point', coordinates: [13.45, 52.5] },
    vehicle_type: 'van',
    price_estimate: 25.5,
    currency: 'EUR',
    scheduled_at: null,
    actor: { role: 'driver', id: 'dro' },
    reason: null,
  },
};
