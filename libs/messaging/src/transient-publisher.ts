import type { Channel } from 'amqplib';
import type { Logger } from 'pino';
import { Link } from './link.ts';

/**
 * Publishes messages of which only the newest counts: no confirm, no disk, and dropped while the broker is away or
 * slow to read. Its own connection, so that it never stands in the way of what must not be lost.
 */
export class TransientPublisher {
  readonly #link: Link;
  #channel: Channel | undefined;
  #isFull = false;

  constructor(options: { url: string; name: string; log: Logger }) {
    this.#link = new Link({
      ...options,
      open: async (session) => {
        const channel = await session.channel();
        channel.on('drain', () => {
          this.#isFull = false;
        });
        session.ended.addEventListener('abort', () => {
          if (this.#channel === channel) this.#channel = undefined;
        });
        this.#isFull = false;
        this.#channel = channel;
      },
    });
  }

  start(): void {
    this.#link.start();
  }

  async stop(): Promise<void> {
    await this.#link.stop();
  }

  /** Returns false when the message was dropped. */
  publish(message: { exchange: string; routingKey: string; body: Buffer }): boolean {
    if (!this.#channel || this.#isFull || this.#link.session?.blocked) return false;
    const { exchange, routingKey, body } = message;
    try {
      this.#isFull = !this.#channel.publish(exchange, routingKey, body, {
        contentType: 'application/json',
        type: routingKey,
      });
      return true;
    } catch {
      return false; // closed under our hands; the link is already on its way to a new session
    }
  }
}
