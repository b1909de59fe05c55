import { randomUUID } from 'node:crypto';
import { EVENTS, type EventData, type EventType, shardKeyOf } from '@logi/contracts';
import { type Database, type Tx, transact, WITH_NEXT } from '@logi/persistence';
import { CompiledQuery, sql } from 'kysely';
import type { EventTables } from './tables.ts';
import { currentTraceparent } from './trace.ts';

/*
 * Events that are told if and only if the change is committed.
 *
 * The naive way changes the row, commits, and publishes. When the process dies or the broker is away after the commit, the
 * change is never told; publishing first tells of changes that are then rolled back. No order of two systems is safe. So
 * the event is a row of the same transaction, and the relay (relay.ts) publishes rows, as often as it has to.
 */

export type NewEvent<Type extends EventType> = {
  type: Type;
  aggregateId: string;
  version: number;
  data: EventData<Type>;
  /** Events of one key are published in the order they were appended. The aggregate's id if left out. */
  orderingKey?: string;
  occurredAt?: Date;
};

const COLUMNS = [
  'event_id',
  'type',
  'aggregate_id',
  'version',
  'occurred_at',
  'ordering_key',
  'shard_key',
  'body',
] as const;
type NewRow = Readonly<Record<(typeof COLUMNS)[number], unknown>>;

/** Who is to know, of each database, that events were committed to it. */
const whenAppended = new WeakMap<object, () => void>();

/** Has `tell` called after each commit that appended events to this database, so that they need not wait for a poll. */
export function onAppended<Tables>(db: Database<Tables>, tell: () => void): void {
  whenAppended.set(db, tell);
}

/** What each open transaction has to tell so far. */
const appended = new WeakMap<object, NewRow[]>();

/**
 * Runs `work` in one transaction that ends with the events it appended: all of it happens or nothing does. The events
 * are written together, since each statement is a trip to the database while the rows are locked.
 */
export async function transactWithEvents<Tables extends EventTables, Result>(
  db: Database<Tables>,
  work: (tx: Tx<Tables>) => Promise<Result>,
): Promise<Result> {
  let hasEvents = false;
  const result = await transact(db, async (tx) => {
    const rows: NewRow[] = [];
    appended.set(tx, rows);
    const done = await work(tx);
    hasEvents = rows.length > 0;
    if (hasEvents) await insertEvents(tx, rows);
    return done;
  });
  if (hasEvents) whenAppended.get(db)?.();
  return result;
}

/** As text by hand, once for each number of rows: for every change there is, the longest statement to make. */
async function insertEvents<Tables>(tx: Tx<Tables>, rows: readonly NewRow[]): Promise<void> {
  const values = rows.flatMap((row) => COLUMNS.map((column) => row[column]));
  await tx.executeQuery(CompiledQuery.raw(insertText(rows.length), values));
}

function insertText(count: number): string {
  const known = insertTexts.get(count);
  if (known !== undefined) return known;
  const row = (_: unknown, index: number) =>
    `(${COLUMNS.map((__, column) => `$${index * COLUMNS.length + column + 1}`).join(', ')})`;
  const text = `${WITH_NEXT}insert into outbox (${COLUMNS.join(', ')}) values ${Array.from({ length: count }, row).join(', ')}`;
  insertTexts.set(count, text);
  return text;
}

const insertTexts = new Map<number, string>();

/**
 * Adds an event to the transaction of the change it tells of, which `transactWithEvents` has begun. The caller holds the
 * row lock of the aggregate, so for one aggregate the order of ids is the order of versions and of commits.
 */
export function appendEvent<Type extends EventType, Tables>(tx: Tx<Tables>, event: NewEvent<Type>): void {
  const rows = appended.get(tx);
  if (!rows) throw new Error(`${event.type} is appended to a transaction that carries no events`);
  const { type, aggregateId, version, data, orderingKey = aggregateId, occurredAt = new Date() } = event;
  const traceparent = currentTraceparent();
  const eventId = randomUUID();
  const parsed = EVENTS[type].data.parse(data);
  const shardKey = shardKeyOf({ aggregate_id: aggregateId, data: parsed });
  const body = JSON.stringify({
    event_id: eventId,
    type,
    aggregate_id: aggregateId,
    version,
    occurred_at: occurredAt.toISOString(),
    ...(traceparent && { traceparent }),
    data: parsed,
  });
  rows.push({
    event_id: eventId,
    type,
    aggregate_id: aggregateId,
    version,
    occurred_at: occurredAt,
    ordering_key: orderingKey,
    shard_key: shardKey,
    body,
  });
}

/** Whether an event that was appended earlier still waits for the broker. */
export async function isUnpublished<Tables>(
  tx: Tx<Tables>,
  { type, aggregateId, version }: Pick<NewEvent<EventType>, 'type' | 'aggregateId' | 'version'>,
): Promise<boolean> {
  const { rows } = await sql`
    select from outbox where type = ${type} and aggregate_id = ${aggregateId} and version = ${version}
      and published_at is null`.execute(tx);
  return rows.length > 0;
}
