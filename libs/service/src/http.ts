import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Blocks, Identity, VerifyToken } from '@logi/auth';
import { DomainError, type Principal, type Role } from '@logi/contracts';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify, LogController } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Logger } from 'pino';
import { collectDefaultMetrics, Histogram, type Registry } from 'prom-client';
import { answerHeaders } from './answers/answer-headers.ts';
import { requestIdOf, withRequestId } from './answers/request-id.ts';
import { isSecurityMatter, type SecurityLog } from './answers/security-log.ts';
import { bearerToken, trackerToken } from './bearer.ts';
import type { AllowanceClass } from './doors/allowance.ts';
import { boundConnections, hardRequestLimit } from './doors/bound-connections.ts';
import type { Callers } from './doors/callers.ts';
import { type AllowedOrigins, letPagesAsk, pageHeaders } from './doors/cors.ts';
import { checkHost } from './doors/host.ts';
import type { Limits } from './doors/limits.ts';
import { serveOpenDocuments, type WhyNotReady } from './doors/open-documents.ts';
import { brokenRequest, expectTracker, mapError, refuseSocket, sendError } from './http-errors.ts';
import { serveDocsPage } from './openapi/docs-page.ts';
import { renderOpenApi } from './openapi/document.ts';
import { type Operation, operationsOf } from './openapi/operation.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may make this call. A route without roles is open to everybody. */
    roles?: readonly Role[];
    /** The caller is a tracker app, which may send its token as a password or in the URL. */
    isForTrackers?: boolean;
    /** What a call is paid as, where that is not `reads` for GET and `writes` for the rest. */
    paidAs?: AllowanceClass;
  }
  interface FastifyInstance {
    /** The OpenAPI document of all routes. */
    openapi: () => object;
  }
  interface FastifyRequest {
    identity: Identity | null;
    /** Who makes the call; only on routes with roles. */
    readonly principal: Principal;
    /** The same, with what their token says of its age. */
    readonly holder: Identity;
    /** Where the call comes from, for the record. */
    readonly address: string;
  }
}

export type HttpAppOptions = {
  /** The title of the OpenAPI document at /openapi.json. */
  title: string;
  log: Logger;
  registry: Registry;
  verify: VerifyToken;
  security: SecurityLog;
  blocks: Pick<Blocks, 'check'>;
  /** A client that sends its request slower than this is holding a connection, not using it. */
  requestTimeoutMs: number;
  limits: Limits;
  callers: Callers;
  /** Exact origins of pages that may ask; undefined: of all. */
  allowedOrigins: AllowedOrigins;
  /** /metrics is served on a port of its own. */
  hasMetricsElsewhere: boolean;
  isStopping: () => boolean;
  /** Why the service is not ready, or undefined when it is. */
  whyNotReady: WhyNotReady;
};

const READING_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);
const MAX_BODY_BYTES = 256 * 1024;
const MAX_HEADER_BYTES = 16 * 1024;
const SLOW_REQUEST_CHECK_MS = 500;
const MAX_PATH_PARAMETER_CHARACTERS = 512;
/** Calls at hand when the service stops may end within this time; then they are cut off, so that it stops in order. */
const CLOSE_GRACE_MS = 15_000;
/** How late the event loop is for a timer is looked at this often; each look wakes a service that has nothing to do. */
const LOOP_LOOK_MS = 50;

export type HttpApp = Awaited<ReturnType<typeof createHttpApp>>;

/** A Fastify app with what every service has: tokens, one shape of error, health, readiness, metrics and OpenAPI. */
export async function createHttpApp(options: HttpAppOptions) {
  const { title, log, registry, verify, blocks, requestTimeoutMs, limits, callers } = options;
  const refuse = (err: unknown, request: FastifyRequest, reply: FastifyReply) =>
    withRequestId(request.id, () => refuseRequest(options, err, { request, reply }));
  const app = fastify({
    loggerInstance: log,
    childLoggerFactory: (logger) => logger, // each line knows its request by itself
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: limits.KEEP_ALIVE_MS,
    maxRequestsPerSocket: hardRequestLimit(limits),
    routerOptions: { maxParamLength: MAX_PATH_PARAMETER_CHARACTERS },
    http: {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: requestTimeoutMs,
      connectionsCheckingInterval: SLOW_REQUEST_CHECK_MS,
      // Node drops a second Authorization header in silence; joined to the first, it is seen and refused.
      joinDuplicateHeaders: true,
      requireHostHeader: false, // it would be answered without a word; `checkHost` asks for it
      // Java's HTTP client and curl offer h2c with plain requests, which are then answered as what they are.
      shouldUpgradeCallback: ({ headers }): boolean =>
        headers.upgrade?.toLowerCase() === 'websocket' && app.server.listenerCount('upgrade') > 0,
    },
    genReqId: ({ headers }) => requestIdOf(headers),
    frameworkErrors: refuse,
    clientErrorHandler: (err, socket) => refuseBytes(options, err, socket),
    forceCloseConnections: 'idle',
    schemaController: { compilersFactory: { buildValidator: isSetBelow, buildSerializer: isSetBelow } },
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(refuse);
  app.setNotFoundHandler((_request, reply) => sendError(new DomainError('not_found'), reply));

  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(answerHeaders(request.id));
    withRequestId(request.id, done);
  });
  const plain = app as unknown as FastifyInstance; // hooks and open documents do not care for the app's type provider
  letPagesAsk(plain, options);
  readBodies(plain);
  closeInTime(plain);
  boundConnections(plain, options);

  app.decorateRequest('identity', null);
  app.decorateRequest('holder', {
    getter() {
      if (!this.identity) throw new Error('a route that asks who calls must name its roles');
      return this.identity;
    },
  });
  app.decorateRequest('principal', {
    getter() {
      return this.holder.principal;
    },
  });
  app.decorateRequest('address', {
    getter() {
      return callers.addressOf(this.raw);
    },
  });
  app.addHook('onRequest', async (request) => {
    checkHost(request.raw);
    const { roles, isForTrackers, paidAs } = request.routeOptions.config;
    if (!roles) {
      callers.payAsStranger(request.raw);
      return;
    }
    if (isForTrackers) expectTracker(request.raw.socket);
    const { authorization } = request.headers;
    const identity = await callers.verified(request.raw, async () =>
      verify(isForTrackers ? trackerToken(authorization, request.query) : bearerToken(authorization)),
    );
    request.identity = identity;
    callers.pay(identity, paidAs ?? (READING_METHODS.has(request.method) ? 'reads' : 'writes'), costOf(request.raw));
    if (!roles.includes(request.principal.role)) throw new DomainError('forbidden');
  });
  // The body may have taken its time.
  app.addHook('preHandler', async ({ identity }) => {
    if (identity) blocks.check(identity);
  });

  const operations: Operation[] = [];
  app.addHook('onRoute', (route) => void operations.push(...operationsOf(route)));
  app.decorate('openapi', () => renderOpenApi(title, operations));
  measure(plain, registry);
  serveOpenDocuments(plain, options);
  serveDocsPage(plain, title);
  return app;
}

