import { expect, test } from '@jest/globals';
import { EVENT_TYPES, type EventType } from './events.ts';
import { exampleOf } from './examples.ts';
import { shardKeyOf } from './shard-key.ts';

const keys = EVENT_TYPES.map((type) => ({ type, event: exampleOf<EventType>(type) }));

test('an event that names a driver goes by the driver', () => {
  for (const { event } of keys)
    if ('driver_id' in event.data && event.data.driver_id !== null)
      expect(shardKeyOf(event)).toBe(event.data.driver_id);
});

test.each([
  ['booking.created', 'booking_id'],
  ['drivers.requested', 'booking_id'],
  ['drivers.nominated', 'booking_id'],
] as const)('%s, which names no driver, goes by its booking', (type, field) => {
  const event = exampleOf(type);
  expect(shardKeyOf(event)).toBe(event.data[field]);
});

test('an event of neither goes by what it happened to', () => {
  const event = exampleOf('audit.recorded');
  expect(shardKeyOf(event)).toBe(event.aggregate_id);
});
