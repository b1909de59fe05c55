import { setTimeout } from 'node:timers/promises';
import type { Logger } from 'pino';

type LoopOptions = {
  name: string;
  everyMs: number;
  log: Logger;
  work: (stopping: AbortSignal) => Promise<void>;
};

/** Work that is done again and again until the service stops. A round that fails is logged, and the next one follows. */
export class Loop {
  readonly #options: LoopOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: LoopOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves when the round at hand is done. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { name, everyMs, log, work } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await work(signal).catch((err: unknown) => log.warn({ loop: name, err }, 'failed, will try again'));
      await setTimeout(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
