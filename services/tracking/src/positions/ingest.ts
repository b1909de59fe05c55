import { setTimeout as sleep } from 'node:timers/promises';
import type { Blocks, Holder } from '@logi/auth';
import { DomainError, inParts } from '@logi/contracts';
import { isOutage } from '@logi/persistence';
import type pg from 'pg';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Config } from '../config.ts';
import { createRules, type RulesFor } from '../judging/rules.ts';
import { DriverStates } from './driver-states.ts';
import { createIngestMetrics, type IngestMetrics } from './ingest-metrics.ts';
import type { Point } from './point.ts';
import { type Moved, type Written, writePoints } from './position-store.ts';
import { Shares, shareOut } from './shares.ts';

/*
 * A driver's app forgets a point when it is acknowledged, so the ack must follow the commit.
 *
 * The naive way is a transaction for each frame. A commit waits for the disk, and 10,000 frames a second would wait
 * 10,000 times. Collecting them on a timer makes a lone point wait for the tick; and when the database stands still, what
 * is collected fills the memory, or, with a bound, is refused: ten thousand apps that did nothing wrong are closed, come
 * back at once, and send the same points again.
 *
 * Ours is one buffer and one flush at a time. Points that come while a flush is under way, or soon after it began, are the
 * next one; all others go at once. The buffer is bounded in two steps: the first slows senders down, only the second refuses.
 *
 *   add ──▶ pending: batch batch batch ──▶ under way: COPY, commit ──▶ acks ──▶ onMoved
 *           └────────────── buffered points ─────────────┘
 *           0 ─── open ─── full ─── holding back ─── MAX_BUFFERED_POINTS ─── too_many_points
 *
 * The intake is one of:
 *   open          whoever sends may send more
 *     full, when somebody asks who can hold back       → holding back (onFull: streams are not read)
 *   holding back  what comes all the same, by HTTP or read before, is taken as long as the buffer lets it
 *     three quarters of full are left                  → open (onRoom)
 *   stopping      nothing is taken; what waits is committed, or refused as soon as the database is away
 *
 * Before all of them are held back, whoever floods is: of one driver's points only a share may wait, what is beyond it (it
 * was read already) makes the buffer no fuller, and only a share of a flush is theirs (`shares`). So a point of anybody else
 * waits for a small flush and not for a flood. What comes at once and is more than that share goes in several batches.
 *
 * A batch ends in one of four ways: committed; refused because its driver was blocked while it waited; refused by the
 * database, when it was tried alone; or, while the database is away, answered late, `unavailable`, but kept in the buffer
 * and committed all the same.
 */

const OUTAGE_PAUSE_MS = 250;
/**
 * What comes within so long after the start of a flush goes with the next: a flush costs several trips to the database and a
 * commit, as much as fifteen points. A lone point waits for nothing, and what a flush had no room for has waited already.
 */
const GATHER_MS = 20;
/** The more comes, the longer: 3 ms for each 100 batches a second, so that at 10,000 a second a flush takes in a thousand. */
const GATHER_MS_PER_RATE = 30;
const MAX_GATHER_MS = 100;
/** Full: more than so many flushes' worth only lengthens the wait. Never beyond this share of the whole buffer. */
const FULL_FLUSHES = 2;
const FULL_SHARE = 0.8;
/** There is room again from this share of full on. */
const ROOM_SHARE = 0.75;
const DEADLINES_EVERY_MS = 100;

type Batch = {
  sender: Holder;
  points: Point[];
  resolve: () => void;
  reject: (err: unknown) => void;
  deadline: number;
};

export type IngestOptions = {
  config: Config;
  log: Logger;
  pool: pg.Pool;
  registry: Registry;
  /** Asked before each write: whoever was let in may have been blocked since. */
  blocks: Pick<Blocks, 'whyRefused'>;
  /** So many points of a driver are not written for that reason. */
  onBlocked: (driverId: string, points: number) => void;
  /** Whether `onMoved` is to be told also of drivers without a job; asked before each write. */
  areAllAsked: () => boolean;
  /** Called after the commit and the acks; must not throw and must not wait. */
  onMoved: (moved: readonly Moved[]) => void;
  /** Likewise: drivers were heard of, and it is written or has yet to be. */
  onHeard: (heard: Pick<Written, 'written' | 'notable'>) => void;
  /** So much waits that whoever can hold back should, and then: there is room again. */
  onFull: () => void;
  onRoom: () => void;
};

