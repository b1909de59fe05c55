/** The rest after a pass, for each socket: twice what a write takes. More would itself make the next pass a long one. */
const REST_MS_PER_SOCKET = 0.05;
const MAX_REST_MS = 50;
/** For each further message that a socket was written: gathering pays, so let more gather. */
const REST_MS_PER_FURTHER = 0.15;
/** Nobody waits longer than this for the next pass. */
const MAX_BACKLOG_REST_MS = 200;
/** But only while so much of what the last pass wrote to waits again when the shorter rest is over: else the backlog is. */
const BACKLOG_SHARE = 0.5;

/** What writes itself, and says of how many messages that was. */
type Writer = { flush: () => number };

/**
 * Writes to sockets in passes. The obvious way writes a message to a socket when it comes. But a write costs the same
 * for one message as for ten, and is half of all that delivering costs. So whoever has something to write is put on a
 * list, and one pass writes for all on it; after a pass messages may gather, the longer the more it wrote: a pass over a
 * few sockets delays nothing, and under load each gets in one write what would have been several. The time that a pass
 * took would be a worse measure: one that the machine interrupted for two milliseconds held up everybody for thirty.
 */
export class Flusher {
  #waiting: Writer[] = [];
  #sockets = 0;
  #restsUntil = 0;
  #backlogRestsUntil = 0;

  /** Calls `flush` in the next pass. */
  add(writer: Writer): void {
    if (this.#waiting.push(writer) > 1) return;
    const restMs = this.#restsUntil - performance.now();
    if (restMs < 1) setImmediate(this.#passOrGather);
    else setTimeout(this.#passOrGather, restMs);
  }

  readonly #passOrGather = (): void => {
    const restMs = this.#backlogRestsUntil - performance.now();
    if (restMs >= 1 && this.#waiting.length >= BACKLOG_SHARE * this.#sockets) setTimeout(this.#pass, restMs);
    else this.#pass();
  };

  readonly #pass = (): void => {
    const batch = this.#waiting;
    this.#waiting = [];
    let messages = 0;
    for (const writer of batch) messages += writer.flush();
    const restMs = Math.min(MAX_REST_MS, batch.length * REST_MS_PER_SOCKET);
    const furtherMs = Math.max(0, messages - batch.length) * REST_MS_PER_FURTHER;
    this.#sockets = batch.length;
    this.#restsUntil = performance.now() + restMs;
    this.#backlogRestsUntil = performance.now() + Math.min(MAX_BACKLOG_REST_MS, restMs + furtherMs);
  };
}
