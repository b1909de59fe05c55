import { ERROR_CODES, type ErrorCode } from '@logi/contracts';
import type { z } from 'zod';
import manifest from '../../package.json' with { type: 'json' };
import { type JsonSchema, JsonSchemas } from './json-schemas.ts';
import { API_TAGS, type ApiTag, type Operation } from './operation.ts';
import { pascalCase } from './pascal-case.ts';
import { REFUSALS, refusalsOf } from './refusals.ts';

const JSON_TYPE = 'application/json';
const BEARER = [{ bearer: [] }];
const OF_TRACKERS = [...BEARER, { basic: [] }, { token: [] }];
const OF_SOCKETS = [...BEARER, { token: [] }];

const SECURITY_SCHEMES = {
  bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'A JWT with `sub`, `role` and `exp`' },
  basic: { type: 'http', scheme: 'basic', description: 'Any user name; the token is the password' },
  token: { type: 'apiKey', in: 'query', name: 'token', description: 'The token, for what can set no header' },
};

const HEADERS = {
  RequestId: {
    description: 'What this request is called: as it was sent, or a new name. It is in our logs, and in errors.',
    schema: { type: 'string' },
  },
  RetryAfter: { description: 'In so many seconds it may be tried again', schema: { type: 'integer' } },
  Challenge: { description: 'How to say who one is', schema: { type: 'string' } },
};

const REQUEST_ID = {
  name: 'x-request-id',
  in: 'header',
  description: 'What the caller calls this request: up to 64 letters, digits and `.:=+/-_`. Anything else is left out.',
  schema: { type: 'string', maxLength: 64 },
};

/** All that is said of a service's calls, as OpenAPI 3.1. It is made of its routes alone. */
export function renderOpenApi(title: string, operations: readonly Operation[]): object {
  const schemas = new JsonSchemas();
  const responses: Record<string, object> = {};
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operations) {
    const { path, method } = operation;
    paths[path] = { ...paths[path], [method.toLowerCase()]: describe(operation, { schemas, responses }) };
  }
  const tags = new Set(operations.flatMap(({ schema }) => schema.tags ?? []));
  return {
    openapi: '3.1.0',
    info: { title, version: manifest.version, description: 'Times are RFC 3339 in UTC, coordinates WGS 84 degrees.' },
    servers: [{ url: '/', description: 'This service' }],
    tags: [...tags].map((name: ApiTag) => ({ name, description: API_TAGS[name] })),
    paths,
    components: {
      schemas: schemas.components,
      responses,
      parameters: { RequestId: REQUEST_ID },
      headers: HEADERS,
      securitySchemes: SECURITY_SCHEMES,
    },
  };
}

type Document = { schemas: JsonSchemas; responses: Record<string, object> };

function describe(operation: Operation, document: Document): object {
  const { roles, config, schema, method } = operation;
  const { operationId, tags, summary, asked = {}, params, headers, body, opensSocketFor } = schema;
  const isSocket = opensSocketFor !== undefined;
  const { schemas } = document;
  const sent = asked.body ?? body;
  return {
    operationId,
    tags,
    summary,
    description: `For ${roles.length === 0 ? 'everybody' : roles.map((role) => `${role}s`).join(', ')}.`,
    'x-roles': roles,
    security: roles.length === 0 ? [] : config.isForTrackers ? OF_TRACKERS : isSocket ? OF_SOCKETS : BEARER,
    parameters: [
      ...parametersIn('path', params, schemas),
      ...parametersIn('query', asked.querystring ?? schema.querystring, schemas),
      ...parametersIn('header', headers, schemas),
      { $ref: '#/components/parameters/RequestId' },
    ],
    ...(asked.body && { 'x-lenient': true }), // whatever else is sent is taken, too, and counted where it is not understood
    ...(sent && method !== 'GET' && { requestBody: requestBody(sent, asked.contentTypes ?? [JSON_TYPE], schemas) }),
    responses: { ...successes(schema.response ?? {}, isSocket, schemas), ...refusals(refusalsOf(operation), document) },
  };
}

function parametersIn(place: string, fields: z.ZodObject | undefined, schemas: JsonSchemas): object[] {
  return Object.entries(fields?.shape ?? {}).map(([name, field]: [string, z.ZodType]) => {
    const { description, ...schema } = schemas.of(field, 'input');
    const required = place === 'path' || !field.safeParse(undefined).success;
    return {
      name,
      in: place,
      ...(required && { required }),
      ...(description !== undefined && { description }),
      schema,
    };
  });
}

function requestBody(body: z.ZodType, contentTypes: readonly string[], schemas: JsonSchemas): object {
  const schema = schemas.of(body, 'input');
  const content = Object.fromEntries(contentTypes.map((type) => [type, { schema }]));
  return { required: !body.safeParse(undefined).success, content };
}

function successes(answers: Record<string, z.ZodType>, isSocket: boolean, schemas: JsonSchemas): object {
  const headers = { 'x-request-id': { $ref: '#/components/headers/RequestId' } };
  if (isSocket) return { 101: { description: 'The socket is open', headers } };
  return Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => {
      const schema = schemas.of(answer, 'output');
      if (schema['type'] === 'null') return [status, { description: 'Done', headers }];
      const description = status === '201' ? 'It is there now' : 'What was asked for';
      return [status, { description, headers, content: { [JSON_TYPE]: { schema } } }];
    }),
  );
}

/** Answers that are alike in several calls stand in the document once. */
function refusals(codes: readonly ErrorCode[], { schemas, responses }: Document): object {
  const statuses = new Set(codes.map((code) => ERROR_CODES[code].status));
  return Object.fromEntries(
    [...statuses].map((status) => {
      const same = codes.filter((code) => ERROR_CODES[code].status === status);
      const name = same.map(pascalCase).join('Or');
      responses[name] ??= refusal(status, same, schemas);
      return [status, { $ref: `#/components/responses/${name}` }];
    }),
  );
}

function refusal(status: number, codes: readonly ErrorCode[], schemas: JsonSchemas): object {
  const each: JsonSchema[] = codes.map((code) => schemas.of(REFUSALS[code], 'output'));
  return {
    description: codes.map((code) => `\`${code}\`: ${ERROR_CODES[code].meaning}`).join('. '),
    headers: {
      'x-request-id': { $ref: '#/components/headers/RequestId' },
      ...((status === 429 || status === 503) && { 'retry-after': { $ref: '#/components/headers/RetryAfter' } }),
      ...(status === 401 && { 'www-authenticate': { $ref: '#/components/headers/Challenge' } }),
    },
    content: { [JSON_TYPE]: { schema: each.length === 1 ? each[0] : { oneOf: each } } },
  };
}
