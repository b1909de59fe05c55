import { isRecord } from '@logi/contracts';
import type { Random } from '../../../tools/testing/random.ts';
import { exchanged, placesIn, RAW_BODIES, TEXTS, VALUES } from './hostile-values.ts';
import { type ApiService, apiCalls, type Call, readApiDocument } from './openapi.ts';

/*
 * Calls of everything that the documents name, by somebody who wishes us ill: with values that no app would send, in the
 * name of others, and about things that are theirs. Each is made of a random stream alone, so a seed makes it again.
 */

export type HostileCall = {
  call: Call;
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | undefined;
};

/** What the attacker has: tokens, good ones and others, and ids of things, theirs and those of others. */
export type Arsenal = { tokens: readonly string[]; bookings: readonly string[]; people: readonly string[] };

const CONTENT_TYPES = [
  'application/json',
  'application/json; charset=utf-16',
  'APPLICATION/JSON',
  'application/json, text/plain',
  'application/merge-patch+json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'text/plain',
  'text/xml',
  '*/*',
  'json',
  '',
];

const ODD_HEADERS: readonly Record<string, string>[] = [
  { 'content-encoding': 'gzip' },
  { 'x-request-id': '\u00e9 or 1=1' },
  { 'idempotency-key': 'x'.repeat(300) },
  { 'idempotency-key': '\u00ff' },
  { origin: 'null' },
  { origin: 'https://evil.example' },
  { 'x-forwarded-for': "127.0.0.1, ' or 1=1" },
  { traceparent: '00-00000000000000000000000000000000-0000000000000000-00' },
  { date: 'Thu, 01 Jan 1970 00:00:00 GMT' },
  { 'if-none-match': '*' },
  { range: 'bytes=0-' },
];

export function hostileCall(random: Random, arsenal: Arsenal): HostileCall {
  const call = random.pick(apiCalls());
  const method = random.chance(0.03) ? random.pick(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) : call.method;
  const token = random.chance(0.95) ? random.pick(arsenal.tokens) : undefined;
  const body = method === 'GET' ? undefined : hostileBody(random, call, arsenal);
  return {
    call,
    method,
    path: hostilePath(random, call, arsenal),
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && {
        'content-type': random.chance(0.85) ? 'application/json' : random.pick(CONTENT_TYPES),
      }),
      ...(random.chance(0.1) && random.pick(ODD_HEADERS)),
    },
    body,
  };
}

function hostilePath(random: Random, { path, operation }: Call, arsenal: Arsenal): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => {
    const known = name === 'booking_id' ? arsenal.bookings : arsenal.people;
    return encoded(random.chance(0.7) ? random.pick(known) : random.pick(TEXTS));
  });
  const query = operation.parameters.flatMap((each) => {
    if (!('in' in each) || each.in !== 'query' || random.chance(each.required ? 0.1 : 0.5)) return [];
    const value = random.chance(0.5) ? fitting(random, each.schema, arsenal) : random.pick(TEXTS);
    const one = `${each.name}=${encoded(value)}`;
    return random.chance(0.03) ? [one, one] : [one];
  });
  if (random.chance(0.05)) query.push(`${encoded(random.pick(TEXTS))}=${encoded(random.pick(TEXTS))}`);
  return query.length > 0 ? `${filled}?${query.join('&')}` : filled;
}

/** What the document would take, as text. */
function fitting(random: Random, schema: Record<string, unknown>, arsenal: Arsenal): string {
  const { enum: values, type, minimum = 0, maximum = 100, format } = schema;
  if (Array.isArray(values)) return String(random.pick(values));
  if (type === 'integer' || type === 'number') {
    const value = random.between(Number(minimum), Number(maximum));
    return String(type === 'integer' ? Math.round(value) : value);
  }
  if (format === 'date-time') return new Date(random.between(0, 4e12)).toISOString();
  return random.pick([...arsenal.people, ...arsenal.bookings, 'van', 'user', 'driver']);
}

function hostileBody(random: Random, { service, operation }: Call, arsenal: Arsenal): string | undefined {
  const [content] = Object.values(operation.requestBody?.content ?? {});
  if (!content || random.chance(0.1)) return random.chance(0.5) ? random.pick(RAW_BODIES) : undefined;
  let value: unknown = random.pick(examplesOf(service, content.schema));
  for (let changes = Math.floor(random.between(0, 4)); changes > 0; changes -= 1) {
    const place = random.pick(placesIn(value));
    value = exchanged(value, place, random.chance(0.2) ? random.pick(arsenal.people) : random.pick(VALUES));
  }
  if (isRecord(value) && random.chance(0.1)) value = { ...value, [random.pick(TEXTS)]: random.pick(VALUES) };
  const text = JSON.stringify(value);
  // The same key twice: the second counts.
  return isRecord(value) && random.chance(0.05) ? text.replace('{', '{"status":"Offline","driver_id":null,') : text;
}

function examplesOf(service: ApiService, schema: object): unknown[] {
  const { $ref, examples, anyOf = [] } = schema as { $ref?: string; examples?: unknown[]; anyOf?: object[] };
  if ($ref !== undefined) {
    const named = readApiDocument(service).components['schemas']?.[$ref.split('/').at(-1) ?? ''];
    return examplesOf(service, named ?? {});
  }
  return examples ?? (anyOf.length > 0 ? anyOf.flatMap((each) => examplesOf(service, each)) : [null]);
}

function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