/** In the place of Fastify's own compilers, which it would load, a hundred files, for nothing. */
function isSetBelow(): never {
  throw new Error('schemas are compiled by Zod');
}

/** A body beyond the usual limit, where a route takes one, costs as several. */
function costOf({ headers }: IncomingMessage): number {
  return Math.max(1, Math.ceil(Number(headers['content-length'] ?? 0) / MAX_BODY_BYTES));
}

function refuseRequest(
  { log, security, callers, allowedOrigins }: HttpAppOptions,
  err: unknown,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): void {
  const { id: requestId, method, raw, routeOptions, identity } = request;
  // Some are refused before any hook.
  if (!reply.hasHeader('access-control-allow-origin'))
    reply.headers(pageHeaders(allowedOrigins, request.headers.origin));
  if (raw.errored) {
    // The line broke while the request came in: nobody is there to be answered, and nothing of ours is at fault.
    log.debug({ err }, 'request broken off');
    reply.code(400).send();
    return;
  }
  const error = mapError(err, log);
  if (isSecurityMatter('http', error)) {
    const route = routeOptions.url ?? 'none';
    const role = identity?.principal.role;
    security.tell({ door: 'http', error, address: callers.addressOf(raw), method, route, role, requestId });
  }
  // To a tracker app, a 4xx means that what it sent is not wanted; it may come again later.
  const isLater = error.status === 429 && routeOptions.config.isForTrackers === true;
  callers.inTime(raw, error, () => sendError(isLater ? new DomainError('unavailable', error) : error, reply));
}

/** No app sends bytes that are no HTTP; a browser that opens a connection ahead and then needs none is no such case. */
function refuseBytes({ security }: HttpAppOptions, err: Error, socket: Socket): void {
  const [error, requestId] = [brokenRequest(err, socket), randomUUID()];
  if (socket.writable && error.code !== 'request_timeout') {
    const address = socket.remoteAddress ?? '';
    security.tell({ door: 'http', error, address, method: undefined, route: 'none', requestId });
  }
  refuseSocket(socket, error, { requestId });
}

/** Bodies are JSON, as they are; the framework would also take plain text, and gzip for broken JSON. */
function readBodies(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('text/plain');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // Many clients name the type also where they send nothing.
    if (body === '') done(null, undefined);
    else void parseJson(request, String(body), done); // which answers by `done`
  });
  app.addHook('onRequest', async ({ headers }) => {
    if ((headers['content-encoding'] ?? 'identity') !== 'identity') throw new DomainError('unsupported_media_type');
  });
}

/** The server waits for its connections, and clients like to keep theirs after an answer. */
function closeInTime(app: FastifyInstance): void {
  let isClosing = false;
  app.addHook('preClose', async () => {
    isClosing = true;
    // Also those on which nobody has asked anything yet.
    setTimeout(() => app.server.closeAllConnections(), CLOSE_GRACE_MS).unref();
  });
  app.addHook('onSend', async (_request, reply) => {
    if (isClosing) reply.header('connection', 'close');
  });
}

function measure(app: FastifyInstance, registry: Registry): void {
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOP_LOOK_MS });
  const duration = new Histogram({
    name: 'logi_http_request_seconds',
    help: 'Time to answer, by route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.025, 0.1, 0.5, 2.5, 10],
    registers: [registry],
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    duration.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
    const { id: requestId, method } = request;
    request.log.debug({ requestId, method, route, status: reply.statusCode, ms: reply.elapsedTime }, 'answered');
  });
}

/** The port it really listens on, also when 0 was asked for. */
export function listeningPort(app: Pick<HttpApp, 'server'>): number {
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return address.port;
}
