import { createServer, type Server } from 'node:http';
import { DomainError, errorBody } from '@logi/contracts';
import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import { answerHeaders } from '../answers/answer-headers.ts';
import { requestIdOf } from '../answers/request-id.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
/** Who asks more often whether we are ready gets what was found out last: it costs a look at the database. */
const READINESS_MS = 1_000;

export type WhyNotReady = () => Promise<string | undefined> | string | undefined;

export type OpenDocuments = {
  registry: Registry;
  /** The service stops: known at once, and not asked of anybody. */
  isStopping: () => boolean;
  whyNotReady: WhyNotReady;
  hasMetricsElsewhere: boolean;
};

/**
 * What everybody may ask. Nothing is made for one answer alone: texts are kept as bytes, so that however many answers wait
 * to be read, there is one copy of each.
 */
export function serveOpenDocuments(app: FastifyInstance, documents: OpenDocuments): void {
  const { registry, isStopping, hasMetricsElsewhere } = documents;
  const hidden = { schema: { hide: true } };
  let openapi: Buffer | undefined;
  app.get('/openapi.json', hidden, async (_request, reply) => {
    openapi ??= Buffer.from(JSON.stringify(app.openapi()));
    return reply.type(JSON_TYPE).send(openapi);
  });
  app.get('/healthz', hidden, async () => ({ status: 'ok' }));
  const whyNotReady = remembered(documents.whyNotReady, { forMs: READINESS_MS });
  app.get('/readyz', hidden, async () => {
    const reason = isStopping() ? 'draining' : await whyNotReady();
    if (reason !== undefined) throw new DomainError('unavailable', { message: `Not ready: ${reason}` });
    return { status: 'ready' };
  });
  if (hasMetricsElsewhere) return;
  const metrics = renderMetrics(registry);
  app.get('/metrics', hidden, async (_request, reply) => reply.type(registry.contentType).send(await metrics()));
}

/** A server for /metrics and nothing else, for a port that only operators reach. */
export function createMetricsServer(registry: Registry): Server {
  const metrics = renderMetrics(registry);
  return createServer((request, response) => {
    if (request.url !== '/metrics' || request.method !== 'GET') {
      const id = requestIdOf(request.headers);
      response
        .writeHead(404, { ...answerHeaders(id), 'content-type': JSON_TYPE })
        .end(JSON.stringify(errorBody(new DomainError('not_found'), id)));
      return;
    }
    metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
}

/** Who asks while it is being written gets the same text, which 1,600 requests in one packet would otherwise be made for each. */
function renderMetrics(registry: Registry): () => Promise<Buffer> {
  return remembered(async () => Buffer.from(await registry.metrics()), { forMs: 0 });
}

/** Asks once at a time, and not again while the answer is fresh. */
function remembered<Value>(ask: () => Promise<Value> | Value, { forMs }: { forMs: number }): () => Promise<Value> {
  let answer: Promise<Value> | undefined;
  const forget = () => {
    if (forMs === 0) answer = undefined;
    else setTimeout(() => (answer = undefined), forMs).unref();
  };
  return () => {
    answer ??= Promise.try(ask).finally(forget);
    return answer;
  };
}
