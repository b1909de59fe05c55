import { setTimeout as sleep } from 'node:timers/promises';
import { QUEUES } from '@logi/contracts';
import type { ConfirmChannel, Message } from 'amqplib';
import type { Logger } from 'pino';
import { Link, type Session } from './link.ts';

export type OutgoingMessage = {
  exchange: string;
  routingKey: string;
  body: Buffer;
  /** Names the message in the broker and in what comes back from it; unique among those in flight. */
  messageId: string;
  type: string;
  headers?: Record<string, unknown>;
};

/** `undefined` when the broker has taken the message over, on disk where the queue is durable. */
export type PublishFailure = string | undefined;

export type PublisherOptions = {
  url: string;
  name: string;
  log: Logger;
  confirmTimeoutMs?: number;
  maxBackoffMs?: number;
  queueCheckMs?: number;
};

/** How long publishing may go on when a queue was deleted under it. */
const QUEUE_CHECK_MS = 5_000;

type InFlight = { settle: (failure: PublishFailure) => void; returned: boolean };

/**
 * Publishes persistent messages and waits until the broker has taken each over. A message that no queue takes is a
 * failure: the broker confirms it all the same, so the `return` that comes before the confirm is what tells.
 * Nothing is kept in memory for later; whoever publishes keeps it (the outbox) and tries again.
 */
export class Publisher {
  readonly #link: Link;
  readonly #inFlight = new Map<string, InFlight>();
  readonly #confirmTimeoutMs: number;
  #channel: ConfirmChannel | undefined;
  #session: Session | undefined;

  constructor(options: PublisherOptions) {
    // Below the database's limit for idle transactions: the outbox relay waits for confirms inside one.
    this.#confirmTimeoutMs = options.confirmTimeoutMs ?? 12_000;
    const { queueCheckMs = QUEUE_CHECK_MS } = options;
    this.#link = new Link({ ...options, open: (session) => this.#open(session, queueCheckMs) });
  }

  start(): void {
    this.#link.start();
  }

  async stop(): Promise<void> {
    await this.#link.stop();
  }

  /** False while there is no broker, or while it refuses publishers because it is short of memory or disk. */
  get isReady(): boolean {
    return this.#link.isOpen && !this.#link.session?.blocked;
  }

  /** Publishes in the order given; the result at each index tells about the message there. Never rejects. */
  async publish(messages: readonly OutgoingMessage[]): Promise<PublishFailure[]> {
    return Promise.all(messages.map((message) => this.#publishOne(message)));
  }

  #publishOne(message: OutgoingMessage): Promise<PublishFailure> {
    const channel = this.#channel;
    if (!this.isReady || !channel) return Promise.resolve('the broker is away');
    const { exchange, routingKey, body, messageId, type, headers = {} } = message;
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle('not confirmed in time'), this.#confirmTimeoutMs);
      const settle = (failure: PublishFailure) => {
        clearTimeout(timer);
        // The same message may have been sent again since, after its confirm did not come in time.
        if (this.#inFlight.get(messageId) === inFlight) this.#inFlight.delete(messageId);
        resolve(failure);
      };
      const inFlight: InFlight = { settle, returned: false };
      this.#inFlight.set(messageId, inFlight);
      const properties = {
        mandatory: true,
        persistent: true,
        contentType: 'application/json',
        timestamp: Math.floor(Date.now() / 1000),
        messageId,
        type,
        headers,
      };
      try {
        channel.publish(exchange, routingKey, body, properties, (err: unknown) => {
          if (err) settle(err instanceof Error ? err.message : 'refused by the broker');
          else settle(inFlight.returned ? 'no queue takes it' : undefined);
        });
      } catch (err) {
        settle(err instanceof Error ? err.message : String(err));
      }
    });
  }

  async #open(session: Session, queueCheckMs: number): Promise<void> {
    await expectQueues(session);
    const channel = await session.confirmChannel();
    channel.on('return', (message: Message) => {
      const inFlight = this.#inFlight.get(String(message.properties.messageId));
      if (inFlight) inFlight.returned = true;
    });
    session.ended.addEventListener('abort', () => this.#failAll(session));
    this.#session = session;
    this.#channel = channel;
    void keepExpectingQueues(session, queueCheckMs);
  }

  #failAll(session: Session): void {
    if (this.#session !== session) return;
    this.#channel = undefined;
    for (const { settle } of [...this.#inFlight.values()]) settle('the connection was lost');
  }
}

/**
 * Every event has a place in the stream, so one whose work queue is missing is confirmed all the same, and never has its
 * effect. Queues are missing when a broker has just started, which lets clients in before it has all of them back, and
 * when somebody has deleted one.
 */
async function expectQueues(session: Session): Promise<void> {
  const queues = Object.values(QUEUES);
  const areThere = await Promise.all(queues.map((queue) => session.hasQueue(queue)));
  const missing = queues.filter((_queue, index) => !areThere[index]);
  if (missing.length > 0) throw new Error(`the broker has no queue ${missing.join(', ')}`);
}

async function keepExpectingQueues(session: Session, everyMs: number): Promise<void> {
  try {
    for (;;) {
      await sleep(everyMs, undefined, { signal: session.ended });
      await expectQueues(session);
    }
  } catch (err) {
    session.fail(err instanceof Error ? err : new Error(String(err))); // nothing new where it has ended already
  }
}
