import { setTimeout } from 'node:timers/promises';

/** What else was delivered along with a suspect has arrived by then. */
const SUSPECT_PAUSE_MS = 20;

export type Turn = { key: string; isSuspect: boolean };

/*
 * Who may begin when. One task after the other would be right and slow: a queue in order has one active consumer, so that
 * would be the whole system's speed. All at once would be fast and wrong: of two events of one booking the later could be
 * done first, and the earlier is then too late. So:
 *
 *   booking 1   a1 ──▶ a2 ──▶ a3      one key: one after the other
 *   booking 2   b1 ──▶ b2             another key: beside it
 *   suspect     . . . . . . ──▶ s1    after what has begun and is not suspected
 *
 * Suspects are there because a process that dies counts against everything that was delivered to it, and the broker gives
 * up on what is delivered too often. One event that kills its process each time would bring down with it the innocent
 * ones that were delivered along. Made to wait until they are done and acknowledged, it dies alone.
 */
export class Turns {
  readonly #stopping: AbortSignal;
  /** The last task of each key that has one. */
  readonly #lastOfKey = new Map<string, Promise<void>>();
  /** The tasks that have begun and are not suspected of anything. */
  readonly #innocent = new Set<Promise<void>>();

  constructor(stopping: AbortSignal) {
    this.#stopping = stopping;
  }

  /** `task` must not reject. */
  add({ key, isSuspect }: Turn, task: () => Promise<void>): void {
    const inTurn = isSuspect ? () => this.#runLast(task) : () => this.#runBesideOthers(task);
    const done = (this.#lastOfKey.get(key) ?? Promise.resolve()).then(inTurn).finally(() => {
      if (this.#lastOfKey.get(key) === done) this.#lastOfKey.delete(key);
    });
    this.#lastOfKey.set(key, done);
  }

  /** Until all that was added so far is done. */
  async allDone(): Promise<void> {
    await Promise.all(this.#lastOfKey.values());
  }

  async #runBesideOthers(task: () => Promise<void>): Promise<void> {
    const running = task();
    this.#innocent.add(running);
    await running.finally(() => this.#innocent.delete(running));
  }

  async #runLast(task: () => Promise<void>): Promise<void> {
    await setTimeout(SUSPECT_PAUSE_MS, undefined, { signal: this.#stopping }).catch(() => undefined);
    await Promise.all(this.#innocent);
    await task();
  }
}
