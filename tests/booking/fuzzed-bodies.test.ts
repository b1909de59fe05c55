import { afterAll, beforeAll, expect } from '@jest/globals';
import { ERROR_CODES, type Role } from '@logi/contracts';
import fc from 'fast-check';
import { call } from '../support/http.ts';
import { inTwoSizes } from '../support/long.ts';
import { acceptOffered, book, bookingBody, goOnDuty, place } from '../support/people/people.ts';
import { expectRefusal } from '../support/refusals.ts';
import { type System, startSystem } from '../support/services/system.ts';

/*
 * Every call that takes a body gets good bodies in which something is exchanged for anything that JSON can say. Whatever
 * it is, the answer is a documented one.
 */

let system: System;
let bookingId: string;
beforeAll(async () => {
  system = await startSystem();
  const at = place(1);
  await goOnDuty(system, 'dro', { at });
  bookingId = (await book(system, 'ana', { at })).booking_id;
  await acceptOffered(system, 'dro', bookingId);
});
afterAll(() => system.stop());

type Call = { role: Role; id: string; method: string; url: () => string; body: object };
const { pickup_location, dropoff_location, vehicle_type } = bookingBody();
const CALLS: [name: string, call: Call][] = [
  [
    'a booking',
    {
      role: 'user',
      id: 'eve',
      method: 'POST',
      url: () => `${system.bookingUrl}/v1/bookings`,
      body: {
        pickup_location,
        dropoff_location,
        vehicle_type,
        scheduled_at: '2026-01-01T00:00:00Z',
        quote_id: 'x',
        on_behalf_of: 'eve',
      },
    },
  ],
  [
    'an estimate',
    {
      role: 'user',
      id: 'eve',
      method: 'POST',
      url: () => `${system.bookingUrl}/v1/estimates`,
      body: { pickup_location, dropoff_location, vehicle_type, scheduled_at: '2026-01-01T00:00:00Z' },
    },
  ],
  [
    'a status',
    {
      role: 'driver',
      id: 'dro',
      method: 'POST',
      url: () => `${system.bookingUrl}/v1/bookings/${bookingId}/status`,
      body: { status: 'Delivered' },
    },
  ],
  [
    'a cancel',
    {
      role: 'user',
      id: 'ana',
      method: 'POST',
      url: () => `${system.bookingUrl}/v1/bookings/${bookingId}/cancel`,
      body: { reason: 'changed_plans' },
    },
  ],
  [
    'an assignment',
    {
      role: 'admin',
      id: 'ops',
      method: 'POST',
      url: () => `${system.bookingUrl}/v1/bookings/${bookingId}/assign`,
      body: { driver_id: 'dro' },
    },
  ],
  [
    'a vehicle type',
    {
      role: 'admin',
      id: 'ops',
      method: 'PUT',
      url: () => `${system.bookingUrl}/v1/admin/vehicle-types/sleigh`,
      body: {
        currency: 'EUR',
        base: 1.5,
        per_kilometer: 1,
        per_minute: 1,
        minimum: 1,
        average_kilometers_per_hour: 20,
        size: 1,
        is_offered: true,
      },
    },
  ],
  [
    'a duty',
    {
      role: 'driver',
      id: 'dan',
      method: 'PUT',
      url: () => `${system.trackingUrl}/v1/drivers/me/status`,
      body: { status: 'Available', vehicle_type, latitude: 1, longitude: 2 },
    },
  ],
  [
    'points',
    {
      role: 'driver',
      id: 'dan',
      method: 'POST',
      url: () => `${system.trackingUrl}/v1/locations`,
      body: {
        points: [
          {
            latitude: 1,
            longitude: 2,
            recorded_at: '2026-01-01T00:00:00Z',
            accuracy: 1,
            speed: 1,
            heading: 1,
            battery: 1,
            seq: 1,
          },
        ],
      },
    },
  ],
];

const anything = fc.oneof(
  fc.constantFrom<unknown>(null, '', 0, -0, 1e308, -1e308, 5e-324, 2 ** 53, '\0', '\ud800', '__proto__', [], {}, true),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Every place in a value, as the keys that lead there. */
function placesIn(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [[]];
  return [[], ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner).map((path) => [key, ...path]))];
}

function exchanged(value: unknown, [key, ...path]: string[], replacement: unknown): unknown {
  if (key === undefined) return replacement;
  if (Array.isArray(value))
    return value.map((item, n) => (String(n) === key ? exchanged(item, path, replacement) : item));
  const fields: Record<string, unknown> = { ...(value as object) }; // the path leads through objects and lists only
  return { ...fields, [key]: exchanged(fields[key], path, replacement) };
}

for (const [name, { role, id, method, url, body }] of CALLS) {
  const sizes = { short: 50, long: 150 };
  inTwoSizes(`whatever stands in ${name}, the answer is a documented one`, sizes, {
    async run(numRuns) {
      const bodies = fc
        .tuple(fc.constantFrom(...placesIn(body)), anything, fc.option(fc.string(), { nil: undefined }))
        .map(([path, replacement, extra]) => {
          const changed = exchanged(body, path, replacement);
          const isObject = typeof changed === 'object' && changed !== null && !Array.isArray(changed);
          return isObject && extra !== undefined ? { ...changed, [extra]: replacement } : changed;
        });
      const token = system.token(role, id);
      await fc.assert(
        fc.asyncProperty(bodies, async (changed) => {
          const answer = await call(method, url(), { token, body: JSON.stringify(changed) });
          expect(answer.status).toBeLessThan(500);
          if (answer.status < 400) return;
          expect(Object.keys(ERROR_CODES)).toContain(answer.body.error.code);
          expectRefusal(answer, answer.body.error.code);
        }),
        { numRuns, endOnFailure: true },
      );
    },
  });
}
