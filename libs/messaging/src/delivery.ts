import { randomUUID } from 'node:crypto';
import type { ConsumeMessage } from 'amqplib';

/** A message as the broker delivers it, and where it came from at first, however often it was put aside since. */
export type Delivery = { messageId: string; routingKey: string; body: Buffer; headers: Record<string, unknown> };

/** The attempt number travels with the message, so more instances do not mean more attempts. */
export const ATTEMPT_HEADER = 'x-attempt';
export const REASON_HEADER = 'x-reason';
export const FIRST_KEY_HEADER = 'x-first-routing-key';
const DELIVERY_COUNT_HEADER = 'x-delivery-count'; // the broker's

export function toDelivery(message: ConsumeMessage): Delivery {
  const headers: Record<string, unknown> = message.properties.headers ?? {};
  const firstKey = headers[FIRST_KEY_HEADER];
  const messageId: unknown = message.properties.messageId;
  return {
    messageId: typeof messageId === 'string' && messageId !== '' ? messageId : randomUUID(),
    // A message back from a retry queue carries that queue's routing key.
    routingKey: typeof firstKey === 'string' ? firstKey : message.fields.routingKey,
    body: message.content,
    headers,
  };
}

/** 1 where the message does not say. */
export function attemptOf({ headers }: Pick<Delivery, 'headers'>): number {
  const attempt = headers[ATTEMPT_HEADER];
  return typeof attempt === 'number' && Number.isInteger(attempt) && attempt >= 1 ? attempt : 1;
}

/** How often it was delivered before without an end, because its consumer died or lost its connection. */
export function endlessDeliveries({ headers }: Delivery): number {
  return Number(headers[DELIVERY_COUNT_HEADER] ?? 0);
}
