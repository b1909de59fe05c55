import { EVENTS, type EventOf, type EventType } from './events.ts';
import { BOOKING_ID, DRO, FIRST_OFFER_ID, HAPPENED_AT } from './example-trip.ts';

const AGGREGATE_IDS: Record<(typeof EVENTS)[EventType]['aggregate'], string> = {
  booking: BOOKING_ID,
  search: BOOKING_ID,
  trip: BOOKING_ID,
  offer: FIRST_OFFER_ID,
  driver: DRO,
  driver_work: DRO,
  block: 'user mallory',
  audit: '0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d12',
};

/** An event of this type as it is on the wire. */
export function exampleOf<Type extends EventType>(type: Type): EventOf<Type> {
  const { aggregate, example: data } = EVENTS[type];
  const event = {
    event_id: '0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d12',
    type,
    aggregate_id: AGGREGATE_IDS[aggregate],
    version: 7,
    occurred_at: HAPPENED_AT,
    data,
  };
  return event as EventOf<Type>; // data is the type's own
}

/** Ana's goods are on the way, and Dro drives. */
export const BOOKING_EVENT_EXAMPLE = exampleOf('booking.in_transit');
