import { setTimeout as sleep } from 'node:timers/promises';
import { EVENTS, isEventType, SHARD_KEY_HEADER } from '@logi/contracts';
import type { Publisher, PublishFailure } from '@logi/messaging';
import { type Database, failpoint, isOutage, withNext } from '@logi/persistence';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import { Gauge, Histogram, type Registry } from 'prom-client';
import { HeldKeys } from './held-keys.ts';
import { onAppended } from './outbox.ts';
import { purge } from './purge.ts';
import type { EventTables } from './tables.ts';

/*
 * Publishes what transactions have appended to the outbox.
 *
 * The naive relay reads `where id > last order by id`. Ids are given out before commits, so it steps over a row whose
 * transaction commits late, for ever. Asking `where published_at is null` mends that; but of two relays, on two instances,
 * both send every row. With SKIP LOCKED each gets other rows, and one booking's `accepted` overtakes its `created`.
 * So rows are shared out by key, not by row. Each is in one of 64 partitions by the hash of its key (its booking, mostly):
 *
 *   partition 0   a1  b1  a2  a3      relay 1 holds its lock: a1, a2, a3 one after the other, b1 beside them
 *   partition 1   c1  c2              relay 2
 *   partition 2   d1  e1  d2          relay 1 holds this one, too
 *   ...
 *
 * One round is one transaction: try the lock of each partition in which anything waits, read the oldest unpublished rows of
 * those that were to be had, publish them, wait for the broker's confirms, mark the confirmed, commit. The commit frees the
 * locks. A relay that dies frees them too, marks nothing, and the next one publishes those rows again: at least once, in
 * order. After an event that the broker refuses nothing of its key is sent in this round, and its key is held for a second.
 * Within one key ids are in the order of commits, since whoever appends holds the row lock of what the event tells of.
 * All partitions in one transaction, since a round costs three trips to the database however few events there are. With a
 * backlog, the first relay would so have them all, and the second nothing to do: after a round that left something, a relay
 * keeps to the partitions that are its share.
 *
 *   resting    --(wake, or the poll's time)--> publishing
 *   publishing --(wake)----------------------> woken       what was committed meanwhile may be missing in this round
 *   publishing --(the round is done)---------> resting     after a moment, in which events gather
 *   woken      --(the round is done)---------> publishing  after the same moment
 *   any        --(stop)----------------------> stopped     after the round at hand
 */
type State = { is: 'resting'; end: () => void } | { is: 'publishing' } | { is: 'woken' } | { is: 'stopped' };

/** As the index `outbox_pending` has it. */
const PARTITION = sql.raw('mod(hashtext(ordering_key)::bigint + 2147483648, 64)');
const PARTITION_BATCH_SIZE = 50;
const BATCH_SIZE = 400;
/** A round costs nearly the same for one event as for ten: what is committed so soon after one goes together. */
const GATHER_MS = 10;
const BUSY_POLL_MS = 50;
const IDLE_POLL_MS = 1_000;
/** No further event is sent in a transaction this old: with the confirm timeout, it ends before the database ends it. */
const BATCH_BUDGET_MS = 2_000;
const PURGE_EVERY_MS = 60_000;

export type RelayOptions<Tables extends EventTables> = {
  db: Database<Tables>;
  publisher: Publisher;
  log: Logger;
  registry: Registry;
  /** Which of how many relays this one is. */
  share?: () => Share;
};

export type Share = { index: number; of: number };

type PendingRow = {
  id: number;
  eventId: string;
  type: string;
  orderingKey: string;
  shardKey: string;
  body: string;
  occurredAt: Date;
};
type FailedRow = { row: PendingRow; reason: string };

/** Every instance of a service runs one. */
export class OutboxRelay<Tables extends EventTables> {
  readonly #options: RelayOptions<Tables>;
  readonly #publishSeconds: Histogram;
  readonly #held = new HeldKeys();
  #state: State = { is: 'resting', end: () => undefined };
  #running: Promise<void> | undefined;
  #nextPurgeAt = 0;
  #hasBacklog = false;

