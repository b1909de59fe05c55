import type { Event } from './events.ts';

/**
 * By what an event is put into a shard: its driver, so that whoever takes it in knows the driver's work before the arrival
 * that follows it; where it has none, its booking, or whatever it happened to.
 */
export function shardKeyOf({ aggregate_id: aggregateId, data }: Pick<Event, 'aggregate_id' | 'data'>): string {
  if ('driver_id' in data && data.driver_id !== null) return data.driver_id;
  return 'booking_id' in data && data.booking_id !== null ? data.booking_id : aggregateId;
}
