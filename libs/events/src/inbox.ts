import { setTimeout } from 'node:timers/promises';
import {
  EVENTS,
  type Event,
  type EventOf,
  isBelievableVersion,
  isEventType,
  parseEvent,
  SUBSCRIPTIONS,
  type SubscribedEvent,
  shardKeyOf,
  type WorkQueue,
} from '@logi/contracts';
import { Consumer, type Delivery, type Link, type Outcome, type Publisher, type Turns } from '@logi/messaging';
import { type Database, failpoint, isOutage, type Tx } from '@logi/persistence';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import { Counter, type Registry } from 'prom-client';
import { transactWithEvents } from './outbox.ts';
import { expectHeld, heldBy, type Lease, LeaseLost } from './shards/leases.ts';
import type { EventTables } from './tables.ts';
import { traced } from './trace.ts';

/*
 * The effect of each event, exactly once, out of deliveries that come twice, late and out of order.
 *
 * The naive consumer runs its handler and acks. It dies in between, the event is delivered again, and the effect is there
 * twice. Acking first loses the event instead. A set of seen ids in memory ends with the process; one in the database, in
 * a transaction of its own, only moves the gap. And no set of ids helps against an event that went through a retry queue
 * and comes back after one that is newer: it would set its booking back.
 *
 *   begin
 *     insert into inbox (consumer, event_id)          there already?     a repeat: nothing to do
 *       if the shard is still ours                      it is not?         left to whoever has it
 *     upsert inbox_version, if the version is newer    it is not?         too late: nothing to do
 *                                                      far too new?       put aside, rolled back: not believed
 *     the handler, and the events that it appends
 *   commit
 *   ack                                                lost before this?  delivered again, and then a repeat
 *
 * Two deliveries of one event at once, on two instances: the second insert waits for the first one's commit, and finds its
 * row. The inbox is for a time (30 days), the versions are for ever: a letter may be replayed after months.
 */

/** A handler for each event that the queue subscribes to. Runs in the transaction that records having seen it. */
export type EventHandlers<Queue extends WorkQueue, Tables> = {
  [Type in SubscribedEvent<Queue>]: (tx: Tx<Tables>, event: EventOf<Type>) => Promise<void>;
};

export type EventConsumerOptions<Queue extends WorkQueue, Tables extends EventTables> = {
  /** Of whoever consumes in this process. */
  link: Link;
  queue: Queue;
  db: Database<Tables>;
  handlers: EventHandlers<Queue, Tables>;
  /** Called after each commit. */
  afterCommit?: () => void;
  publisher: Publisher;
  log: Logger;
  registry: Registry;
  /** How many are delivered to this instance, from each shard, and not yet done. */
  prefetch?: number;
};

/** One shard of the queue: what is held of it, and with whom its turns are shared. */
export type ShardPart = { name: string; lease: Lease; turns: Turns; onLost: () => void };

/** Its content is an event, or the reason why there is none in the delivery. */
export type EventConsumer = Consumer<Event | string>;

const MAX_EVENT_BYTES = 256 * 1024;
const OUTAGE_PROBE_MS = { first: 250, max: 5_000 };

export function createEventConsumer<Queue extends WorkQueue, Tables extends EventTables>(
  options: EventConsumerOptions<Queue, Tables>,
  shard?: ShardPart,
): EventConsumer {
  const { link, queue, log, publisher, registry, prefetch } = options;
  const { consumed, jumps } = countersIn(registry);
  return new Consumer({
    link,
    service: SUBSCRIPTIONS[queue].service,
    queue,
    log,
    publisher,
    ...(prefetch !== undefined && { prefetch }),
    ...(shard && { shard: shard.name, turns: shard.turns }),
    read: (delivery) => {
      const event = readEvent(delivery);
      return { key: typeof event === 'string' ? delivery.messageId : shardKeyOf(event), content: event };
    },
    handle: async (event, stopping) => {
      if (typeof event === 'string') return { end: 'deadLetter', reason: event };
      try {
        return await traced(event.traceparent, () =>
          applyWithPatience({ ...options, lease: shard?.lease }, event, stopping),
        );
      } catch (err) {
        if (err instanceof LeaseLost) {
          shard?.onLost();
          return { end: 'leave' };
        }
        if (!(err instanceof VersionJump)) throw err;
        jumps.inc({ aggregate: EVENTS[event.type].aggregate });
        log.error({ queue, type: event.type, eventId: event.event_id, err }, 'event not believed');
        return { end: 'deadLetter', reason: err.message };
      }
    },
    // Any publisher chooses a routing key as it likes; a label must come from a list.
    onEnd: ({ routingKey }, outcome) => {
      consumed.inc({ type: isEventType(routingKey) ? routingKey : 'unknown', outcome });
      failpoint('after_ack');
    },
  });
}

type Counters = { consumed: Counter<'type' | 'outcome'>; jumps: Counter<'aggregate'> };

