import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { deadQueue, RETRY_DELAYS, redeliveryExchange, retryQueue, type ServiceName } from '@logi/contracts';
import type { Channel, ConsumeMessage } from 'amqplib';
import type { Logger } from 'pino';
import { Link } from './link.ts';
import type { Publisher } from './publisher.ts';
import type { Session } from './session.ts';

export type Delivery = { messageId: string; routingKey: string; body: Buffer; headers: Record<string, unknown> };

/**
 * How a delivery ends. There is no other way: a handler that throws has a bug or met a passing fault, and is retried.
 *   ack        – the effect is committed, or the message has none
 *   retry      – try again later, by the retry queues, until the attempts are used up
 *   deadLetter – it can never work; kept in the dead queue with the reason
 *   leave      – the consumer stops before it could be handled; the broker gives it to the next one
 */
export type Outcome =
  | { end: 'ack' }
  | { end: 'retry'; reason: string }
  | { end: 'deadLetter'; reason: string }
  | { end: 'leave' };

export type ConsumerOptions<Content> = {
  url: string;
  name: string;
  service: ServiceName;
  queue: string;
  log: Logger;
  /** Sends what is to be retried or kept; on its own connection, since a blocked publisher must not block acks. */
  publisher: Publisher;
  /** Must not throw. Deliveries of one key are handled in order, those of different keys side by side. */
  read: (delivery: Delivery) => { key: string; content: Content };
  handle: (content: Content, stopping: AbortSignal) => Promise<Outcome>;
  /** Told how each delivery ended: a retry whose attempts are used up ends as a dead letter. */
  onEnd: (delivery: Delivery, end: Exclude<Outcome['end'], 'leave'>) => void;
  /** How many are handled at a time: each takes a connection of the database's pool, which requests need, too. */
  prefetch?: number;
};

const PREFETCH = 5;
/** Whoever handled it has died so many times that it may be the cause. */
const SUSPECT_DELIVERIES = 3;
/** What was delivered along with it has arrived by then. */
const SUSPECT_PAUSE_MS = 20;

type Taken<Content> = { message: ConsumeMessage; delivery: Delivery; content: Content };

/** The attempt number travels with the message, so more instances do not mean more attempts. */
const ATTEMPT_HEADER = 'x-attempt';
export const REASON_HEADER = 'x-reason';
export const FIRST_KEY_HEADER = 'x-first-routing-key';
/** A broker that cannot take a retry or a dead letter now gets another chance this often; the message stays unacked. */
const PUT_ASIDE_PAUSE_MS = 500;
const MAX_REASON_CHARACTERS = 1_000;

/**
 * Takes the deliveries of one queue: a queue in order has one active consumer, so going through it one by one would be
 * the whole system's limit. On `stop` it finishes those at hand and closes the channel; cancelling first and draining
 * after would hand later messages to another instance before the earlier ones are done.
 */
