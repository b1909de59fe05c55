import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { DomainError, type ErrorCode, errorBody } from '@logi/contracts';
import { isOutage } from '@logi/persistence/faults';
import type { FastifyReply } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import type { Logger } from 'pino';
import { answerHeaders, refusalHeaders } from './answers/answer-headers.ts';
import { drop } from './doors/drop.ts';

/** Fastify's own refusals of a request, by their code. */
const FRAMEWORK_ERRORS: Record<string, ErrorCode> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_INVALID_JSON_BODY: 'invalid_json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_request',
  FST_ERR_BAD_URL: 'invalid_request',
  FST_ERR_MAX_PARAM_LENGTH: 'not_found',
};
/** What Node could not even parse as HTTP, by its code. Anything else is a bad byte. */
const BROKEN_REQUESTS: Record<string, ErrorCode> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};
/** What a client that is refused may take, and still send, until it has read its answer. */
const REFUSED_BOUNDS = { graceMs: 3_000, graceBytes: 8_388_608 };
const MAX_REPORTED_ISSUES = 20;

/** Every error becomes a DomainError here and nowhere else. What is neither a refusal nor an outage is a bug of ours. */
export function mapError(err: unknown, log: Pick<Logger, 'warn' | 'error'>): DomainError {
  if (err instanceof DomainError) {
    if (err.code === 'unavailable' && err.cause) log.warn({ err }, 'unavailable');
    return err;
  }
  if (hasZodFastifySchemaValidationErrors(err)) {
    const issues = err.validation
      .slice(0, MAX_REPORTED_ISSUES)
      .map(({ instancePath, message }) => ({ path: instancePath, message }));
    return new DomainError('invalid_request', { details: { in: err.validationContext, issues } });
  }
  if (isOutage(err)) {
    log.warn({ err }, 'database away');
    return new DomainError('unavailable');
  }
  const { code, statusCode } = fieldsOf(err);
  const known = FRAMEWORK_ERRORS[code];
  if (known) return new DomainError(known);
  if (err instanceof SyntaxError && statusCode === 400) return new DomainError('invalid_json'); // `__proto__` in a body
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return new DomainError('invalid_request');
  log.error({ err }, 'request failed');
  return new DomainError('internal');
}

function fieldsOf(err: unknown): { code: string; statusCode: number | undefined } {
  if (typeof err !== 'object' || err === null) return { code: '', statusCode: undefined };
  const code = 'code' in err ? String(err.code) : '';
  const statusCode = 'statusCode' in err && typeof err.statusCode === 'number' ? err.statusCode : undefined;
  return { code, statusCode };
}

export function sendError(error: DomainError, reply: FastifyReply): void {
  const { raw, id, routeOptions } = reply.request;
  if (!raw.complete) {
    // Its body is still on the way: a line that was closed now would be reset, and the answer lost.
    reply.removeHeader('connection');
    drop(raw, REFUSED_BOUNDS);
  }
  reply
    .headers({ ...answerHeaders(id), ...refusalHeaders(error, routeOptions.config.isForTrackers) })
    .code(error.status)
    .type('application/json')
    .serializer(JSON.stringify)
    .send(errorBody(error, id));
}

/** Refuses on a bare socket: an upgrade that is not to be, or bytes that are no HTTP. To a HEAD without the body. */
export function refuseSocket(
  socket: Duplex,
  error: DomainError,
  { requestId, method }: { requestId: string; method?: string | undefined },
): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify(errorBody(error, requestId));
  const head = [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    ...Object.entries({ ...answerHeaders(requestId), ...refusalHeaders(error) }).map(
      ([name, value]) => `${name}: ${value}`,
    ),
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${method === 'HEAD' ? '' : body}`);
  // Our half is closed; a client that keeps its own open would hold the socket for ever.
  drop(socket, REFUSED_BOUNDS);
}

/** Lines on which a tracker app sends: to it, a 4xx means that what it sent is not wanted. A late request is, later. */
const ofTrackers = new WeakSet<Socket>();

export function expectTracker(socket: Socket): void {
  ofTrackers.add(socket);
}

/** What is to be said of bytes that are no proper HTTP request. */
export function brokenRequest(err: Error, socket: Socket): DomainError {
  const known = BROKEN_REQUESTS[fieldsOf(err).code];
  const code = known === 'request_timeout' && ofTrackers.has(socket) ? 'unavailable' : known;
  return code ? new DomainError(code) : new DomainError('invalid_request', { message: 'Not a proper HTTP request' });
}
