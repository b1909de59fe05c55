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
  SHARDS,
  STATE_STREAMS,
  STREAM_EVENTS,
  STREAM_PROBE,
  type StateStream,
  SUBSCRIPTIONS,
  WATCH_STREAM,
  waitingRooms,
} from '@logi/contracts';
import { AMQP_NOT_FOUND, connectOnce } from '../session.ts';
import { assertQueue, type Broker, KEEPING_QUEUE } from './declare.ts';
import type { Placement } from './placement.ts';
import { declareDeadQueue, declareWorkQueues, findUnshardedQueues } from './work-queues.ts';

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

/** Each message counts for a minute at the most, and readers begin at the end. */
const WATCHES = { 'x-max-age': '5m', ...sizedInBytes({ stream: 20_000_000, segment: 1_000_000 }) };

/** How long a broker that has just started may answer "not found" for queues that are there. */
const RECOVERY_DEADLINE_MS = 30_000;
const RECOVERY_PAUSE_MS = 250;

/** Of all that is declared here. */
export function replicatedQueues(shards: number): string[] {
  return [
    EXCHANGES.unrouted,
    ...Object.values(STATE_STREAMS),
    WATCH_STREAM,
    ...Object.values(QUEUES).flatMap((queue) => [...waitingRooms(queue, shards), deadQueue(queue)]),
    ...Object.keys(SUBSCRIPTIONS).flatMap((queue) => RETRY_DELAYS.map(({ name }) => retryQueue(queue, name))),
  ];
}

export type Structure = { placement: Placement; shards: number };

/**
 * Declares every exchange, queue and binding. Safe to run again. A queue that exists with other arguments is refused by
 * the broker (406), and the error names it and the argument: delete or rename that queue by hand, then run it again. The
 * arguments that say where it lives are not compared: they are taken as they were `known`. Resolves with the queues that an
 * older version has left, which are to be emptied before their shards.
 */
export async function declareTopology(
  amqpUrl: string,
  { placement = { nodes: 1, known: new Map() }, shards = SHARDS.default }: Partial<Structure> = {},
): Promise<string[]> {
  for (const deadline = Date.now() + RECOVERY_DEADLINE_MS; ; await setTimeout(RECOVERY_PAUSE_MS)) {
    try {
      return await declareAll(amqpUrl, { placement, shards });
    } catch (err) {
      // After a restart its quorum queues and streams are away until their leaders are elected.
      const isRecovering = err instanceof Error && 'code' in err && err.code === AMQP_NOT_FOUND;
      if (!isRecovering || Date.now() > deadline) throw err;
    }
  }
}

async function declareAll(amqpUrl: string, structure: Structure): Promise<string[]> {
  const connection = await connectOnce(amqpUrl, { clientProperties: { connection_name: 'migrate' } });
  // A refusal that ends the connection fails what waits with no more than that, and here with its reason.
  let reason: Error | undefined;
  connection.on('error', (err: Error) => {
    reason ??= err;
  });
  try {
    const channel = await connection.createChannel();
    // A refused declaration closes the channel with an `error` event as well as rejecting the call that made it.
    channel.on('error', () => undefined);
    const broker = { channel, ...structure };
    await declareExchanges(broker);
    await declareStream(broker);
    await declareStateStreams(broker);
    await declareWorkQueues(broker, connection);
    return await findUnshardedQueues(connection);
  } catch (err) {
    throw reason ?? err;
  } finally {
    await connection.close().catch(() => undefined); // the outcome is already known
  }
}

async function declareExchanges(broker: Broker): Promise<void> {
  const { channel } = broker;
  await channel.assertExchange(EXCHANGES.unrouted, 'fanout', { durable: true });
  await assertQueue(broker, EXCHANGES.unrouted, KEEPING_QUEUE);
  await channel.bindQueue(EXCHANGES.unrouted, EXCHANGES.unrouted, '');
  for (const exchange of [EXCHANGES.bookingEvents, EXCHANGES.trackingEvents, EXCHANGES.auditEvents]) {
    await channel.assertExchange(exchange, 'topic', { durable: true, alternateExchange: EXCHANGES.unrouted });
  }
  await channel.assertExchange(EXCHANGES.trackingPositions, 'topic', { durable: true });
  await channel.assertExchange(EXCHANGES.trackingFleet, 'direct', { durable: true });
  await channel.assertExchange(EXCHANGES.trackingState, 'topic', { durable: true });
  await channel.assertExchange(EXCHANGES.bookingState, 'topic', { durable: true });
  await channel.assertExchange(EXCHANGES.gatewayCommands, 'fanout', { durable: true });
  for (const service of SERVICES)
    await channel.assertExchange(redeliveryExchange(service), 'direct', { durable: true });
}

async function declareStream(broker: Broker): Promise<void> {
  const { channel } = broker;
  const stream = QUEUES.gatewayNotifications;
  await assertQueue(broker, stream, {
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
  await declareDeadQueue(broker, 'gateway', stream);
}

async function declareStateStreams(broker: Broker): Promise<void> {
  const { channel } = broker;
  const { tripPositions, blocks } = STATE_STREAMS;
  await declareStateStream(broker, tripPositions, TRIP_POSITIONS);
  await channel.bindQueue(tripPositions, EXCHANGES.trackingState, '#');
  await channel.bindQueue(tripPositions, EXCHANGES.trackingPositions, '#');
  await declareStateStream(broker, blocks, BLOCKS);
  await channel.bindQueue(blocks, EXCHANGES.bookingState, '#');
  await channel.bindQueue(blocks, redeliveryExchange('operations'), blocks);
  await declareStateStream(broker, WATCH_STREAM, WATCHES);
}

async function declareStateStream(
  broker: Broker,
  stream: StateStream | typeof WATCH_STREAM,
  limits: object,
): Promise<void> {
  await assertQueue(broker, stream, { durable: true, arguments: { 'x-queue-type': 'stream', ...limits } });
  await broker.channel.bindQueue(stream, redeliveryExchange('gateway'), stream);
}

function sizedInBytes({ stream, segment }: { stream: number; segment: number }) {
  return { 'x-max-length-bytes': stream, 'x-stream-max-segment-size-bytes': segment };
}
