import { EVENTS, isEventType } from '@logi/contracts';
import type { Publisher, PublishFailure } from '@logi/messaging';
import { type Database, failpoint, isOutage } from '@logi/persistence';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import { Gauge, Histogram, type Registry } from 'prom-client';
import type { EventTables } from './tables.ts';

/** As the generated column `partition` has it. */
const PARTITIONS = 8;
const PARTITION_BATCH_SIZE = 50;
const BUSY_POLL_MS = 50;
const IDLE_POLL_MS = 1_000;
/** No further event is sent in a transaction this old: with the confirm timeout, it ends before the database ends it. */
const BATCH_BUDGET_MS = 2_000;
/** How long the events of a key wait after one of them failed. */
const HOLD_MS = 1_000;
const KEEP_PUBLISHED_HOURS = 24;
const KEEP_INBOX_DAYS = 30;
const PURGE_EVERY_MS = 60_000;
const PURGE_BATCH = 5_000;

export type RelayOptions<Tables extends EventTables> = {
  db: Database<Tables>;
  publisher: Publisher;
  log: Logger;
  registry: Registry;
};

type PendingRow = { id: number; eventId: string; type: string; orderingKey: string; body: string; occurredAt: Date };
type FailedRow = { row: PendingRow; reason: string };

/**
 * Publishes the outbox. Every instance of a service runs one. Whoever gets the lock of a partition publishes its oldest
 * rows, waits until the broker has them, marks them and commits, which frees the lock: one transaction for all partitions
 * that are to be had, since each costs five trips to the database however few events there are. A relay that dies frees
 * its locks too, and the next one publishes again what was not marked: at least once, in order.
 *
 * Why locks and not `where id > last` or SKIP LOCKED: ids are given out before commits, so a cursor steps over rows that
 * commit late, and two relays skipping each other's rows publish one booking's events in the wrong order.
 */
export class OutboxRelay<Tables extends EventTables> {
  readonly #options: RelayOptions<Tables>;
  readonly #stopping = new AbortController();
  readonly #publishSeconds: Histogram;
  #wake: () => void = () => undefined;
  #wakeRequested = false;
  #running: Promise<void> | undefined;
  /** Keys left alone after a failure, each until its time, so that they do not fill every batch. */
  readonly #heldUntil = new Map<string, number>();
  #nextPurgeAt = 0;

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
    this.#running ??= this.#run();
  }

  /** Finishes the batch at hand. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.wake();
    await this.#running;
  }

  /** Called after a commit that appended events, so that they leave at once and not at the next poll. */
  wake(): void {
    this.#wakeRequested = true;
    this.#wake();
  }

  async #run(): Promise<void> {
    const { publisher, log } = this.#options;
    while (!this.#stopping.signal.aborted) {
      let pollMs = IDLE_POLL_MS;
      this.#wakeRequested = false;
      try {
        // Without a broker there is nothing to do but wait; a transaction now would only hold a connection.
        if (publisher.isReady) {
          if (await this.#publishPending()) pollMs = BUSY_POLL_MS;
          await this.#purge();
        }
      } catch (err) {
        log.warn({ err, outage: isOutage(err) }, 'outbox relay will try again');
      }
      await this.#sleep(pollMs);
    }
  }

  /** Returns whether there may be more: it found events, or another relay holds locks and may have looked too early. */
  async #publishPending(): Promise<boolean> {
    return this.#options.db.transaction().execute(async (tx) => {
      const locks = await sql<{ partition: number }>`
        select partition from generate_series(0, ${PARTITIONS - 1}) as partition
        where pg_try_advisory_xact_lock('outbox'::regclass::oid::int, partition)`.execute(tx);
      const held = locks.rows.map(({ partition }) => partition);
      // As many from each, so that a partition with a backlog does not hold up the others.
      const { rows } = await sql<PendingRow>`
        select pending.* from unnest(${held}::int[]) as held (partition), lateral (
          select id, event_id, type, ordering_key, body, occurred_at from outbox
          where published_at is null and partition = held.partition and ordering_key <> all(${this.#heldKeys()})
          order by id limit ${PARTITION_BATCH_SIZE}) as pending
        order by id`.execute(tx);
      if (rows.length === 0) return held.length < PARTITIONS;
      const done = await this.#publishRows(rows);
      if (done.length > 0) failpoint('after_confirm_before_mark');
      for (const { occurredAt } of done) this.#publishSeconds.observe((Date.now() - occurredAt.getTime()) / 1000);
      await sql`update outbox set published_at = now() where id = any(${done.map((row) => row.id)})`.execute(tx);
      return true;
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

  async #publishRow({ type, eventId, body }: PendingRow): Promise<PublishFailure> {
    // Written by a newer version, whose own relay will publish it.
    if (!isEventType(type)) return 'its type is unknown';
    const { exchange } = EVENTS[type];
    const message = { exchange, routingKey: type, body: Buffer.from(body), messageId: eventId, type };
    const publishing = this.#options.publisher.publish([message]);
    failpoint('after_publish_before_confirm');
    const [failure] = await publishing;
    return failure;
  }

  #hold(failed: FailedRow[]): void {
    const [first] = failed;
    if (!first) return;
    for (const { row } of failed) this.#heldUntil.set(row.orderingKey, Date.now() + HOLD_MS);
    const { eventId, type } = first.row;
    this.#options.log.warn({ count: failed.length, eventId, type, reason: first.reason }, 'events not published yet');
  }

  #heldKeys(): string[] {
    for (const [key, until] of this.#heldUntil) if (until <= Date.now()) this.#heldUntil.delete(key);
    return [...this.#heldUntil.keys()];
  }

  /** A batch each round until nothing is left to remove, so that removing never holds up publishing for long. */
  async #purge(): Promise<void> {
    if (Date.now() < this.#nextPurgeAt) return;
    const { db } = this.#options;
    const published = await sql`
      delete from outbox where id in (
        select id from outbox where published_at < now() - make_interval(hours => ${KEEP_PUBLISHED_HOURS})
        limit ${PURGE_BATCH})`.execute(db);
    const seen = await sql`
      delete from inbox where ctid in (
        select ctid from inbox where received_at < now() - make_interval(days => ${KEEP_INBOX_DAYS})
        limit ${PURGE_BATCH})`.execute(db);
    const isMore = [published, seen].some(({ numAffectedRows }) => numAffectedRows === BigInt(PURGE_BATCH));
    if (!isMore) this.#nextPurgeAt = Date.now() + PURGE_EVERY_MS;
  }

  #sleep(ms: number): Promise<void> {
    if (this.#wakeRequested || this.#stopping.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
