import type { ConsumeMessage } from 'amqplib';
import type { Session } from './session.ts';

/** Deliveries in flight before the broker waits for the acks that give it new credit. */
const FEED_PREFETCH = 1_000;
/** One ack for many: each is a write, and as good as a delivery costs. The broker must not run out of credit meanwhile. */
const ACK_AT_ONCE = 250;
const ACK_WITHIN_MS = 20;

export type StreamMessage = {
  offset: number;
  routingKey: string;
  messageId: string | undefined;
  /** When it was published, in milliseconds since 1970, as far as its publisher says. */
  publishedAt: number | undefined;
  body: Buffer;
};

/** An offset, what comes next, or the first message not older than a time (the broker rounds down to its chunk). */
export type StreamPlace = number | 'next' | { since: Date };

/**
 * Tails a stream from an offset, in order. The ack is only credit: a stream forgets nothing, and the reader keeps its
 * own place. `onMessage` must not throw and must not wait.
 */
export async function tailStream(
  session: Session,
  options: { stream: string; from: StreamPlace; onMessage: (message: StreamMessage) => void },
): Promise<void> {
  const { stream, from, onMessage } = options;
  await consumeFast(session, {
    queue: stream,
    arguments: { 'x-stream-offset': typeof from === 'object' ? toTimestamp(from.since) : from },
    onMessage: (message) => {
      const offset: unknown = message.properties.headers?.['x-stream-offset'];
      const messageId: unknown = message.properties.messageId;
      const timestamp: unknown = message.properties.timestamp;
      onMessage({
        offset: Number(offset),
        routingKey: message.fields.routingKey,
        messageId: typeof messageId === 'string' ? messageId : undefined,
        publishedAt: typeof timestamp === 'number' ? timestamp * 1000 : undefined,
        body: message.content,
      });
    },
  });
}

/** AMQP has a type of its own for times, in seconds; amqplib writes it for values tagged like this. */
function toTimestamp(date: Date) {
  return { '!': 'timestamp', value: Math.floor(date.getTime() / 1000) };
}

/**
 * Everything published to an exchange from now on, or what is by one routing key, by an exclusive queue that keeps only
 * what is fresh: when the reader falls behind, the oldest goes first. The queue goes with the connection.
 */
export async function consumeLatest(
  session: Session,
  options: {
    exchange: string;
    routingKey?: string;
    maxMessages: number;
    ttlMs: number;
    onMessage: (body: Buffer) => void;
  },
): Promise<void> {
  const { exchange, routingKey = '#', maxMessages, ttlMs, onMessage } = options;
  const channel = await session.channel();
  // Named by the broker: declaring a name again right after a reconnect can meet the old queue on its way out.
  const { queue } = await channel.assertQueue('', {
    exclusive: true,
    durable: false,
    autoDelete: true,
    messageTtl: ttlMs,
    maxLength: maxMessages,
    overflow: 'drop-head',
  });
  await channel.bindQueue(queue, exchange, routingKey);
  await consumeFast(session, { queue, arguments: {}, onMessage: (message) => onMessage(message.content) });
}

async function consumeFast(
  session: Session,
  options: { queue: string; arguments: object; onMessage: (message: ConsumeMessage) => void },
): Promise<void> {
  const channel = await session.channel();
  await channel.prefetch(FEED_PREFETCH);
  let unacked: ConsumeMessage | undefined;
  let count = 0;
  const ackAll = () => {
    if (unacked && !session.ended.aborted) channel.ack(unacked, true);
    unacked = undefined;
    count = 0;
  };
  const onMessage = (message: ConsumeMessage | null) => {
    if (message === null) return session.fail(new Error(`consumer of ${options.queue} cancelled by the broker`));
    options.onMessage(message);
    if (!unacked) setTimeout(ackAll, ACK_WITHIN_MS);
    unacked = message;
    count += 1;
    if (count >= ACK_AT_ONCE) ackAll();
  };
  await channel.consume(options.queue, onMessage, { arguments: options.arguments });
}
