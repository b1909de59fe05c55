import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { authSettings, createTokenVerifier, type Identity } from '@logi/auth';
import { type Channel, connect } from 'amqplib';
import pg from 'pg';

/*
 * What most teams write first: node's http, pg, a commit and then a message for whoever cares, one consumer a process that
 * acknowledges when it is done. No outbox, no inbox, no order, no versions, no limits: whatever dies between a commit and
 * its message is never told. Tokens are verified as ours are, so that only the rest differs.
 */

const EXCHANGE = 'usual';
const PREFETCH = 10;
const POOL_SIZE = 10;

export const verify = createTokenVerifier(authSettings.parse(process.env));
export const db = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: POOL_SIZE });

export type Message = Record<string, unknown>;
// biome-ignore lint/suspicious/noExplicitAny: what came as JSON, believed as it is; that too is usual
export type Body = any;
export type Route = (identity: Identity, body: Body, path: string[]) => Promise<object>;

let publishing: Channel | undefined;

export function publish(type: string, message: Message): void {
  const body = Buffer.from(JSON.stringify({ event_id: randomUUID(), type, data: message }));
  publishing?.publish(EXCHANGE, type, body, { persistent: true, contentType: 'application/json' });
}

/** `queue` undefined: one of this process alone, for what it shows to those who are connected to it. */
export async function consume(
  queue: string | undefined,
  types: readonly string[],
  handle: (type: string, data: Body) => Promise<void>,
): Promise<void> {
  const connection = await connect(process.env['AMQP_URL'] ?? '', { noDelay: true });
  const channel = await connection.createChannel();
  await channel.assertExchange(EXCHANGE, 'topic', { durable: true });
  publishing ??= channel;
  const isOwn = queue === undefined;
  const { queue: name } = await channel.assertQueue(queue ?? '', { durable: !isOwn, exclusive: isOwn });
  for (const type of types) await channel.bindQueue(name, EXCHANGE, type);
  await channel.prefetch(PREFETCH);
  await channel.consume(name, async (message) => {
    if (!message) return;
    const { type, data } = JSON.parse(message.content.toString());
    await handle(type, data);
    channel.ack(message);
  });
}

export async function transact<Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
  const client = await db.connect();
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (err) {
    await client.query('rollback');
    throw err;
  } finally {
    client.release();
  }
}

/** Serves `METHOD /path`, where `:id` in the path is handed on. */
export function serve(port: string, routes: Record<string, { status: number; route: Route }>) {
  const server = createServer(async (request, response) => {
    if (request.url === '/readyz') return answer(response, 200, {});
    try {
      const { pathname } = new URL(request.url ?? '', 'http://x');
      const path = pathname.split('/').filter((part) => part !== '');
      const name = path.map((part, index) => (path[index - 1] === 'bookings' ? ':id' : part)).join('/');
      const found = routes[`${request.method} /${name}`];
      if (!found) return answer(response, 404, {});
      const identity = await verify(request.headers.authorization?.replace('Bearer ', '') ?? '');
      answer(response, found.status, await found.route(identity, await bodyOf(request), path));
    } catch (err) {
      answer(response, 500, { error: String(err) });
    }
  });
  server.listen(Number(port), '127.0.0.1');
  return server;
}

async function bodyOf(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString());
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
