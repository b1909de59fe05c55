import { randomUUID } from 'node:crypto';
import { EVENTS, type EventData, type EventType } from '@logi/contracts';
import type { Tx } from '@logi/persistence';
import type { EventTables } from './tables.ts';
import { currentTraceparent } from './trace.ts';

export type NewEvent<Type extends EventType> = {
  type: Type;
  aggregateId: string;
  version: number;
  data: EventData<Type>;
  /** Events of one key are published in the order they were appended. The aggregate's id if left out. */
  orderingKey?: string;
  occurredAt?: Date;
};

/**
 * Writes an event in the transaction of the change it tells of: both happen or neither does. The caller holds the row
 * lock of the aggregate, so for one aggregate the order of ids is the order of versions and of commits.
 */
export async function appendEvent<Type extends EventType, Tables extends EventTables>(
  tx: Tx<Tables>,
  event: NewEvent<Type>,
): Promise<void> {
  const { type, aggregateId, version, data, orderingKey = aggregateId, occurredAt = new Date() } = event;
  const traceparent = currentTraceparent();
  const eventId = randomUUID();
  const body = JSON.stringify({
    event_id: eventId,
    type,
    aggregate_id: aggregateId,
    version,
    occurred_at: occurredAt.toISOString(),
    ...(traceparent && { traceparent }),
    data: EVENTS[type].data.parse(data),
  });
  // A Tx<Tables> is a Tx<EventTables> for these two tables; TypeScript cannot see it through the generic.
  await (tx as unknown as Tx<EventTables>)
    .insertInto('outbox')
    .values({ eventId, type, aggregateId, version, occurredAt, orderingKey, body })
    .execute();
}
