import { setTimeout } from 'node:timers/promises';
import {
  deadQueue,
  EVENTS,
  EXCHANGES,
  QUEUES,
  RETRY_DELAYS,
  redeliveryExchange,
  retryQueue,
  SERVICES,
  type ServiceName,
  STATE_STREAMS,
  STREAM_EVENTS,
  STREAM_PROBE,
  type StateStream,
  SUBSCRIPTIONS,
} from '@logi/contracts';
import { type Channel, connect } from 'amqplib';
import { AMQP_NOT_FOUND } from './session.ts';

/** A poison message that kills its consumer each time is put in the dead queue after so many deliveries. */
const DELIVERY_LIMIT = 20;
/**
 * For queues that keep messages until an operator decides. Each look at one in the RabbitMQ UI counts as a delivery, and
 * from RabbitMQ 4 on a queue without a limit of its own drops a message after 20.
 */
const KEPT_DELIVERY_LIMIT = 1_000_000;
/**
 * How far back the notifications reach, and the trips' positions; a gateway that starts, or a client that resumes, finds the
 * last half hour. The broker drops whole segments only, and never the one it writes to.
 */
export const STREAM_MINUTES = { notifications: 30, tripPositions: 5 } as const;
const STREAM_MAX_BYTES = 1_000_000_000;
const STREAM_SEGMENT_BYTES = 50_000_000;

/** A reader begins half a minute back. */
const TRIP_POSITIONS = {
  'x-max-age': `${STREAM_MINUTES.tripPositions}m`,
  ...sizedInBytes({ stream: 500_000_000, segment: 20_000_000 }),
};
/** Read from its first message on: whatever its age, the last whole snapshot is there. It takes 20 MB at the most. */
const BLOCKS = sizedInBytes({ stream: 64_000_000, segment: 4_000_000 });

const KEEPING_QUEUE = {
  durable: true,
  arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': KEPT_DELIVERY_LIMIT },
};

/** How long a broker that has just started may answer "not found" for queues that are there. */
const RECOVERY_DEADLINE_MS = 30_000;
const RECOVERY_PAUSE_MS = 250;

/**
 * Declares every exchange, queue and binding. Safe to run again. A queue that exists with other arguments is refused by
 * the broker (406), and the error names it and the argument: delete or rename that queue by hand, then run it again.
 */
export async function declareTopology(amqpUrl: string): Promise<void> {
  for (const deadline = Date.now() + RECOVERY_DEADLINE_MS; ; await setTimeout(RECOVERY_PAUSE_MS)) {
    try {
      await declareAll(amqpUrl);
      return;
    } catch (err) {
      // After a restart its quorum queues and streams are away until their leaders are elected.
      const isRecovering = err instanceof Error && 'code' in err && err.code === AMQP_NOT_FOUND;
      if (!isRecovering || Date.now() > deadline) throw err;
    }
  }
}

async function declareAll(amqpUrl: string): Promise<void> {
  const connection = await connect(amqpUrl, { noDelay: true, clientProperties: { connection_name: 'migrate' } });
  // A refused declaration closes the channel with an `error` event as well as rejecting the call that made it.
  connection.on('error', () => undefined);
  try {
    const channel = await connection.createChannel();
    channel.on('error', () => undefined);
    await declareExchanges(channel);
    await declareStream(channel);
    await declareStateStreams(channel);
    for (const [queue, { service, events }] of Object.entries(SUBSCRIPTIONS)) {
      await declareWorkQueue(channel, service, queue);
      for (const type of events) await channel.bindQueue(queue, EVENTS[type].exchange, type);
    }
  } finally {
    await connection.close().catch(() => undefined); // the outcome is already known
  }
}

