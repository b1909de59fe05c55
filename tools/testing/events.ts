import { randomUUID } from 'node:crypto';
import type { BookingChange } from '@logi/contracts';

/** An event as it is on the wire. Its data may be anything: some tests send what no service would. */
export function wireEvent<Type extends string, Data>(event: {
  type: Type;
  aggregateId: string;
  version: number;
  data: Data;
}) {
  const { type, aggregateId: aggregate_id, version, data } = event;
  return { event_id: randomUUID(), type, aggregate_id, version, occurred_at: new Date().toISOString(), data };
}

/** What the events of a booking tell: somebody's, on its way. What a test is about replaces the rest. */
export function bookingChange(change: Partial<BookingChange> = {}): BookingChange {
  return {
    booking_id: randomUUID(),
    user_id: 'ana',
    driver_id: 'dro',
    status: 'In Transit',
    previous_status: 'Goods Collected',
    pickup_location: { type: 'Point', coordinates: [13.4, 52.52] },
    dropoff_location: { type: 'Point', coordinates: [13.45, 52.5] },
    vehicle_type: 'van',
    price_estimate: 25.5,
    currency: 'EUR',
    scheduled_at: null,
    actor: { role: 'driver', id: 'dro' },
    reason: null,
    ...change,
  };
}
