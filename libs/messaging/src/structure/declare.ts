import type { Channel, Options } from 'amqplib';
import { type Placement, placementOf, type ReplicatedType } from './placement.ts';

/** Where it is declared, and how. */
export type Broker = { channel: Channel; placement: Placement; shards: number };

/**
 * For queues that keep messages until an operator decides. Each look at one in the RabbitMQ UI counts as a delivery, and
 * from RabbitMQ 4 on a queue without a limit of its own drops a message after 20.
 */
const KEPT_DELIVERY_LIMIT = 1_000_000;

export const KEEPING_QUEUE = {
  durable: true,
  arguments: { 'x-queue-type': 'quorum' as const, 'x-delivery-limit': KEPT_DELIVERY_LIMIT },
};

type QueueOptions = Options.AssertQueue & { arguments: { 'x-queue-type': ReplicatedType } };

export async function assertQueue({ channel, placement }: Broker, queue: string, options: QueueOptions): Promise<void> {
  const place = placementOf(queue, { type: options.arguments['x-queue-type'], placement });
  await channel.assertQueue(queue, { ...options, arguments: { ...options.arguments, ...place } });
}