async function declareExchanges(channel: Channel): Promise<void> {
  await channel.assertExchange(EXCHANGES.unrouted, 'fanout', { durable: true });
  await channel.assertQueue(EXCHANGES.unrouted, KEEPING_QUEUE);
  await channel.bindQueue(EXCHANGES.unrouted, EXCHANGES.unrouted, '');
  for (const exchange of [EXCHANGES.bookingEvents, EXCHANGES.trackingEvents, EXCHANGES.auditEvents]) {
    await channel.assertExchange(exchange, 'topic', { durable: true, alternateExchange: EXCHANGES.unrouted });
  }
  await channel.assertExchange(EXCHANGES.trackingPositions, 'topic', { durable: true });
  await channel.assertExchange(EXCHANGES.trackingState, 'topic', { durable: true });
  await channel.assertExchange(EXCHANGES.bookingState, 'topic', { durable: true });
  await channel.assertExchange(EXCHANGES.gatewayCommands, 'fanout', { durable: true });
  for (const service of SERVICES)
    await channel.assertExchange(redeliveryExchange(service), 'direct', { durable: true });
}

async function declareStream(channel: Channel): Promise<void> {
  const stream = QUEUES.gatewayNotifications;
  await channel.assertQueue(stream, {
    durable: true,
    arguments: {
      'x-queue-type': 'stream',
      'x-max-age': `${STREAM_MINUTES.notifications}m`,
      'x-max-length-bytes': STREAM_MAX_BYTES,
      'x-stream-max-segment-size-bytes': STREAM_SEGMENT_BYTES,
    },
  });
  for (const type of STREAM_EVENTS) await channel.bindQueue(stream, EVENTS[type].exchange, type);
  await channel.bindQueue(stream, redeliveryExchange('gateway'), STREAM_PROBE);
  await declareDeadQueue(channel, 'gateway', stream);
}

async function declareStateStreams(channel: Channel): Promise<void> {
  const { tripPositions, blocks } = STATE_STREAMS;
  await declareStateStream(channel, tripPositions, TRIP_POSITIONS);
  await channel.bindQueue(tripPositions, EXCHANGES.trackingState, '#');
  await channel.bindQueue(tripPositions, EXCHANGES.trackingPositions, '#');
  await declareStateStream(channel, blocks, BLOCKS);
  await channel.bindQueue(blocks, EXCHANGES.bookingState, '#');
  await channel.bindQueue(blocks, redeliveryExchange('operations'), blocks);
}

async function declareStateStream(channel: Channel, stream: StateStream, limits: object): Promise<void> {
  await channel.assertQueue(stream, { durable: true, arguments: { 'x-queue-type': 'stream', ...limits } });
  await channel.bindQueue(stream, redeliveryExchange('gateway'), stream);
}

function sizedInBytes({ stream, segment }: { stream: number; segment: number }) {
  return { 'x-max-length-bytes': stream, 'x-stream-max-segment-size-bytes': segment };
}

async function declareWorkQueue(channel: Channel, service: ServiceName, queue: string): Promise<void> {
  const redelivery = redeliveryExchange(service);
  await channel.assertQueue(queue, {
    durable: true,
    deadLetterExchange: redelivery,
    deadLetterRoutingKey: deadQueue(queue),
    overflow: 'reject-publish', // what at-least-once dead-lettering asks for
    arguments: {
      'x-queue-type': 'quorum',
      'x-single-active-consumer': true,
      // Without a limit a quorum queue puts a requeued message at its end, and order is lost.
      'x-delivery-limit': DELIVERY_LIMIT,
      'x-dead-letter-strategy': 'at-least-once',
    },
  });
  await channel.bindQueue(queue, redelivery, queue);
  for (const { name, delayMs } of RETRY_DELAYS) {
    await channel.assertQueue(retryQueue(queue, name), {
      durable: true,
      messageTtl: delayMs,
      deadLetterExchange: redelivery,
      deadLetterRoutingKey: queue,
      overflow: 'reject-publish',
      arguments: { 'x-queue-type': 'quorum', 'x-dead-letter-strategy': 'at-least-once' },
    });
    await channel.bindQueue(retryQueue(queue, name), redelivery, retryQueue(queue, name));
  }
  await declareDeadQueue(channel, service, queue);
}

async function declareDeadQueue(channel: Channel, service: ServiceName, queue: string): Promise<void> {
  await channel.assertQueue(deadQueue(queue), KEEPING_QUEUE);
  await channel.bindQueue(deadQueue(queue), redeliveryExchange(service), deadQueue(queue));
}
