import { createServer } from 'node:http';
import { authSettings, createTokenVerifier } from '@logi/auth';
import { connect } from 'amqplib';
import { Server } from 'socket.io';
import { BENCH_QUEUE, LISTENING, messagesOf, PLAIN_PREFETCH } from './peer-settings.ts';

/* Socket.IO 4 as a process of its own: one room a user, WebSocket only, fed from RabbitMQ like the plain loop. */
const verify = createTokenVerifier(authSettings.parse(process.env));
const server = createServer();
const io = new Server(server, { transports: ['websocket'], perMessageDeflate: false, serveClient: false });

io.use((socket, next) => {
  verify(String(socket.handshake.query['token'])).then(
    ({ principal }) => {
      void socket.join(principal.id);
      next();
    },
    (err: Error) => next(err),
  );
});

const connection = await connect(process.env['AMQP_URL'] ?? '');
const channel = await connection.createChannel();
await channel.prefetch(PLAIN_PREFETCH);
await channel.consume(BENCH_QUEUE, (message) => {
  if (!message) return;
  for (const { userId, envelope } of messagesOf(JSON.parse(message.content.toString()))) {
    io.to(userId).emit(envelope.type, envelope);
  }
  channel.ack(message);
});
server.listen(Number(process.env['GATEWAY_PORT']), '127.0.0.1', () => process.stdout.write(`${LISTENING}\n`));
