import type { Blocks } from '@logi/auth';
import { createBlockReader, Link, type Publisher, type Session, type StateReader } from '@logi/messaging';
import { Loop } from '@logi/service';
import type { Logger } from 'pino';

const MARK_TICK_MS = 50;

export type BrokerLinkOptions = { url: string; blocks: Blocks; publisher: Publisher; log: Logger };

/** The line on which it is read who is blocked, and asked what waits in the queues. */
export class BrokerLink {
  readonly #link: Link;
  readonly #reader: StateReader;
  readonly #marks: Loop;

  constructor({ url, blocks, publisher, log }: BrokerLinkOptions) {
    this.#reader = createBlockReader({ service: 'operations', blocks, publisher, log });
    this.#link = new Link({ url, name: 'operations', log, open: (session) => this.#reader.attach(session) });
    this.#marks = new Loop({ name: 'marks', everyMs: MARK_TICK_MS, log, work: async () => this.#tick() });
  }

  /** Undefined while the broker is away. */
  get session(): Session | undefined {
    return this.#link.session;
  }

  start(): void {
    this.#link.start();
    this.#marks.start();
  }

  async stop(): Promise<void> {
    await this.#marks.stop();
    await this.#link.stop();
  }

  async #tick(): Promise<void> {
    if (this.#link.isOpen) await this.#reader.tick();
  }
}