type Intake = 'open' | 'holding back' | 'stopping';

/** Every point of every driver app goes through here, whatever way it came. */
export class Ingest {
  readonly #options: IngestOptions;
  #pending: Batch[] = [];
  #underWay: Batch[] = [];
  /** Of both. */
  #bufferedPoints = 0;
  readonly #shares: Shares;
  #intake: Intake = 'open';
  #flushing: Promise<void> | undefined;
  readonly #fullPoints: number;
  readonly #deadlines: NodeJS.Timeout;
  readonly #metrics: IngestMetrics;
  readonly #states = new DriverStates();
  readonly #rulesFor: RulesFor;

  constructor(options: IngestOptions) {
    this.#options = options;
    const { registry, config } = options;
    this.#rulesFor = createRules(config);
    this.#fullPoints = Math.min(FULL_FLUSHES * config.MAX_FLUSH_POINTS, FULL_SHARE * config.MAX_BUFFERED_POINTS);
    // One timer for all: ten thousand a second, each cleared again, would cost more than the checks of what they bring.
    this.#deadlines = setInterval(() => this.#giveUpLate(Date.now()), DEADLINES_EVERY_MS).unref();
    this.#shares = new Shares(config.MAX_BUFFERED_POINTS_PER_DRIVER);
    this.#metrics = createIngestMetrics(registry, () => this.#bufferedPoints);
  }

