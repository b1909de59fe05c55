import { setTimeout as sleep } from 'node:timers/promises';
import { STATE_STREAMS } from '@logi/contracts';
import { takeStateTurn } from '@logi/events';
import type { StateWriter } from '@logi/messaging';
import type { Database } from '@logi/persistence';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { Tables } from '../tables.ts';
import { loadLastFixes, toLivePosition } from './last-fix.ts';

const SNAPSHOT_EVERY_MS = 10_000;
/** When, after we have heard of a trip, its driver's position is looked at. */
const LOOKS_AFTER_MS = [0, 50, 250, 750];
const LOOK_TICK_MS = 25;

type Look = { readonly heardAt: number; done: number; told: string | undefined };

export type TripPositionsOptions = { config: Config; log: Logger; db: Database<Tables>; writer: StateWriter };

/**
 * Keeps the state stream from which gateways know the last position of each trip under way: of each that begins, at once,
 * and now and then of all.
 *
 * Points and jobs pass each other. A point that is committed before the trip is known belongs to nobody as it is flushed,
 * and the driver may be parked and send no other. So a trip that begins is told with the newest fix there is; and since
 * a flush may have looked for jobs just before the trip was committed, and commit just after we looked, it is looked at
 * a few times more. What such a look finds is told again only if it is another fix.
 */
export class TripPositions {
  readonly #options: TripPositionsOptions;
  readonly #stopping = new AbortController();
  /** Trips that are beginning, in transactions at hand. */
  readonly #expected: string[] = [];
  readonly #young = new Map<string, Look>();
  #working: Promise<void> | undefined;

  constructor(options: TripPositionsOptions) {
    this.#options = options;
  }

  /** The transaction at hand begins a trip of this booking. */
  expect(bookingId: string): void {
    this.#expected.push(bookingId);
  }

  /** A transaction has been committed. */
  tellExpected(): void {
    const heardAt = Date.now();
    for (const bookingId of this.#expected.splice(0)) this.#young.set(bookingId, { heardAt, done: 0, told: undefined });
    if (this.#young.size > 0) this.#working ??= this.#lookAfterYoung();
  }

  /** To be called often, on every instance: writes all there is when it is our turn. */
  async snapshot(): Promise<void> {
    const { db, config, writer } = this.#options;
    if (!(await takeStateTurn(db, { name: STATE_STREAMS.tripPositions, everyMs: SNAPSHOT_EVERY_MS }))) return;
    const fixes = await loadLastFixes(db);
    await writer.snapshot(fixes.flatMap((fix) => toLivePosition(fix, config) ?? []));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#working;
  }

  async #lookAfterYoung(): Promise<void> {
    const { signal } = this.#stopping;
    while (this.#young.size > 0 && !signal.aborted) {
      const now = Date.now();
      const due = [...this.#young].filter(([, { heardAt, done }]) => now >= heardAt + (LOOKS_AFTER_MS[done] ?? 0));
      if (due.length > 0) await this.#look(new Map(due));
      for (const [bookingId, look] of due) {
        look.done += 1;
        if (look.done === LOOKS_AFTER_MS.length && this.#young.get(bookingId) === look) this.#young.delete(bookingId);
      }
      await sleep(LOOK_TICK_MS, undefined, { signal }).catch(() => undefined);
    }
    this.#working = undefined;
  }

  async #look(looks: ReadonlyMap<string, Look>): Promise<void> {
    const { db, config, log, writer } = this.#options;
    try {
      const fixes = await loadLastFixes(db, [...looks.keys()]);
      const positions = fixes.flatMap((fix) => toLivePosition(fix, config) ?? []);
      const news = positions.filter(({ booking_id, recorded_at }) => looks.get(booking_id)?.told !== recorded_at);
      if (news.length === 0 || !(await writer.change(news))) return;
      for (const { booking_id, recorded_at } of news) {
        const look = looks.get(booking_id);
        if (look) look.told = recorded_at;
      }
    } catch (err) {
      log.warn({ err, trips: looks.size }, 'positions of new trips cannot be told yet, the next snapshot has them');
    }
  }
}
