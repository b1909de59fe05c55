import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { call } from '../support/http.ts';
import { type System, startSystem } from '../support/services/system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());

/** Every call that there is, by what answers it. A body is what the call takes. */
const OPERATIONS = {
  booking: [
    'DELETE /v1/blocks',
    'DELETE /v1/bookings/{booking_id}/excluded-drivers/{driver_id}',
    'GET /v1/admin/stats',
    'GET /v1/admin/vehicle-types',
    'GET /v1/audit',
    'GET /v1/blocks',
    'GET /v1/bookings',
    'GET /v1/bookings/{booking_id}',
    'GET /v1/bookings/{booking_id}/dispatch',
    'GET /v1/bookings/{booking_id}/events',
    'GET /v1/cancellation-reasons',
    'GET /v1/offers',
    'GET /v1/vehicle-types',
    'POST /v1/bookings with a body',
    'POST /v1/bookings/{booking_id}/accept',
    'POST /v1/bookings/{booking_id}/assign with a body',
    'POST /v1/bookings/{booking_id}/cancel with a body',
    'POST /v1/bookings/{booking_id}/decline',
    'POST /v1/bookings/{booking_id}/status with a body',
    'POST /v1/estimates with a body',
    'PUT /v1/admin/vehicle-types/{vehicle_type} with a body',
    'PUT /v1/blocks with a body',
    'PUT /v1/bookings/{booking_id}/excluded-drivers/{driver_id}',
  ],
  tracking: [
    'GET /v1/bookings/{booking_id}/location',
    'GET /v1/bookings/{booking_id}/trail',
    'GET /v1/drivers',
    'GET /v1/drivers/me',
    'GET /v1/drivers/nearby',
    'GET /v1/drivers/{driver_id}',
    'GET /v1/osmand',
    'POST /v1/locations with a body',
    'POST /v1/osmand',
    'POST /v1/overland',
    'POST /v1/owntracks',
    'PUT /v1/drivers/me/status with a body',
  ],
  gateway: ['DELETE /v1/sessions', 'GET /v1/sessions'],
} as const;

type Operation = {
  requestBody?: object;
  parameters?: { name: string; in: string }[];
  responses: Record<string, { content?: object }>;
};

async function operationsOf(service: keyof typeof OPERATIONS): Promise<[name: string, operation: Operation][]> {
  const origin = { booking: system.bookingUrl, tracking: system.trackingUrl, gateway: system.gatewayUrl }[service];
  const { body } = await call('GET', `${origin.replace('ws', 'http')}/openapi.json`);
  return Object.entries<Record<string, Operation>>(body.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}${operation.requestBody ? ' with a body' : ''}`,
      operation,
    ]),
  );
}

const SERVICES = ['booking', 'tracking', 'gateway'] as const;

test.each(SERVICES)('the document of %s has every call, and none that is for machines', async (service) => {
  expect((await operationsOf(service)).map(([name]) => name).sort()).toEqual(OPERATIONS[service].toSorted());
});

test.each(SERVICES)(
  'the document of %s says of each call what it answers, and what stands in its path',
  async (service) => {
    for (const [name, { responses, parameters = [] }] of await operationsOf(service)) {
      const [status = '', success] = Object.entries(responses).find(([code]) => code.startsWith('2')) ?? [];
      expect({ name, status }).toEqual({ name, status: expect.stringMatching(/^20[014]$/) });
      if (status !== '204') expect({ name, content: success?.content }).toEqual({ name, content: expect.any(Object) });
      const inPath = [...name.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
      expect({ name, inPath: parameters.filter((each) => each.in === 'path').map((each) => each.name) }).toEqual({
        name,
        inPath,
      });
    }
  },
);

test.each([
  [
    'booking',
    'GET /v1/bookings',
    ['active', 'cursor', 'driver_id', 'from', 'limit', 'status', 'to', 'user_id', 'vehicle_type'],
  ],
  ['booking', 'POST /v1/bookings with a body', ['idempotency-key']],
  ['booking', 'GET /v1/admin/stats', ['from', 'to']],
  ['tracking', 'GET /v1/drivers', ['bbox', 'cursor', 'limit', 'status']],
  ['tracking', 'GET /v1/drivers/nearby', ['latitude', 'limit', 'longitude', 'vehicle_type']],
  ['gateway', 'GET /v1/sessions', ['role', 'session_id', 'sub']],
] as const)('the document of %s names what may be asked with %s', async (service, wanted, names) => {
  const [, operation] = (await operationsOf(service)).find(([name]) => name === wanted) ?? [];
  expect(operation?.parameters?.map(({ name }) => name).sort()).toEqual(names);
});