export class Consumer<Content> {
  readonly #options: ConsumerOptions<Content>;
  readonly #link: Link;
  readonly #stopping = new AbortController();
  /** The last delivery taken of each key that is being worked on. */
  readonly #current = new Map<string, Promise<void>>();
  /** What is being handled and has not been suspected of anything. */
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: ConsumerOptions<Content>) {
    this.#options = options;
    this.#link = new Link({
      url: options.url,
      name: options.name,
      log: options.log,
      open: (session) => this.#open(session),
      drain: () => this.#drain(),
    });
  }

  start(): void {
    this.#link.start();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#link.stop();
  }

  get isConsuming(): boolean {
    return this.#link.isOpen;
  }

  async #open(session: Session): Promise<void> {
    const { queue, prefetch = PREFETCH } = this.#options;
    const channel = await session.channel();
    await channel.prefetch(prefetch);
    await channel.consume(queue, (message) => {
      if (message === null) return session.fail(new Error(`consumer of ${queue} cancelled by the broker`));
      const delivery = toDelivery(message);
      const { key, content } = this.#options.read(delivery);
      const isSuspect = Number(delivery.headers['x-delivery-count'] ?? 0) >= SUSPECT_DELIVERIES;
      this.#inTurn(key, async () => {
        if (isSuspect) await this.#letOthersPass();
        const taken = this.#take({ message, delivery, content }, channel, session);
        if (!isSuspect) this.#underWay.add(taken);
        await taken.finally(() => this.#underWay.delete(taken));
      });
    });
  }

  #inTurn(key: string, task: () => Promise<void>): void {
    const done = (this.#current.get(key) ?? Promise.resolve()).then(task).finally(() => {
      if (this.#current.get(key) === done) this.#current.delete(key);
    });
    this.#current.set(key, done);
  }

  /** A crash counts against all that were delivered, so what may bring one about begins when the others are done. */
  async #letOthersPass(): Promise<void> {
    await setTimeout(SUSPECT_PAUSE_MS, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    await Promise.all(this.#underWay);
  }

  async #drain(): Promise<void> {
    await Promise.all(this.#current.values());
  }

  async #take(taken: Taken<Content>, channel: Channel, session: Session): Promise<void> {
    // What arrived on a session that is over will be delivered again on the next one.
    if (this.#stopping.signal.aborted || session.ended.aborted) return;
    const { message, delivery, content } = taken;
    const outcome = withinAttempts(delivery, await this.#handle(delivery, content));
    if (outcome.end === 'leave') return;
    if (outcome.end !== 'ack' && !(await this.#putAside(delivery, outcome, session))) return;
    if (session.ended.aborted) return;
    channel.ack(message);
    this.#options.onEnd(delivery, outcome.end);
  }

  async #handle({ messageId }: Delivery, content: Content): Promise<Outcome> {
    const { handle, log, queue } = this.#options;
    try {
      return await handle(content, this.#stopping.signal);
    } catch (err) {
      log.error({ queue, messageId, err }, 'event handler failed');
      return { end: 'retry', reason: err instanceof Error ? err.message : String(err) };
    }
  }

  /**
   * Publishes and confirms before the ack: in between the message is in two places, never in none. False when the
   * session or the consumer ended before that; the message is then delivered again.
   */
  async #putAside(
    delivery: Delivery,
    outcome: { end: 'retry' | 'deadLetter'; reason: string },
    session: Session,
  ): Promise<boolean> {
    const { log, queue, service, publisher } = this.#options;
    const { messageId, routingKey: firstKey, body } = delivery;
    const { reason } = outcome;
    const attempt = attemptOf(delivery);
    const delay = outcome.end === 'retry' ? RETRY_DELAYS[attempt - 1] : undefined;
    const routingKey = delay ? retryQueue(queue, delay.name) : deadQueue(queue);
    // No other header travels on. With the broker's own `x-death`, it would take the way back from the retry queue for a
    // circle and drop the message.
    const headers = {
      [ATTEMPT_HEADER]: attempt + 1,
      [REASON_HEADER]: reason.slice(0, MAX_REASON_CHARACTERS),
      [FIRST_KEY_HEADER]: firstKey,
    };
    const copy = { exchange: redeliveryExchange(service), routingKey, body, messageId, type: firstKey, headers };
    const over = AbortSignal.any([this.#stopping.signal, session.ended]);
    while (!over.aborted) {
      const [failure] = await publisher.publish([copy]);
      log.warn(
        { queue, messageId, to: routingKey, reason, failure },
        failure ? 'event cannot be put aside yet' : 'event put aside',
      );
      if (failure === undefined) return true;
      await setTimeout(PUT_ASIDE_PAUSE_MS, undefined, { signal: over }).catch(() => undefined);
    }
    return false;
  }
}

function withinAttempts(delivery: Delivery, outcome: Outcome): Outcome {
  const isUsedUp = outcome.end === 'retry' && attemptOf(delivery) > RETRY_DELAYS.length;
  return isUsedUp ? { end: 'deadLetter', reason: outcome.reason } : outcome;
}

function toDelivery(message: ConsumeMessage): Delivery {
  const headers: Record<string, unknown> = message.properties.headers ?? {};
  const firstKey = headers[FIRST_KEY_HEADER];
  const messageId: unknown = message.properties.messageId;
  return {
    messageId: typeof messageId === 'string' && messageId !== '' ? messageId : randomUUID(),
    // A message back from a retry queue carries that queue's routing key.
    routingKey: typeof firstKey === 'string' ? firstKey : message.fields.routingKey,
    body: message.content,
    headers,
  };
}

/** 1 where the message does not say. */
export function attemptOf({ headers }: Pick<Delivery, 'headers'>): number {
  const attempt = headers[ATTEMPT_HEADER];
  return typeof attempt === 'number' && Number.isInteger(attempt) && attempt >= 1 ? attempt : 1;
}
