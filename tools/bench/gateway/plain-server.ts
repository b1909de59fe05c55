import { createServer } from 'node:http';
import { authSettings, createTokenVerifier } from '@logi/auth';
import { connect } from 'amqplib';
import { type WebSocket, WebSocketServer } from 'ws';
import { BENCH_QUEUE, LISTENING, messagesOf, PLAIN_PREFETCH } from './peer-settings.ts';

/*
 * What most teams write first, as a process of its own: take a message, parse it, look up the sockets, send, acknowledge.
 * Tokens are verified as ours are, so that only the rest differs.
 */
const verify = createTokenVerifier(authSettings.parse(process.env));
const people = new Map<string, Set<WebSocket>>();
const server = createServer();
const wss = new WebSocketServer({ noServer: true, perMessageDeflate: false });

server.on('upgrade', async (request, socket, head) => {
  const token = new URL(request.url ?? '', 'ws://x').searchParams.get('token') ?? '';
  const { principal } = await verify(token);
  wss.handleUpgrade(request, socket, head, (ws) => {
    const sockets = people.get(principal.id) ?? new Set();
    people.set(principal.id, sockets.add(ws));
    let isAlive = true;
    ws.on('pong', () => {
      isAlive = true;
    });
    const heartbeat = setInterval(() => {
      if (!isAlive) ws.terminate();
      isAlive = false;
      ws.ping();
    }, 30_000);
    ws.on('close', () => {
      clearInterval(heartbeat);
      sockets.delete(ws);
    });
  });
});

const connection = await connect(process.env['AMQP_URL'] ?? '');
const channel = await connection.createChannel();
await channel.prefetch(PLAIN_PREFETCH);
await channel.consume(BENCH_QUEUE, (message) => {
  if (!message) return;
  for (const { userId, envelope } of messagesOf(JSON.parse(message.content.toString()))) {
    for (const ws of people.get(userId) ?? []) ws.send(JSON.stringify(envelope));
  }
  channel.ack(message);
});
server.listen(Number(process.env['GATEWAY_PORT']), '127.0.0.1', () => process.stdout.write(`${LISTENING}\n`));
