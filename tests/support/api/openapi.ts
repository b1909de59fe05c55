import { readFileSync } from 'node:fs';
import { isRecord } from '@logi/contracts';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

/*
 * Every answer that a test gets is compared with the OpenAPI documents, and so is every request that was taken. What is
 * compared with is what is in the repository; that the services serve the same, tests/system/openapi.test.ts holds.
 */

export type ApiOperation = {
  operationId: string;
  summary: string;
  tags: string[];
  description: string;
  security: object[];
  parameters: ({ $ref: string } | Parameter)[];
  requestBody?: { required: boolean; content: Record<string, { schema: object }> };
  responses: Record<string, object>;
  'x-roles': string[];
  'x-lenient'?: true;
};
type Parameter = { name: string; in: string; required?: true; schema: Record<string, unknown> };
type ApiDocument = {
  paths: Record<string, Record<string, ApiOperation>>;
  components: Record<string, Record<string, object>>;
};

export const API_SERVICES = ['booking', 'tracking', 'gateway', 'operations'] as const;
export type ApiService = (typeof API_SERVICES)[number];

export type Call = { service: ApiService; method: string; path: string; pattern: RegExp; operation: ApiOperation };

export function readApiDocument(service: ApiService): ApiDocument {
  return JSON.parse(readFileSync(`docs/openapi/${service}.json`, 'utf8'));
}

let calls: Call[] | undefined;

/** Every call of all services; of paths that fit the same request, those with fewer parameters first. */
export function apiCalls(): Call[] {
  calls ??= API_SERVICES.flatMap((service) =>
    Object.entries(readApiDocument(service).paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        ...{ service, method: method.toUpperCase(), path, operation },
        pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
      })),
    ),
  ).sort((a, b) => a.path.split('{').length - b.path.split('{').length);
  return calls;
}

const validators = new Map<string, ReturnType<Ajv2020['compile']>>();
let ajv: Ajv2020 | undefined;

function createAjv(): Ajv2020 {
  const created = new Ajv2020({ strict: false, allErrors: false, logger: false });
  formats.default(created);
  for (const service of API_SERVICES) created.addSchema(closed(readApiDocument(service)) as object, service);
  return created;
}

/** A test is stricter than a client: a key that the document does not know is a fault. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (!isRecord(value)) return value;
  const copy = Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, key === 'examples' ? inner : closed(inner)]),
  );
  const isOpenObject =
    value['type'] === 'object' && isRecord(value['properties']) && !('additionalProperties' in value);
  return isOpenObject ? { ...copy, additionalProperties: false } : copy;
}

/** What is wrong with a value, by a place in a document; undefined when nothing is. */
export function faultOf(service: ApiService, pointer: readonly string[], value: unknown): string | undefined {
  const ref = `${service}#/${pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;
  ajv ??= createAjv();
  const validate = validators.get(ref) ?? ajv.compile({ $ref: ref });
  validators.set(ref, validate);
  return validate(value)
    ? undefined
    : `${ajv.errorsText(validate.errors)} in ${JSON.stringify(value)?.slice(0, 2_000)}`;
}

type Exchange = {
  method: string;
  url: string;
  body: unknown;
  answer: { status: number; text: string; headers: Headers };
};

/** Throws when what was answered, or taken, is not in the documents. */
export function checkExchange(exchange: Exchange): void {
  const { pathname } = new URL(exchange.url);
  if (!pathname.startsWith('/v1/') && pathname !== '/ws') return;
  const fault = faultOfExchange(exchange, pathname);
  if (fault === undefined) return;
  throw new Error(`${exchange.method} ${pathname} → ${exchange.answer.status} is not as documented: ${fault}`);
}

function faultOfExchange(exchange: Exchange, pathname: string): string | undefined {
  const { answer } = exchange;
  const method = exchange.method === 'HEAD' ? 'GET' : exchange.method;
  if (method === 'OPTIONS' && answer.status === 204) return undefined;
  const found = apiCalls().find((call) => call.method === method && call.pattern.test(pathname));
  if (!answer.headers.get('x-request-id')) return 'it has no x-request-id';
  if (!found) return faultOfUnknown(answer);
  const { service, path, operation } = found;
  const response = operation.responses[answer.status];
  if (!response) return `no such status: ${answer.text}`;
  if ((answer.status === 429 || answer.status === 503) && !answer.headers.get('retry-after')) return 'no retry-after';
  if (exchange.method === 'HEAD') return undefined;
  const pointer = ['paths', path, method.toLowerCase(), 'responses', String(answer.status)];
  return (
    faultOfBody(service, { response, pointer }, answer) ??
    (answer.status < 300 ? faultOfRequest(found, exchange) : undefined)
  );
}

function faultOfBody(
  service: ApiService,
  { response, pointer }: { response: object; pointer: string[] },
  { text, headers }: Exchange['answer'],
): string | undefined {
  const place = '$ref' in response ? String(response.$ref).slice(2).split('/') : pointer;
  const isBare = !('$ref' in response) && !('content' in response);
  if (isBare) return text === '' ? undefined : `a body where there is to be none: ${text}`;
  if (!headers.get('content-type')?.startsWith('application/json')) return `of type ${headers.get('content-type')}`;
  return faultOf(service, [...place, 'content', 'application/json', 'schema'], JSON.parse(text));
}

/** Of a path that is nowhere, all that is known is how an error looks. */
function faultOfUnknown({ status, text }: Exchange['answer']): string | undefined {
  if (status < 400) return 'there is no such call';
  return /"code":"\w+"/.test(text) || text === '' ? undefined : `no error of ours: ${text}`;
}

function faultOfRequest({ service, method, path, operation }: Call, exchange: Exchange): string | undefined {
  const { requestBody, parameters } = operation;
  const query = new URL(exchange.url).searchParams;
  const known = new Map(
    parameters.flatMap((each, n) => ('in' in each && each.in === 'query' ? [[each.name, { each, n }] as const] : [])),
  );
  if (operation['x-lenient']) return undefined;
  for (const [name, value] of known.size > 0 ? query : []) {
    const parameter = known.get(name);
    if (!parameter && name !== 'token') return `it took the parameter ${name}`;
    const pointer = ['paths', path, method.toLowerCase(), 'parameters', String(parameter?.n), 'schema'];
    const fault = parameter && faultOf(service, pointer, readParameter(value, parameter.each));
    if (fault) return `it took ${name}: ${fault}`;
  }
  const { body } = exchange;
  if (body === undefined || body === '') return requestBody?.required ? 'it took no body' : undefined;
  if (!requestBody) return undefined; // nothing of it is read
  const pointer = ['paths', path, method.toLowerCase(), 'requestBody', 'content', 'application/json', 'schema'];
  const fault = faultOf(service, pointer, JSON.parse(String(body)));
  return fault && `it took the body: ${fault}`;
}

function readParameter(text: string, { schema }: Parameter): unknown {
  return schema['type'] === 'number' || schema['type'] === 'integer' ? Number(text) : text;
}
