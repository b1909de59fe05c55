const FIRST_MS = 500;
/** Everybody is back within half a minute also where the gateways took some seconds of it to start. */
const MOST_MS = 15_000;
/** A line that broke sooner has not shown that the next one will hold. */
const HELD_MS = 10_000;

/** When to try again: growing waits with jitter, so that clients cut off together do not come back together. */
export class Backoff {
  #failures = 0;
  #notBeforeMs = 0;

  /** A line has broken that was open so long. */
  broke(openMs: number): void {
    if (openMs >= HELD_MS) this.#failures = 0;
  }

  /** The server has said that it wants to be left alone so long. */
  rest(ms: number): void {
    this.#notBeforeMs = performance.now() + ms;
  }

  get isResting(): boolean {
    return performance.now() < this.#notBeforeMs;
  }

  nextMs(): number {
    const ms = Math.min(MOST_MS, FIRST_MS * 2 ** this.#failures) * Math.random();
    this.#failures += 1;
    return ms + Math.max(0, this.#notBeforeMs - performance.now());
  }
}