  /** Resolves once the points, all of this driver, are committed; rejects with `too_many_points` when the buffer is full. */
  add(points: Point[], sender: Holder): Promise<void> {
    if (points.length === 0) return Promise.resolve();
    const { config } = this.#options;
    if (this.#bufferedPoints + points.length > config.MAX_BUFFERED_POINTS) {
      return Promise.reject(new DomainError('too_many_points'));
    }
    if (this.#intake === 'stopping') return Promise.reject(new DomainError('unavailable'));
    this.#bufferedPoints += points.length;
    this.#shares.take(sender.principal.id, points.length);
    this.#flushing ??= this.#flushAll();
    const deadline = Date.now() + config.COMMIT_TIMEOUT_MS;
    const most = config.MAX_FLUSH_POINTS_PER_DRIVER;
    if (points.length <= most) return this.#enqueue({ sender, points, deadline });
    const parts = inParts(points, most).map((part) => this.#enqueue({ sender, points: part, deadline }));
    return Promise.all(parts).then(() => undefined);
  }

  #enqueue(batch: Pick<Batch, 'sender' | 'points' | 'deadline'>): Promise<void> {
    return new Promise((resolve, reject) => this.#pending.push({ ...batch, resolve, reject }));
  }

  /** Undefined while this driver may send more; else it is settled when they may. */
  roomFor(driverId: string): Promise<void> | undefined {
    return this.#shares.roomFor(driverId);
  }

  /** Asked by those who can wait with what they send, after each time they did. */
  holdBackIfFull(): void {
    if (this.#intake !== 'open' || this.#shares.within < this.#fullPoints) return;
    this.#intake = 'holding back';
    this.#options.onFull();
  }

  /** Commits what was taken in, as far as the database lets it. */
  async stop(): Promise<void> {
    this.#intake = 'stopping';
    await this.#flushing;
    clearInterval(this.#deadlines);
  }

  async #flushAll(): Promise<void> {
    // One turn of the event loop, so that what arrived together is committed together.
    await new Promise((resolve) => setImmediate(resolve));
    let previousAt = 0;
    while (this.#pending.length > 0) {
      const startedAt = performance.now();
      const batches = this.#nextBatches();
      const isAll = this.#pending.length === 0;
      this.#underWay = batches;
      await this.#flush(batches);
      this.#underWay = [];
      this.#bufferedPoints -= countPoints(batches);
      for (const { sender, points } of batches) this.#shares.giveBack(sender.principal.id, points.length);
      this.#offerRoom();
      const byRateMs = (GATHER_MS_PER_RATE * batches.length) / (startedAt - previousAt);
      const gatherMs = Math.max(GATHER_MS, Math.min(MAX_GATHER_MS, byRateMs));
      previousAt = startedAt;
      const restMs = startedAt + gatherMs - performance.now();
      if (isAll && restMs >= 1 && this.#bufferedPoints < this.#options.config.MAX_FLUSH_POINTS) await sleep(restMs);
    }
    this.#flushing = undefined;
  }

  #offerRoom(): void {
    if (this.#intake !== 'holding back' || this.#shares.within > ROOM_SHARE * this.#fullPoints) return;
    this.#intake = 'open';
    this.#options.onRoom();
  }

  /** The points stay and will be committed; sending them again is harmless, as a trail folds repeats. */
  #giveUpLate(now: number): void {
    for (const batches of [this.#underWay, this.#pending]) {
      for (const { deadline, reject } of batches) {
        if (deadline > now) break; // in the order in which they came
        reject(new DomainError('unavailable'));
      }
    }
  }

  #nextBatches(): Batch[] {
    const { MAX_FLUSH_POINTS: most, MAX_FLUSH_POINTS_PER_DRIVER: mostOfDriver } = this.#options.config;
    const { next, left } = shareOut(this.#pending, { most, mostOfDriver });
    this.#pending = left;
    return next;
  }

  async #flush(came: Batch[]): Promise<void> {
    const { log } = this.#options;
    while (true) {
      const batches = this.#withoutBlocked(came);
      if (batches.length === 0) return;
      try {
        await this.#write(batches);
        return;
      } catch (err) {
        if (!isOutage(err)) return this.#isolate(batches, err);
        log.warn({ err, points: countPoints(batches) }, 'database away, points wait');
        if (this.#intake === 'stopping') return rejectAll(batches, new DomainError('unavailable', { cause: err }));
        await sleep(OUTAGE_PAUSE_MS);
      }
    }
  }

  /** These, nearly always. */
  #withoutBlocked(batches: Batch[]): Batch[] {
    const { blocks, onBlocked } = this.#options;
    if (!batches.some(({ sender }) => blocks.whyRefused(sender))) return batches;
    return batches.filter(({ sender, points, reject }) => {
      const why = blocks.whyRefused(sender);
      if (!why) return true;
      onBlocked(sender.principal.id, points.length);
      reject(new DomainError(why));
      return false;
    });
  }

  /** The database refuses something in here: each batch is tried alone, so only the one at fault is lost, and loudly. */
  async #isolate(batches: Batch[], err: unknown): Promise<void> {
    const [first] = batches;
    if (!first) return;
    if (batches.length > 1) {
      for (const batch of batches) await this.#flush([batch]);
      return;
    }
    this.#options.log.error({ err, driverId: first.sender.principal.id }, 'points refused by the database');
    first.reject(err);
  }

  async #write(batches: Batch[]): Promise<void> {
    const { pool, areAllAsked, onMoved, onHeard } = this.#options;
    const stopTimer = this.#metrics.flushSeconds.startTimer();
    const points = batches.flatMap((batch) => batch.points);
    const written = await writePoints(pool, points, {
      states: this.#states,
      rulesFor: this.#rulesFor,
      areAllAsked: areAllAsked(),
    });
    stopTimer();
    this.#metrics.committed.inc(points.length);
    for (const { resolve } of batches) resolve();
    for (const verdict of written.verdicts) this.#metrics.judged.inc({ verdict });
    onMoved(written.moved);
    onHeard(written);
  }
}

function rejectAll(batches: Batch[], err: Error): void {
  for (const { reject } of batches) reject(err);
}

function countPoints(batches: Batch[]): number {
  return batches.reduce((sum, { points }) => sum + points.length, 0);
}
