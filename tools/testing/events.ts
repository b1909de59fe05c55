import { randomUUID } from 'node:crypto';
import { BOOKING_EVENT_EXAMPLE, type BookingChange, EXCHANGES, STATE_SNAPSHOT } from '@logi/contracts';

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
  return { ...BOOKING_EVENT_EXAMPLE.data, booking_id: randomUUID(), ...change };
}

/** What booking tells gateways when it starts and nobody is blocked; one that runs without booking waits for it. */
export const NOBODY_BLOCKED = {
  exchange: EXCHANGES.bookingState,
  routingKey: STATE_SNAPSHOT,
  body: JSON.stringify({ snapshot_id: 'nobody', part: 0, parts: 1, entries: [] }),
};
