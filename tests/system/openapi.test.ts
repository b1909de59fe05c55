import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ROLES } from '@logi/contracts';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { renderHttpTypes } from '../../tools/reference/http-client/types.ts';
import { renderOpenApi, renderOpenApis } from '../../tools/reference/openapi.ts';
import { API_SERVICES, type ApiService, apiCalls, faultOf, readApiDocument } from '../support/api/openapi.ts';
import { call } from '../support/http.ts';
import { type System, startSystem } from '../support/services/system.ts';

let system: System;
let operationsUrl: string;
beforeAll(async () => {
  system = await startSystem();
  operationsUrl = `http://127.0.0.1:${(await system.start.operations()).port()}`;
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
    'GET /v1/stream',
    'POST /v1/locations with a body',
    'POST /v1/osmand with a body',
    'POST /v1/overland with a body',
    'POST /v1/owntracks with a body',
    'PUT /v1/drivers/me/status with a body',
  ],
  operations: [
    'GET /v1/console',
    'GET /v1/dead-letters',
    'GET /v1/dead-letters/{id}',
    'GET /v1/health',
    'GET /v1/session',
    'POST /v1/dead-letters/{id}/discard',
    'POST /v1/dead-letters/{id}/replay',
    'POST /v1/development-tokens with a body',
    'POST /v1/sign-in with a body',
  ],
  gateway: ['DELETE /v1/sessions', 'GET /v1/sessions', 'GET /ws'],
} as const;

const callsOf = (service: ApiService) => apiCalls().filter((each) => each.service === service);

test.each(API_SERVICES)('docs/openapi has what `npm run docs` writes, and what %s serves', async (service) => {
  const written = readFileSync(`docs/openapi/${service}.json`, 'utf8');
  expect(written).toBe(await renderOpenApi(service));
  const origin = {
    booking: system.bookingUrl,
    tracking: system.trackingUrl,
    gateway: system.gatewayUrl,
    operations: operationsUrl,
  }[service];
  expect((await call('GET', `${origin.replace('ws', 'http')}/openapi.json`)).body).toEqual(JSON.parse(written));
});

test('the client’s calls are what `npm run docs` writes of the documents', async () => {
  const written = readFileSync('libs/client/src/http/api.ts', 'utf8');
  expect(written).toBe(await renderHttpTypes(await renderOpenApis()));
});

test.each(API_SERVICES)('the document of %s has every call, and none that is for machines', (service) => {
  const names = callsOf(service).map(
    ({ method, path, operation }) => `${method} ${path}${operation.requestBody ? ' with a body' : ''}`,
  );
  expect(names.sort()).toEqual(OPERATIONS[service].toSorted());
});

test.each(API_SERVICES)('the document of %s has no fault that Redocly knows of', async (service) => {
  const config = await createConfig({
    extends: ['recommended'],
    rules: {
      'info-license': 'off', // this repository has none
      'operation-2xx-response': 'off', // the success of a socket is 101; the next test asks for one of each call
      'operation-4xx-response': 'error',
      'operation-operationId-url-safe': 'error',
      'operation-tag-defined': 'error',
      'no-unused-components': 'error',
      'no-invalid-schema-examples': 'error',
      'tag-description': 'error',
    },
  });
  const source = readFileSync(`docs/openapi/${service}.json`, 'utf8');
  const problems = await lintFromString({ source, absoluteRef: `${service}.json`, config });
  expect(
    problems.map(({ ruleId, message, location }) => ({ ruleId, message, at: location.map(({ pointer }) => pointer) })),
  ).toEqual([]);
});

