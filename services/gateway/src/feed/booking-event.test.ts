import { expect, test } from '@jest/globals';
import { BOOKING_EVENT_EXAMPLE, parseEvent } from '@logi/contracts';
import fc from 'fast-check';
import { isUsualBookingEvent } from './booking-event.ts';

const usual = {
  ...BOOKING_EVENT_EXAMPLE,
  data: {
    ...BOOKING_EVENT_EXAMPLE.data,
    user_id: 'user ä.#',
    was_offered: true,
    dropoff_location: { type: 'Point', coordinates: [13.45, 0] },
  },
};

/** Every path of it: `data.pickup_location.coordinates.0` as a list of keys. */
function pathsOf(value: unknown, above: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [above];
  return [above, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...above, key]))];
}

const odd = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(
    ...[
      undefined,
      '',
      '\0',
      'x'.repeat(33),
      'x'.repeat(129),
      '\ud800',
      BOOKING_EVENT_EXAMPLE.aggregate_id,
      0,
      -1,
      1.5,
      1e300,
      5e-324,
      90.1,
      180,
    ],
    ...[
      '2026-02-30T00:00:00Z',
      '2026-02-28T24:00:00Z',
      '2026-02-28T00:00:00',
      'Cancelled',
      'booking.created',
      'constructor',
    ],
    ...['driver.stalled', { type: 'Point', coordinates: [1, 2], bbox: [] }, { type: 'Point', coordinates: [1, 2, 3] }],
  ),
);

test('what our booking service writes is recognised', () => {
  expect(isUsualBookingEvent(usual)).toBe(true);
});

test('what is recognised, the schema takes too, and would leave as it is', () => {
  const change = fc.record({ path: fc.constantFrom(...pathsOf(usual)), value: odd });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 2 }), (changes) => {
      const event = changes.reduce(
        (changed, { path, value }) => withChange(changed, path, value),
        structuredClone(usual) as unknown,
      );
      if (isUsualBookingEvent(event)) expect(event).toMatchObject(parseEvent(event));
    }),
    { numRuns: 5_000 },
  );
});

test.each([
  ['a field too many in a place', ['data', 'pickup_location', 'note'], 'x'],
  ['a latitude of 91', ['data', 'pickup_location', 'coordinates', '1'], 91],
  ['a degree next to zero, which the schema makes zero', ['data', 'pickup_location', 'coordinates', '0'], 1e-13],
  ['an aggregate that is not the booking', ['aggregate_id'], usual.event_id],
  ['a user with NUL', ['data', 'user_id'], 'ana\0'],
  ['an unknown status', ['data', 'status'], 'Stolen'],
  ['the version 0', ['version'], 0],
])('%s is left to the schema', (_name, path, value) => {
  expect(isUsualBookingEvent(withChange(usual, path, value))).toBe(false);
});

function withChange(value: unknown, [key, ...rest]: string[], change: unknown): unknown {
  if (key === undefined) return change;
  if (typeof value !== 'object' || value === null) return value;
  const copy = Array.isArray(value) ? [...value] : { ...value };
  return Object.assign(copy, { [key]: withChange(Reflect.get(value, key), rest, change) });
}
