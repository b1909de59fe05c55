import type { Channel } from 'amqplib';
import type { Logger } from 'pino';
import { Link } from './link.ts';
import type { Session } from './session.ts';

/*
 *   away --(connected)----------------------------> open
 *   open --(the socket's buffer is full)----------> full
 *   full --('drain': it has been written)---------> open
 *   open, full --(the session is over)------------> away
 *
 * Published is only while open, and not while the broker blocks the session; else a message is dropped.
 */
type State = { is: 'away' } | { is: 'open' | 'full'; session: Session; channel: Channel };

/**
 * Publishes messages of which only the newest counts: no confirm, no disk, and dropped while the broker is away or
 * slow to read. Its own connection, so that it never stands in the way of what must not be lost.
 */
export class TransientPublisher {
  readonly #link: Link;
  #state: State = { is: 'away' };

  /** `alsoOpen`: what else is to be done over the same connection. */
  constructor(options: {
    url: string;
    name: string;
    log: Logger;
    alsoOpen?: (session: Session) => Promise<void>;
  }) {
    this.#link = new Link({
      ...options,
      open: async (session) => {
        await this.#open(session);
        await options.alsoOpen?.(session);
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
    const state = this.#state;
    if (state.is !== 'open' || state.session.isBlocked) return false;
    const { exchange, routingKey, body } = message;
    const properties = { contentType: 'application/json', type: routingKey };
    try {
      if (!state.channel.publish(exchange, routingKey, body, properties)) this.#state = { ...state, is: 'full' };
      return true;
    } catch {
      return false; // closed under our hands; the link is already on its way to a new session
    }
  }

  async #open(session: Session): Promise<void> {
    const channel = await session.channel();
    session.ended.throwIfAborted();
    session.ended.addEventListener('abort', () => this.#move(session, { is: 'away' }));
    channel.on('drain', () => this.#move(session, { is: 'open', session, channel }));
    this.#state = { is: 'open', session, channel };
  }

  /** Not where the session is one of before. */
  #move(session: Session, state: State): void {
    if (this.#state.is !== 'away' && this.#state.session === session) this.#state = state;
  }
}
