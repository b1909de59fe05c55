import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '@logi/contracts';
import { isOutage } from '@logi/persistence';
import type pg from 'pg';
import type { Logger } from 'pino';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Config } from './config.ts';
import type { Point } from './point.ts';
import { type Moved, writePoints } from './position-store.ts';

const OUTAGE_PAUSE_MS = 250;
/** A flush of more batches than this shows load: the next one then begins no sooner than so long after it. */
const BUSY_BATCHES = 8;
const BUSY_INTERVAL_MS = 20;

type Batch = { points: Point[]; resolve: () => void; reject: (err: unknown) => void };

export type IngestOptions = {
  config: Config;
  log: Logger;
  pool: pg.Pool;
  registry: Registry;
  /** Called after the commit and the acks; must not throw and must not wait. */
  onMoved: (moved: readonly Moved[]) => void;
};

/**
 * Every point of every driver app goes through here, whatever way it came. Points wait in one bounded buffer; one flush
 * at a time writes what has gathered, so an idle service commits a point at once and a busy one commits many together:
 * it waits a little between flushes, since each costs four trips to the database and a commit. Whoever added points
 * hears of it only after their commit, and what follows from them comes after that.
 */
export class Ingest {
  readonly #options: IngestOptions;
  readonly #pending: Batch[] = [];
  #buffered = 0;
  #flushing: Promise<void> | undefined;
  #isStopping = false;
  readonly #committed: Counter;
  readonly #flushSeconds: Histogram;

  constructor(options: IngestOptions) {
    this.#options = options;
    const { registry } = options;
    this.#committed = new Counter({
      name: 'logi_points_committed_total',
      help: 'Points written to the trail',
      registers: [registry],
    });
    this.#flushSeconds = new Histogram({
      name: 'logi_points_flush_seconds',
      help: 'Time to commit what had gathered',
      buckets: [0.002, 0.01, 0.05, 0.2, 1, 5],
      registers: [registry],
    });
    const buffered = () => this.#buffered;
    new Gauge({
      name: 'logi_points_buffered',
      help: 'Points taken in and not yet committed',
      registers: [registry],
      collect() {
        this.set(buffered());
      },
    });
  }

  /** Resolves once the points are committed. Throws `too_many_points` when the buffer cannot take all of them. */
  async add(points: Point[]): Promise<void> {
    if (points.length === 0) return;
    const { MAX_BUFFERED_POINTS, COMMIT_TIMEOUT_MS } = this.#options.config;
    if (this.#buffered + points.length > MAX_BUFFERED_POINTS) throw new DomainError('too_many_points');
    if (this.#isStopping) throw new DomainError('unavailable');
    this.#buffered += points.length;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#pending.push({ points, resolve, reject });
    this.#flushing ??= this.#flushAll();
    // The points stay and will be committed; sending them again is harmless, as a trail folds repeats.
    const timer = setTimeout(() => reject(new DomainError('unavailable')), COMMIT_TIMEOUT_MS);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Commits what was taken in, as far as the database lets it. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#flushing;
  }

  async #flushAll(): Promise<void> {
    // One turn of the event loop, so that what arrived together is committed together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#pending.length > 0) {
      const batches = this.#takeBatches();
      const startedAt = performance.now();
      await this.#flush(batches);
      this.#buffered -= countPoints(batches);
      if (batches.length > BUSY_BATCHES) await sleep(Math.max(0, startedAt + BUSY_INTERVAL_MS - performance.now()));
    }
    this.#flushing = undefined;
  }

  #takeBatches(): Batch[] {
    let points = 0;
    const end = this.#pending.findIndex((batch) => {
      points += batch.points.length;
      return points > this.#options.config.MAX_FLUSH_POINTS;
    });
    return this.#pending.splice(0, end === -1 ? this.#pending.length : Math.max(end, 1));
  }

  async #flush(batches: Batch[]): Promise<void> {
    const { log } = this.#options;
    while (true) {
      try {
        await this.#write(batches);
        return;
      } catch (err) {
        if (!isOutage(err)) return this.#isolate(batches, err);
        log.warn({ err, points: countPoints(batches) }, 'database away, points wait');
        if (this.#isStopping) return rejectAll(batches, new DomainError('unavailable', { cause: err }));
        await sleep(OUTAGE_PAUSE_MS);
      }
    }
  }

  /** The database refuses something in here: each batch is tried alone, so only the one at fault is lost, and loudly. */
  async #isolate(batches: Batch[], err: unknown): Promise<void> {
    const [first] = batches;
    if (!first) return;
    if (batches.length > 1) {
      for (const batch of batches) await this.#flush([batch]);
      return;
    }
    this.#options.log.error({ err, driverId: first.points[0]?.driverId }, 'points refused by the database');
    first.reject(err);
  }

  async #write(batches: Batch[]): Promise<void> {
    const { config, pool, onMoved } = this.#options;
    const stopTimer = this.#flushSeconds.startTimer();
    const points = batches.flatMap((batch) => batch.points);
    const moved = await writePoints(pool, points, { freshMs: config.SIGNAL_DARK_AFTER_MS });
    stopTimer();
    this.#committed.inc(points.length);
    for (const { resolve } of batches) resolve();
    onMoved(moved);
  }
}

function rejectAll(batches: Batch[], err: Error): void {
  for (const { reject } of batches) reject(err);
}

function countPoints(batches: Batch[]): number {
  return batches.reduce((sum, { points }) => sum + points.length, 0);
}