test.each(API_SERVICES)('the document of %s says of each call who may make it, and what it may answer', (service) => {
  for (const { method, path, operation } of callsOf(service)) {
    const { responses, parameters, security } = operation;
    const name = `${method} ${path}`;
    const isOpen = operation['x-roles'].length === 0;
    const always = ['400', ...(isOpen ? [] : ['401']), '408', '500', '503'];
    const success = Object.keys(responses).filter((status) => Number(status) < 300);
    expect({ name, success }).toEqual({ name, success: [expect.stringMatching(/^(101|20[014])$/)] });
    expect({ name, lacks: always.filter((status) => !responses[status]) }).toEqual({
      name,
      lacks: [],
    });
    expect(ROLES).toEqual(expect.arrayContaining(operation['x-roles']));
    if (isOpen) expect(security).toEqual([]);
    else expect(security).toContainEqual({ bearer: [] });
    const inPath = parameters.flatMap((each) => ('in' in each && each.in === 'path' ? [each.name] : []));
    expect({ name, inPath }).toEqual({
      name,
      inPath: [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter),
    });
  }
});

const BODIES = API_SERVICES.flatMap((service) =>
  callsOf(service).flatMap(({ method, path, operation }) => {
    const { requestBody, responses } = operation;
    const at = ['paths', path, method.toLowerCase()];
    const bodies = Object.keys(requestBody?.content ?? {}).map((type) => [
      ...at,
      'requestBody',
      'content',
      type,
      'schema',
    ]);
    const answers = Object.entries(responses).flatMap(([status, response]) =>
      'content' in response ? [[...at, 'responses', status, 'content', 'application/json', 'schema']] : [],
    );
    return [...bodies, ...answers].map((pointer) => ({
      service,
      place: `${method} ${path} ${pointer[3]} ${pointer[4]}`,
      pointer,
    }));
  }),
);

test.each(BODIES)('there are examples of $place in $service, and they are as it says', ({ service, pointer }) => {
  const examples = examplesAt(service, pointer);
  expect(examples.length).toBeGreaterThan(0);
  for (const example of examples) expect(faultOf(service, pointer, example)).toBeUndefined();
});

test.each(API_SERVICES)('every error of %s is shown by an example', (service) => {
  const { schemas = {} } = readApiDocument(service).components;
  const errors = Object.keys(schemas).filter((name) => name.endsWith('Error'));
  expect(errors.length).toBeGreaterThan(5);
  for (const name of errors) {
    const [example] = examplesAt(service, ['components', 'schemas', name]);
    expect(faultOf(service, ['components', 'schemas', name], example)).toBeUndefined();
  }
});

/** Of a schema, or of those that it is one of. */
function examplesAt(service: ApiService, pointer: readonly string[]): unknown[] {
  let schema: unknown = readApiDocument(service);
  for (const part of pointer) schema = (schema as Record<string, unknown>)[part]; // a place in the document
  const { $ref, examples = [], anyOf = [] } = schema as { $ref?: string; examples?: unknown[]; anyOf?: object[] };
  if ($ref !== undefined) return examplesAt(service, $ref.slice(2).split('/'));
  return [...examples, ...anyOf.flatMap((_each, n) => examplesAt(service, [...pointer, 'anyOf', String(n)]))];
}

test('places are longitude, then latitude', () => {
  const point = readApiDocument('booking').components['schemas']?.['Point'];
  expect(point).toMatchObject({
    properties: {
      coordinates: {
        prefixItems: [
          { minimum: -180, maximum: 180 },
          { minimum: -90, maximum: 90 },
        ],
      },
    },
  });
});

test.each([
  [
    'booking',
    'GET /v1/bookings',
    ['active', 'cursor', 'driver_id', 'from', 'limit', 'status', 'to', 'user_id', 'vehicle_type'],
  ],
  ['booking', 'POST /v1/bookings', ['idempotency-key']],
  ['booking', 'GET /v1/admin/stats', ['from', 'to']],
  ['tracking', 'GET /v1/drivers', ['bbox', 'cursor', 'limit', 'status']],
  ['tracking', 'GET /v1/drivers/nearby', ['latitude', 'limit', 'longitude', 'vehicle_type']],
  ['gateway', 'GET /v1/sessions', ['role', 'session_id', 'sub']],
] as const)('the document of %s names what may be asked with %s', (service, wanted, names) => {
  const found = callsOf(service).find(({ method, path }) => `${method} ${path}` === wanted);
  expect(found?.operation.parameters.flatMap((each) => ('name' in each ? [each.name] : [])).sort()).toEqual(names);
});
