import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { deadQueue } from '@logi/contracts';
import type { ChannelModel, ConsumeMessage } from 'amqplib';
import { attemptOf, FIRST_KEY_HEADER, REASON_HEADER } from './delivery.ts';
import { connectOnce } from './session.ts';

export type DeadLetter = {
  /** Where it would be handled; the dead queue's name is made of it. */
  queue: string;
  messageId: string;
  type: string;
  reason: string;
  attempt: number;
  diedAt: Date;
  headers: Record<string, unknown>;
  body: Buffer;
};

/** In memory, and out of the queue without an acknowledgement, at one time. */
const MAX_BATCH_MESSAGES = 100;
/** What does not come for so long, somebody else has received. */
const IDLE_MS = 2_000;
const POLL_MS = 5;

/**
 * Empties dead queues, as far as they are filled now. Each batch goes to `keep`, in the queue's order, and is
 * acknowledged after that: in between a letter is in two places, never in none.
 *
 * A dead queue cannot be looked through in place. What a consumer hands back one by one goes to the end of a quorum
 * queue, and from RabbitMQ 4 on a message that was handed back 20 times is dropped: looking would lose it.
 */
export async function emptyDeadQueues(options: {
  url: string;
  queues: readonly string[];
  keep: (letters: DeadLetter[]) => Promise<void>;
}): Promise<void> {
  const { url, queues, keep } = options;
  const connection = await connectOnce(url, { clientProperties: { connection_name: 'dead letters' } });
  try {
    for (const queue of queues) await emptyDeadQueue(connection, queue, keep);
  } finally {
    // The broker requeues, in order, what was not acknowledged.
    await connection.close().catch(() => undefined);
  }
}

async function emptyDeadQueue(
  connection: ChannelModel,
  queue: string,
  keep: (letters: DeadLetter[]) => Promise<void>,
): Promise<void> {
  const channel = await connection.createChannel();
  channel.on('error', () => undefined);
  // Not until it is empty: a fault that goes on could fill it as fast as this empties it.
  let { messageCount: left } = await channel.checkQueue(deadQueue(queue));
  const received: ConsumeMessage[] = [];
  await channel.prefetch(MAX_BATCH_MESSAGES);
  // Not `get`: each message is then acknowledged by itself, and the broker forgets what waits behind the 32nd
  // acknowledgement when the channel closes. Here one acknowledgement stands for the batch.
  if (left > 0) await channel.consume(deadQueue(queue), (message) => message && received.push(message));
  while (left > 0) {
    await enough(received, Math.min(left, MAX_BATCH_MESSAGES));
    const batch = received.splice(0);
    const last = batch.at(-1);
    if (!last) break; // somebody else received the rest
    await keep(batch.map((message) => toDeadLetter(queue, message)));
    channel.ack(last, true);
    left -= batch.length;
  }
  await channel.close(); // after the broker has the acknowledgements; fails if it has them not
}

/** Resolves when so many have come, or when no more come. */
async function enough(received: readonly unknown[], count: number): Promise<void> {
  let [seen, idleSince] = [received.length, Date.now()];
  while (received.length < count && Date.now() - idleSince < IDLE_MS) {
    await setTimeout(POLL_MS);
    if (received.length > seen) [seen, idleSince] = [received.length, Date.now()];
  }
}

function toDeadLetter(queue: string, { properties, content: body }: ConsumeMessage): DeadLetter {
  const headers: Record<string, unknown> = properties.headers ?? {};
  const [death] = deathsIn(headers);
  const messageId: unknown = properties.messageId;
  return {
    queue,
    messageId: text(messageId) ?? `sha256-${createHash('sha256').update(body).digest('hex')}`,
    type: text(headers[FIRST_KEY_HEADER]) ?? text(properties.type) ?? death?.routingKey ?? 'unknown',
    reason: text(headers[REASON_HEADER]) ?? `the broker put it aside: ${death?.reason ?? 'no reason given'}`,
    attempt: attemptOf({ headers }),
    diedAt: death?.at ?? toDate(properties.timestamp) ?? new Date(),
    headers,
    body,
  };
}

/** What the broker says when it gave up on a message itself, as after too many deliveries. */
function deathsIn(
  headers: Record<string, unknown>,
): { reason: string; routingKey: string | undefined; at: Date | undefined }[] {
  const deaths = headers['x-death'];
  if (headers[REASON_HEADER] !== undefined || !Array.isArray(deaths)) return [];
  return deaths.map((death) => ({
    reason: String(death?.reason),
    routingKey: text(death?.['routing-keys']?.[0]),
    at: toDate(death?.time?.value),
  }));
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** AMQP counts seconds. */
function toDate(value: unknown): Date | undefined {
  const date = typeof value === 'number' ? new Date(value * 1000) : undefined;
  return date && Number.isFinite(date.getTime()) ? date : undefined;
}
