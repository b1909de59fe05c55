import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DomainError } from '@logi/contracts';
import type { HttpApp } from '@logi/service';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../context.ts';
import { type Destination, destinationOf, SOCKET_PATH } from './destinations.ts';
import { openCall } from './hand-on.ts';
import { headersToHandOn, withoutConnection } from './headers.ts';

const PATHS = ['/booking/*', '/tracking/*', '/gateway/*', SOCKET_PATH];
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/**
 * Calls to the three services at one address, as they come: path and body are not read here, and what a service says of
 * them, refusals too, is what the caller hears. Who may do what is the services' matter.
 */
export function handOnCalls(app: HttpApp, ctx: Context): void {
  void app.register(async (scope: FastifyInstance) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, body, done) => done(null, body));
    for (const url of PATHS) {
      scope.route({
        method: METHODS,
        url,
        schema: { hide: true },
        handler: (request, reply) => handOn(ctx, request, reply),
      });
    }
  });
}

async function handOn(ctx: Context, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { config, callers } = ctx;
  const destination = destinationOf(request.raw.url ?? '', config);
  if (!destination) throw new DomainError('not_found');
  const headers = headersToHandOn(request.raw, {
    callers,
    forwardingKey: config.FORWARDING_KEY,
    requestId: request.id,
  });
  const answer = await ask(ctx, { destination, request, headers });
  return reply
    .code(answer.statusCode ?? 502)
    .headers(withoutConnection(answer.headers))
    .send(answer);
}

type Asked = { destination: Destination; request: FastifyRequest; headers: ReturnType<typeof headersToHandOn> };

function ask({ config, log }: Context, { destination, request, headers }: Asked): Promise<IncomingMessage> {
  const { service } = destination;
  const call = openCall(destination, { method: request.method, headers, timeoutMs: config.HAND_ON_TIMEOUT_MS });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    call.once('response', resolve);
    call.once('error', (cause) =>
      reject(new DomainError('unavailable', { message: `${service} does not answer`, cause })),
    );
  });
  request.raw.once('close', () => {
    if (!request.raw.complete) call.destroy(); // whoever asked is gone
  });
  if (request.body instanceof Readable) {
    pipeline(request.body, call).catch((err: unknown) => log.debug({ err, service }, 'a call was broken off'));
  } else call.end();
  return answered;
}
