import { transactWithEvents } from '@logi/events';
import type { Database } from '@logi/persistence';
import type { Logger } from 'pino';
import { relabelDriver } from '../drivers/driver-label.ts';
import { isFresh } from '../judging/fresh.ts';
import type { Moved } from '../positions/position-store.ts';
import type { Tables } from '../tables.ts';
import { reportApproaches } from './report-approaches.ts';

const DRIVERS_PER_TRANSACTION = 100;

export type FollowUpOptions = {
  log: Logger;
  db: Database<Tables>;
};

/**
 * What follows from a new position once it is committed and acknowledged: a silent driver is back, one on a job comes
 * nearer. The naive place for it is the flush itself, but ten thousand drivers who come back at once would then delay
 * everybody's acks. So the newest position of each driver waits here, and one transaction after the other works off who
 * waits. A process that dies before their turn loses nothing: the driver's next point finds the same to do.
 */
export class FollowUp {
  readonly #options: FollowUpOptions;
  readonly #waiting = new Map<string, Moved>();
  /** Pending as long as anybody waits. */
  #working: Promise<void> | undefined;

  constructor(options: FollowUpOptions) {
    this.#options = options;
  }

  add(moved: readonly Moved[]): void {
    for (const each of moved) if (isToFollow(each)) this.#waiting.set(each.point.driverId, each);
    if (this.#waiting.size > 0) this.#working ??= this.#workOff();
  }

  /** Finishes what waits. */
  async stop(): Promise<void> {
    await this.#working;
  }

  async #workOff(): Promise<void> {
    while (this.#waiting.size > 0) {
      const batch = [...this.#waiting.values()].slice(0, DRIVERS_PER_TRANSACTION);
      for (const { point } of batch) this.#waiting.delete(point.driverId);
      batch.sort((a, b) => (a.point.driverId < b.point.driverId ? -1 : 1)); // the order in which rows are locked
      try {
        await this.#bringBack(batch);
        await reportApproaches(this.#options, batch);
      } catch (err) {
        this.#options.log.warn(
          { err, drivers: batch.length },
          'follow-up of new positions failed, the next points bring it back',
        );
      }
    }
    this.#working = undefined;
  }

  async #bringBack(batch: readonly Moved[]): Promise<void> {
    const now = Date.now();
    const isBack = ({ signal }: Moved) => signal !== 'Live';
    const changed = batch.filter((moved) => isBack(moved) || (!moved.isPlaced && isFresh(moved.point, now)));
    if (changed.length === 0) return;
    await transactWithEvents(this.#options.db, async (tx) => {
      for (const moved of changed) {
        await relabelDriver(tx, moved.point.driverId, isBack(moved) ? { signal: 'Live' } : {});
      }
    });
  }
}

/** Of a driver without a job, who is where all know them to be, nothing follows. */
function isToFollow({ job, signal, isPlaced }: Moved): boolean {
  return job !== null || signal !== 'Live' || !isPlaced;
}