  constructor(options: RelayOptions<Tables>) {
    this.#options = options;
    const { db, registry } = options;
    this.#publishSeconds = new Histogram({
      name: 'logi_outbox_publish_seconds',
      help: 'From the commit of an event to its confirmation by the broker',
      buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 1, 5, 30, 300],
      registers: [registry],
    });
    new Gauge({
      name: 'logi_outbox_oldest_age_seconds',
      help: 'Age of the oldest event that is not published; the main alarm',
      registers: [registry],
      async collect() {
        const { rows } = await sql<{ age: number }>`
          select coalesce(extract(epoch from now() - min(occurred_at)), 0)::float8 as age
          from outbox where published_at is null`.execute(db);
        this.set(rows[0]?.age ?? 0);
      },
    });
  }

  start(): void {
    onAppended(this.#options.db, () => this.wake());
    this.#running ??= this.#run();
  }

  /** Finishes the round at hand. */
  async stop(): Promise<void> {
    const state = this.#state;
    this.#state = { is: 'stopped' };
    if (state.is === 'resting') state.end();
    await this.#running;
  }

  /** Events were committed: they leave at once and not at the next poll. */
  wake(): void {
    if (this.#state.is === 'resting') this.#state.end();
    else if (this.#state.is === 'publishing') this.#state = { is: 'woken' };
  }

  async #run(): Promise<void> {
    while (this.#begin()) {
      const pollMs = await this.#round();
      await sleep(GATHER_MS);
      await this.#rest(pollMs);
    }
  }

  #begin(): boolean {
    if (this.#state.is === 'stopped') return false;
    this.#state = { is: 'publishing' };
    return true;
  }

  /** Returns how long to rest. */
  async #round(): Promise<number> {
    const { publisher, log } = this.#options;
    // Without a broker there is nothing to do but wait; a transaction now would only hold a connection.
    if (!publisher.isReady) return BUSY_POLL_MS;
    let pollMs = IDLE_POLL_MS;
    try {
      if (await this.#publishPending()) pollMs = BUSY_POLL_MS;
      await this.#purge();
    } catch (err) {
      log.warn({ err, outage: isOutage(err) }, 'outbox relay will try again');
    }
    return pollMs;
  }

  async #rest(ms: number): Promise<void> {
    if (this.#state.is !== 'publishing') return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      const end = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#state = { is: 'resting', end };
    });
  }

  /**
   * Returns whether there may be more: a batch was full, not all were confirmed, or another relay holds locks and may have
   * looked too early. What is committed here meanwhile wakes us, and elsewhere the relay there.
   */
  async #publishPending(): Promise<boolean> {
    const { db, share } = this.#options;
    const { index, of } = this.#hasBacklog && share ? share() : { index: 0, of: 1 };
    return db.transaction().execute(async (tx) => {
      // From one partition in which anything waits to the next: most are empty. The plans of the statements that follow are
      // made once: arrays that are this short look as if a plan for just them were worth making, each time.
      const { rows: waiting } = await sql<{ partition: number; isHeld: boolean }>`select partition,
          pg_try_advisory_xact_lock('outbox'::regclass::oid::int, partition::int) as is_held,
          set_config('plan_cache_mode', 'force_generic_plan', true)
        from (
          with recursive waiting (partition) as (
            (select ${PARTITION} from outbox where published_at is null order by 1 limit 1)
            union all
            select (select ${PARTITION} from outbox where published_at is null and ${PARTITION} > waiting.partition
              order by 1 limit 1) from waiting where waiting.partition is not null)
          select partition from waiting
          where partition is not null and mod(partition, ${of}::bigint) = ${index}::bigint) as waiting`.execute(tx);
      const held = waiting.filter(({ isHeld }) => isHeld).map(({ partition }) => partition);
      const hadBacklog = this.#hasBacklog;
      this.#hasBacklog = false;
      if (held.length === 0) return hadBacklog || waiting.length > 0;
      // As many from each, so that a partition with a backlog does not hold up the others.
      const { rows } = await sql<PendingRow>`
        select pending.* from unnest(${held}::bigint[]) as held (partition), lateral (
          select id, event_id, type, ordering_key, body, occurred_at,
            coalesce(shard_key, body::json #>> '{data,driver_id}', body::json #>> '{data,booking_id}', aggregate_id)
              as shard_key
          from outbox
          where published_at is null and ${PARTITION} = held.partition and ordering_key <> all(${this.#held.keys()})
          order by id limit ${PARTITION_BATCH_SIZE}) as pending
        order by id limit ${BATCH_SIZE}`.execute(tx);
      this.#hasBacklog = rows.length === BATCH_SIZE;
      if (rows.length === 0) return hadBacklog || held.length < waiting.length;
      const done = await this.#publishRows(rows);
      if (done.length > 0) failpoint('after_confirm_before_mark');
      for (const { occurredAt } of done) this.#publishSeconds.observe((Date.now() - occurredAt.getTime()) / 1000);
      const ids = done.map((row) => row.id);
      await withNext(tx, sql`update outbox set published_at = now() where id = any(${ids})`);
      const isAll = done.length === rows.length && rows.length < PARTITION_BATCH_SIZE;
      return !isAll || held.length < waiting.length;
    });
  }

  /**
   * The keys side by side, the events of each one after the other: what follows an event that the broker refused must
   * not get there before it. Returns those that the broker has.
   */
  async #publishRows(rows: PendingRow[]): Promise<PendingRow[]> {
    const startedAt = Date.now();
    const done: PendingRow[] = [];
    const failed: FailedRow[] = [];
    const chains = Map.groupBy(rows, (row) => row.orderingKey).values();
    const publishChain = async (chain: PendingRow[]) => {
      for (const row of chain) {
        if (Date.now() - startedAt > BATCH_BUDGET_MS) return;
        const reason = await this.#publishRow(row);
        if (reason === undefined) {
          done.push(row);
        } else {
          failed.push({ row, reason });
          return;
        }
      }
    };
    await Promise.all(chains.map(publishChain));
    this.#hold(failed);
    return done;
  }

  async #publishRow({ type, eventId, shardKey, body }: PendingRow): Promise<PublishFailure> {
    // Written by a newer version, whose own relay will publish it.
    if (!isEventType(type)) return 'its type is unknown';
    const { exchange } = EVENTS[type];
    const headers = { [SHARD_KEY_HEADER]: shardKey };
    const message = { exchange, routingKey: type, body: Buffer.from(body), messageId: eventId, type, headers };
    const publishing = this.#options.publisher.publish([message]);
    failpoint('after_publish_before_confirm');
    const [failure] = await publishing;
    return failure;
  }

  #hold(failed: FailedRow[]): void {
    const [first] = failed;
    if (!first) return;
    for (const { row } of failed) this.#held.hold(row.orderingKey);
    const { eventId, type } = first.row;
    this.#options.log.warn({ count: failed.length, eventId, type, reason: first.reason }, 'events not published yet');
  }

  /** A batch each round until nothing is left to remove, so that removing never holds up publishing for long. */
  async #purge(): Promise<void> {
    if (Date.now() < this.#nextPurgeAt) return;
    if (!(await purge(this.#options.db))) this.#nextPurgeAt = Date.now() + PURGE_EVERY_MS;
  }
}
