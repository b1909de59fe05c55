/** For each socket of a pass, the rest after it: some fifteen times as long as a write takes. */
const REST_MS_PER_SOCKET = 0.15;
/** Nobody waits longer than this for the next pass. */
const MAX_REST_MS = 50;

/**
 * Writes to sockets in passes. The obvious way writes a message to a socket when it comes. But a write costs the same
 * for one message as for ten, and is half of all that delivering costs. So whoever has something to write is put on a
 * list, and one pass writes for all on it; after a pass messages may gather, the longer the more sockets it wrote to: a
 * pass over a few delays nothing, and under load each socket gets in one write what would have been several. The time that
 * a pass took would be a worse measure: one that the machine interrupted for two milliseconds held up everybody for thirty.
 */
export class Flusher {
  #waiting: { flush: () => void }[] = [];
  #restsUntil = 0;

  /** Calls `flush` in the next pass. */
  add(outgoing: { flush: () => void }): void {
    if (this.#waiting.push(outgoing) > 1) return;
    const restMs = this.#restsUntil - performance.now();
    if (restMs < 1) setImmediate(this.#pass);
    else setTimeout(this.#pass, restMs);
  }

  readonly #pass = (): void => {
    const batch = this.#waiting;
    this.#waiting = [];
    for (const outgoing of batch) outgoing.flush();
    this.#restsUntil = performance.now() + Math.min(MAX_REST_MS, batch.length * REST_MS_PER_SOCKET);
  };
}
