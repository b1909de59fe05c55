import type { Moved } from '../positions/position-store.ts';

export type PacedOptions<Item> = {
  /** Least time between two of one driver. */
  everyMs: number;
  tell: (due: Item[]) => void;
};

/**
 * Positions of drivers on their way to somebody: at once when a driver has been quiet, else no more often than the
 * interval, and then the newest. All that is due goes together; what is not yet due waits, one position a driver, so that
 * the last of a burst is never the one left out.
 */
export class Paced<Item extends Pick<Moved, 'point'>> {
  readonly #options: PacedOptions<Item>;
  readonly #toldAt = new Map<string, number>();
  readonly #waiting = new Map<string, Item>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PacedOptions<Item>) {
    this.#options = options;
  }

  /** To be followed by `tellDue`. */
  put(item: Item): void {
    this.#waiting.set(item.point.driverId, item);
  }

  tellDue(now: number): void {
    const { everyMs, tell } = this.#options;
    for (const [driverId, at] of this.#toldAt) {
      if (now - at >= everyMs) this.#toldAt.delete(driverId);
      else break; // in the order in which they were told
    }
    const due: Item[] = [];
    for (const [driverId, item] of this.#waiting) {
      if (this.#toldAt.has(driverId)) continue;
      due.push(item);
      this.#waiting.delete(driverId);
      this.#toldAt.set(driverId, now);
    }
    if (due.length > 0) tell(due);
    if (this.#waiting.size > 0) this.#timer ??= this.#wait(now);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wait(now: number): NodeJS.Timeout {
    const [oldest = now] = this.#toldAt.values();
    return setTimeout(
      () => {
        this.#timer = undefined;
        this.tellDue(Date.now());
      },
      oldest + this.#options.everyMs - now,
    ).unref();
  }
}
