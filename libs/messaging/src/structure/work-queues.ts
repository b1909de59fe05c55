import {
  deadQueue,
  EVENTS,
  RETRY_DELAYS,
  redeliveryExchange,
  retryQueue,
  type ServiceName,
  SHARD_HEADER,
  SHARDED_QUEUES,
  SUBSCRIPTIONS,
  shardExchange,
  shardlessExchange,
  shardQueue,
  waitingRooms,
} from '@logi/contracts';
import type { ChannelModel } from 'amqplib';
import { AMQP_NOT_FOUND } from '../session.ts';
import { assertQueue, type Broker, KEEPING_QUEUE } from './declare.ts';

/*
 * A work queue in order has one active consumer, and no second instance relieves it. So those that carry much are spread:
 *
 *   events ──(type)──▶ exchange queue.shards ──(header shard)──▶ queue.0, queue.1, … queue.7
 *                       ▲                                          each with one active consumer
 *   retry queues ───────┘ after their delay
 *
 * The naive way is the broker's own exchange for it, `x-consistent-hash`. It gives its buckets out anew with each start of
 * the broker, in the order in which its workers find the bindings, so that a driver's next event comes into another shard
 * while the one before it still waits in the old one. Ours has the publisher say the shard. A message that says none is not
 * ours, and comes into the first.
 *
 * What is put aside is of the queue, not of a shard: operators find it under the name that it always had.
 */

/** A poison message that kills its consumer each time is put in the dead queue after so many deliveries. */
const DELIVERY_LIMIT = 20;

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
      await declareShardExchange(broker, queue, rooms);
      for (const { exchange, key } of sources) await channel.bindExchange(shardExchange(queue), exchange, key);
      if (await hasQueue(connection, queue))
        for (const { exchange, key } of sources) await channel.unbindQueue(queue, exchange, key);
    } else {
      for (const { exchange, key } of sources) await channel.bindQueue(queue, exchange, key);
    }
  }
}

async function declareShardExchange({ channel }: Broker, queue: string, rooms: readonly string[]): Promise<void> {
  const exchange = shardExchange(queue);
  const others = shardlessExchange(queue);
  await channel.assertExchange(others, 'fanout', { durable: true });
  await channel.bindQueue(shardQueue(queue, 0), others, '');
  await channel.assertExchange(exchange, 'headers', { durable: true, alternateExchange: others });
  for (const [shard, room] of rooms.entries())
    await channel.bindQueue(room, exchange, '', { 'x-match': 'all', [SHARD_HEADER]: String(shard) });
  await channel.deleteExchange(queue); // the broker's hash, for a while before this
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