const counters = new WeakMap<Registry, Counters>();

/** One set for all consumers of a service. */
function countersIn(registry: Registry): Counters {
  const known = counters.get(registry);
  if (known) return known;
  const made = {
    consumed: new Counter({
      name: 'logi_events_consumed_total',
      help: 'Events consumed from a work queue, by type and by how it ended',
      labelNames: ['type', 'outcome'] as const,
      registers: [registry],
    }),
    jumps: new Counter({
      name: 'logi_version_jumps_total',
      help: 'Events put aside because their version is too far ahead of the one before; somebody may be forging them',
      labelNames: ['aggregate'] as const,
      registers: [registry],
    }),
  };
  counters.set(registry, made);
  return made;
}

/** The event in a delivery, or the reason why there is none. */
function readEvent({ body, routingKey }: Delivery): Event | string {
  if (body.length > MAX_EVENT_BYTES) return `${body.length} bytes, more than ${MAX_EVENT_BYTES}`;
  try {
    const event = parseEvent(JSON.parse(body.toString('utf8')));
    return event.type === routingKey ? event : `the routing key ${routingKey} is not the event's type ${event.type}`;
  } catch (err) {
    return err instanceof Error ? err.message : String(err);
  }
}

type Applying<Queue extends WorkQueue, Tables extends EventTables> = EventConsumerOptions<Queue, Tables> & {
  lease: Lease | undefined;
};

/** While the database is away the event stays unacked and is tried again: requeueing it would only spin. */
async function applyWithPatience<Queue extends WorkQueue, Tables extends EventTables>(
  options: Applying<Queue, Tables>,
  event: Event,
  stopping: AbortSignal,
): Promise<Outcome> {
  for (let waitMs = OUTAGE_PROBE_MS.first; ; waitMs = Math.min(waitMs * 2, OUTAGE_PROBE_MS.max)) {
    try {
      return await apply(options, event);
    } catch (err) {
      if (!isOutage(err)) throw err;
      options.log.warn({ queue: options.queue, err }, 'database away, consumer waits');
      await setTimeout(waitMs, undefined, { signal: stopping }).catch(() => undefined);
      if (stopping.aborted) return { end: 'leave' };
    }
  }
}

async function apply<Queue extends WorkQueue, Tables extends EventTables>(
  options: Applying<Queue, Tables>,
  event: Event,
): Promise<Outcome> {
  const { db, queue, handlers, afterCommit, lease } = options;
  const handler = handlerOf(handlers, event.type);
  if (!handler) return { end: 'deadLetter', reason: `${queue} does not take ${event.type}` };
  await transactWithEvents(db, async (tx) => {
    if (await isNews(tx, event, { consumer: queue, lease })) await handler(tx, event);
  });
  failpoint('after_effect_before_ack');
  afterCommit?.();
  return { end: 'ack' };
}

function handlerOf<Queue extends WorkQueue, Tables>(handlers: EventHandlers<Queue, Tables>, type: string) {
  if (!Object.hasOwn(handlers, type)) return undefined;
  // The key chosen is the event's type, so the handler is one of that event; a mapped type cannot express the pair.
  return handlers[type as SubscribedEvent<Queue>] as unknown as (tx: Tx<Tables>, event: Event) => Promise<void>;
}

/** Believed, it would make all events of that thing that follow it too late. */
class VersionJump extends Error {
  constructor({ version }: Event, seen: number | undefined) {
    super(`version ${version} is too far ahead of ${seen ?? 'none'}`);
    this.name = 'VersionJump';
  }
}

type Reader = { consumer: string; lease: Lease | undefined };

async function isNews<Tables>(tx: Tx<Tables>, event: Event, { consumer, lease }: Reader): Promise<boolean> {
  const { event_id, aggregate_id, version } = event;
  const { aggregate } = EVENTS[event.type];
  // The version before it comes back with the new one; a row that has just been made has none before.
  const { rows } = await sql<{ before: number | null }>`
    with held as (${heldBy(lease)}),
      news as (
        insert into inbox (consumer, event_id) select ${consumer}, ${event_id}::uuid from held
        on conflict do nothing returning consumer),
      known as (select version from inbox_version
        where consumer = ${consumer} and aggregate = ${aggregate} and aggregate_id = ${aggregate_id})
    insert into inbox_version as gate (consumer, aggregate, aggregate_id, version)
    select consumer, ${aggregate}, ${aggregate_id}, ${version}::int from news
    on conflict (consumer, aggregate, aggregate_id) do update set version = excluded.version
    where gate.version < excluded.version
    returning (select version from known) as before`.execute(tx);
  const [gate] = rows;
  if (!gate) {
    if (lease) await expectHeld(tx, lease);
    return false;
  }
  const before = gate.before ?? undefined;
  if (!isBelievableVersion(version, before)) throw new VersionJump(event, before);
  return true;
}
