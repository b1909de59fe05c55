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
 *
 * Consumers of several shards have their turns together: a process that dies counts against all of them, and so many
 * events at a time are as much as the database's pool has connections for.
 */
export class Turns {
  readonly #stopping: AbortSignal;
  /** The last task of each key that has one. */
  readonly #lastOfKey = new Map<string, Promise<void>>();
  /** The tasks that have begun and are not suspected of anything. */
  readonly #innocent = new Set<Promise<void>>();
  readonly #waiting: (() => void)[] = [];
  #places: number;

  /** So many tasks run at a time. */
  constructor(stopping: AbortSignal, { atOnce }: { atOnce: number }) {
    this.#stopping = stopping;
    this.#places = atOnce;
  }

  /** `task` must not reject. Resolves when it is done. */
  add({ key, isSuspect }: Turn, task: () => Promise<void>): Promise<void> {
    const inTurn = isSuspect ? () => this.#runLast(task) : () => this.#runBesideOthers(task);
    const done = (this.#lastOfKey.get(key) ?? Promise.resolve()).then(inTurn).finally(() => {
      if (this.#lastOfKey.get(key) === done) this.#lastOfKey.delete(key);
    });
    this.#lastOfKey.set(key, done);
    return done;
  }

  async #runBesideOthers(task: () => Promise<void>): Promise<void> {
    const running = this.#inPlace(task);
    this.#innocent.add(running);
    await running.finally(() => this.#innocent.delete(running));
  }

  async #runLast(task: () => Promise<void>): Promise<void> {
    await setTimeout(SUSPECT_PAUSE_MS, undefined, { signal: this.#stopping }).catch(() => undefined);
    await Promise.all(this.#innocent);
    await this.#inPlace(task);
  }

  async #inPlace(task: () => Promise<void>): Promise<void> {
    if (this.#places > 0) this.#places -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      await task();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#places += 1;
    }
  }
}
