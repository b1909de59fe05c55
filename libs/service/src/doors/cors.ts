import { DomainError } from '@logi/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Callers } from './callers.ts';

export type AllowedOrigins = ReadonlySet<string> | undefined;

const PREFLIGHT = {
  'access-control-allow-methods': 'GET, POST, PUT, DELETE',
  'access-control-allow-headers': 'authorization, content-type, idempotency-key, x-request-id',
  'access-control-max-age': '7200', // the longest that browsers remember
};

/** Lets pages of these origins ask, and read what they are answered, errors too. Without a list, pages of any. */
export function letPagesAsk(
  app: FastifyInstance,
  { allowedOrigins, callers }: { allowedOrigins: AllowedOrigins; callers: Callers },
): void {
  app.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers;
    if (origin === undefined && !allowedOrigins) return;
    reply.headers(pageHeaders(allowedOrigins, origin));
    if (!isPreflight(request)) return;
    callers.payAsStranger(request.raw);
    if (!isAllowed(allowedOrigins, origin)) throw new DomainError('origin_not_allowed');
    return reply.code(204).headers(PREFLIGHT).send();
  });
}

/** There are no cookies: whoever has the token may read the answer, so any page may where no list says which. */
export function pageHeaders(allowed: AllowedOrigins, origin: string | undefined): Record<string, string> {
  const vary: Record<string, string> = allowed ? { vary: 'origin' } : {};
  if (origin === undefined || !isAllowed(allowed, origin)) return vary;
  return {
    ...vary,
    'access-control-allow-origin': allowed ? origin : '*',
    'access-control-expose-headers': 'retry-after, x-request-id',
  };
}

function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && 'access-control-request-method' in headers;
}

function isAllowed(allowed: AllowedOrigins, origin: string | undefined): boolean {
  return !allowed || (origin !== undefined && allowed.has(origin));
}
