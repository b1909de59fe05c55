import type { Socket } from 'node:net';
import { DomainError, errorBody } from '@logi/contracts';
import type { FastifyInstance } from 'fastify';
import { Counter, type Registry } from 'prom-client';
import { answerHeaders } from '../answers/answer-headers.ts';
import { requestIdOf } from '../answers/request-id.ts';
import type { Limits } from './limits.ts';

/** Who goes on after so many times the requests of a connection gets a bare 503 from Node for each. */
const DEAF_FACTOR = 2;

/** Node takes in all requests of a packet at once, and holds their answers however slowly they are read. */
export function hardRequestLimit({ MAX_REQUESTS_PER_CONNECTION }: Limits): number {
  return MAX_REQUESTS_PER_CONNECTION * DEAF_FACTOR;
}

/** Who opens lines, or does not read from theirs, holds memory of ours. */
export function boundConnections(
  app: FastifyInstance,
  { limits, registry }: { limits: Limits; registry: Registry },
): void {
  const { server } = app;
  const dropped = new Counter({
    name: 'logi_tcp_connections_dropped_total',
    help: 'Connections cut off at once because MAX_TCP_CONNECTIONS were open',
    registers: [registry],
  });
  server.maxConnections = limits.MAX_TCP_CONNECTIONS;
  server.on('drop', () => dropped.inc());
  server.on('checkExpectation', (request, response) => {
    const [error, id] = [new DomainError('expectation_failed'), requestIdOf(request.headers)];
    const head = { ...answerHeaders(id), 'content-type': 'application/json; charset=utf-8', connection: 'close' };
    response.writeHead(error.status, head).end(JSON.stringify(errorBody(error, id)));
  });
  const answers = new WeakMap<Socket, number>();
  app.addHook('onSend', async ({ raw }, reply) => {
    const count = (answers.get(raw.socket) ?? 0) + 1;
    answers.set(raw.socket, count);
    // With a body still on the way, closing would reset the line, and lose the answer: then the next one ends it.
    if (count >= limits.MAX_REQUESTS_PER_CONNECTION && raw.complete) reply.header('connection', 'close');
    raw.socket.setTimeout(limits.UNREAD_ANSWER_MS); // of silence; Node sets its own when the answer is through
  });
}
