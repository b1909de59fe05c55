import {
  deadQueue,
  EVENTS,
  RETRY_DELAYS,
  redeliveryExchange,
  retryQueue,
  type ServiceName,
  SHARD_KEY_HEADER,
  SHARDED_QUEUES,
  SUBSCRIPTIONS,
  waitingRooms,
} from '@logi/contracts';
import type { ChannelModel } from 'amqplib';
import { AMQP_NOT_FOUND } from '../session.ts';
import { assertQueue, type Broker, KEEPING_QUEUE } from './declare.ts';

/*
 * A work queue in order has one active consumer, and no second instance relieves it. So those that carry much are spread:
 *
 *   events ──(type)──▶ exchange of the queue's name ──(hash of x-shard-key)──▶ queue.0, queue.1, … queue.7
 *                       ▲                                                       each with one active consumer
 *   retry queues ───────┘ after their delay
 *
 * Without the plug-in rabbitmq_consistent_hash_exchange all goes to the first shard, and one instance at a time works.
 * What is put aside is of the queue, not of a shard: operators find it under the name that it always had.
 */

/** A poison message that kills its consumer each time is put in the dead queue after so many deliveries. */
const DELIVERY_LIMIT = 20;

/** COMMAND_INVALID: a type that is unknown. PRECONDITION_FAILED: it is there, of another type. */
const NO_SUCH_EXCHANGE: ReadonlySet<unknown> = new Set([503, 406]);

const isSharded = (queue: string) => SHARDED_QUEUES.some((sharded) => sharded === queue);

export async function declareWorkQueues(broker: Broker, connection: ChannelModel): Promise<void> {
  for (const [queue, { service, events }] of Object.entries(SUBSCRIPTIONS)) {
    const { channel } = broker;
    await declareDeadQueue(broker, service, queue);
    await declareRetryQueues(broker, service, queue);
    const rooms = waitingRooms(queue, broker.shards);
    for (const room of rooms) await declareRoom(broker, service, { queue, room });
    const sources = [
      { exchange: redeliveryExchange(service), key: queue as string },
      ...events.map((type) => ({ exchange: EVENTS[type].exchange as string, key: type as string })),
    ];
    if (isSharded(queue)) {
      await bindShards(broker, queue, rooms);
      for (const { exchange, key } of sources) await channel.bindExchange(queue, exchange, key);
      if (await hasQueue(connection, queue))
        for (const { exchange, key } of sources) await channel.unbindQueue(queue, exchange, key);
    } else {
      for (const { exchange, key } of sources) await channel.bindQueue(queue, exchange, key);
    }
  }
}

async function bindShards({ channel, knowsHash }: Broker, queue: string, rooms: readonly string[]): Promise<void> {
  if (knowsHash) {
    for (const room of rooms) await channel.bindQueue(room, queue, '1'); // its weight: the same for all
  } else {
    await channel.assertExchange(queue, 'fanout', { durable: true });
    for (const room of rooms.slice(0, 1)) await channel.bindQueue(room, queue, '');
  }
}

/**
 * Whether events can be spread: the broker has the plug-in, and had it when these exchanges were made. Asked by a connection
 * of its own, which an unknown type ends.
 */
export async function declareHashExchanges(connection: ChannelModel): Promise<boolean> {
  let reason: unknown;
  connection.on('error', (err: unknown) => {
    reason ??= err;
  });
  try {
    const channel = await connection.createChannel();
    channel.on('error', () => undefined);
    for (const queue of SHARDED_QUEUES)
      await channel.assertExchange(queue, 'x-consistent-hash', {
        durable: true,
        arguments: { 'hash-header': SHARD_KEY_HEADER },
      });
    return true;
  } catch (err) {
    const cause = reason ?? err;
    if (cause instanceof Error && 'code' in cause && NO_SUCH_EXCHANGE.has(cause.code)) return false;
    throw cause;
  } finally {
    await connection.close().catch(() => undefined); // the outcome is already known
  }
}

/**
 * Those of the sharded queues that an older version has left: nothing new comes into them, and what is in them is older
 * than all that is in the shards.
 */
export async function findUnshardedQueues(connection: ChannelModel): Promise<string[]> {
  const found: string[] = [];
  for (const queue of SHARDED_QUEUES) if (await hasQueue(connection, queue)) found.push(queue);
  return found;
}

async function hasQueue(connection: ChannelModel, queue: string): Promise<boolean> {
  const channel = await connection.createChannel(); // a "not found" closes it, and it alone
  channel.on('error', () => undefined);
  try {
    await channel.checkQueue(queue);
    await channel.close();
    return true;
  } catch (err) {
    if (err instanceof Error && 'code' in err && err.code === AMQP_NOT_FOUND) return false;
    throw err;
  }
}

async function declareRoom(
  broker: Broker,
  service: ServiceName,
  { queue, room }: { queue: string; room: string },
): Promise<void> {
  await assertQueue(broker, room, {
    durable: true,
    deadLetterExchange: redeliveryExchange(service),
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
}

async function declareRetryQueues(broker: Broker, service: ServiceName, queue: string): Promise<void> {
  const redelivery = redeliveryExchange(service);
  for (const { name, delayMs } of RETRY_DELAYS) {
    await assertQueue(broker, retryQueue(queue, name), {
      durable: true,
      messageTtl: delayMs,
      deadLetterExchange: redelivery,
      deadLetterRoutingKey: queue,
      overflow: 'reject-publish',
      arguments: { 'x-queue-type': 'quorum', 'x-dead-letter-strategy': 'at-least-once' },
    });
    await broker.channel.bindQueue(retryQueue(queue, name), redelivery, retryQueue(queue, name));
  }
}

export async function declareDeadQueue(broker: Broker, service: ServiceName, queue: string): Promise<void> {
  await assertQueue(broker, deadQueue(queue), KEEPING_QUEUE);
  await broker.channel.bindQueue(deadQueue(queue), redeliveryExchange(service), deadQueue(queue));
}
