import { setTimeout } from 'node:timers/promises';
import {
  deadQueue,
  RETRY_DELAYS,
  redeliveryExchange,
  retryQueue,
  type ServiceName,
  SHARD_KEY_HEADER,
} from '@logi/contracts';
import type { Channel, ConsumeMessage } from 'amqplib';
import type { Logger } from 'pino';
import {
  ATTEMPT_HEADER,
  attemptOf,
  type Delivery,
  endlessDeliveries,
  FIRST_KEY_HEADER,
  REASON_HEADER,
  toDelivery,
} from './delivery.ts';
import type { Link } from './link.ts';
import type { Publisher } from './publisher.ts';
import type { Session } from './session.ts';
import { Turns } from './turns.ts';

/*
 * Works through one queue. The naive consumer hands what fails back to its queue (nack with requeue): the broker delivers
 * it at once, so it spins as fast as the machine can, and all that is behind it waits. Sleeping in the handler instead
 * makes everything wait as long. And without requeue it is lost, or dead because of a fault of one second.
 * Ours puts a copy aside, in a queue whose messages come back after a time, and then acknowledges the message:
 *
 *   work queue ──▶ received ──▶ its turn ──▶ handled ─┬─ ack ────────────────────────────────────────▶ acked
 *      ▲            `read`      turns.ts    `handle`  ├─ retry ──────▶ copy in retry.5s, .30s, .5m ──▶ acked
 *      │                                              ├─ deadLetter ─▶ copy in .dead ────────────────▶ acked
 *      ├── after the delay, from the retry queue      └─ leave ──▶ not acked
 *      └── at once, and before all else: what was not acked when its session ended (stop, crash, lost connection)
 *
 * Acked is after the commit, or after the broker's confirm of the copy: in between a message is in two places, never in
 * none. While the broker cannot store the copy, the message stays as it is, unacked, and is not handled again.
 * On `stop` nothing more begins; what is at hand is finished, and the channel closed. Cancelling the consumer first and
 * finishing after that would hand later messages to another instance before the earlier ones are done.
 */

/**
 * How a delivery ends. There is no other way: a handler that throws has a bug or met a passing fault, and is retried.
 *   ack        – the effect is committed, or the message has none
 *   retry      – try again later, by the retry queues, until the attempts are used up
 *   deadLetter – it can never work; kept in the dead queue with the reason
 *   leave      – the consumer stops before it could be handled; the broker delivers it to the next one
 */
export type Outcome =
  | { end: 'ack' }
  | { end: 'retry'; reason: string }
  | { end: 'deadLetter'; reason: string }
  | { end: 'leave' };

export type ConsumerOptions<Content> = {
  /** Whose connection it shares with others; not the publisher's, since a blocked publisher must not block acks. */
  link: Link;
  service: ServiceName;
  queue: string;
  /** The one of its shards that is worked through; the queue itself if left out. */
  shard?: string;
  log: Logger;
  /** Sends what is to be retried or kept. */
  publisher: Publisher;
  /** Must not throw. Deliveries of one key are handled in order, those of different keys side by side. */
  read: (delivery: Delivery) => { key: string; content: Content };
  handle: (content: Content, stopping: AbortSignal) => Promise<Outcome>;
  /** Told how each delivery ended: a retry whose attempts are used up ends as a dead letter. */
  onEnd: (delivery: Delivery, end: Exclude<Outcome['end'], 'leave'>) => void;
  /** How many are delivered and not yet done. */
  prefetch?: number;
  /** Those of all consumers that have their turns together; of its own if left out. */
  turns?: Turns;
};

type Received<Content> = { message: ConsumeMessage; delivery: Delivery; key: string; content: Content };

const PREFETCH = 5;
/** Whoever handled it has died so many times that it may be the cause. */
const SUSPECT_DELIVERIES = 3;
/** While the broker cannot store a retry or a dead letter, it is asked again this often. */
const PUT_ASIDE_PAUSE_MS = 500;
const MAX_REASON_CHARACTERS = 1_000;

/** Consumes by a channel of its own, while its branch of the link is open. */
export class Consumer<Content> {
  readonly #options: ConsumerOptions<Content>;
  readonly #link: Link;
  readonly #stopping = new AbortController();
  readonly #turns: Turns;
  readonly #inHand = new Set<Promise<void>>();

  constructor(options: ConsumerOptions<Content>) {
    const { prefetch = PREFETCH } = options;
    this.#options = options;
    this.#turns = options.turns ?? new Turns(this.#stopping.signal, { atOnce: prefetch });
    this.#link = options.link.branch({
      name: options.shard ?? options.queue,
      open: (session) => this.#open(session),
      drain: async () => void (await Promise.all(this.#inHand)),
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
    const { queue: whole, shard: queue = whole, prefetch = PREFETCH } = this.#options;
    const channel = await session.channel();
    await channel.prefetch(prefetch);
    await channel.consume(queue, (message) => {
      if (message === null) return session.fail(new Error(`consumer of ${queue} cancelled by the broker`));
      const delivery = toDelivery(message);
      const { key, content } = this.#options.read(delivery);
      const isSuspect = endlessDeliveries(delivery) >= SUSPECT_DELIVERIES;
      const received = { message, delivery, key, content };
      const done = this.#turns.add({ key, isSuspect }, () => this.#handle(received, channel, session));
      this.#inHand.add(done);
      void done.then(() => this.#inHand.delete(done));
    });
  }

  async #handle(received: Received<Content>, channel: Channel, session: Session): Promise<void> {
    // What arrived on a session that is over will be delivered again on the next one.
    if (this.#stopping.signal.aborted || session.ended.aborted) return;
    const { message, delivery, key, content } = received;
    const outcome = withinAttempts(delivery, await this.#outcomeOf(delivery, content));
    if (outcome.end === 'leave') return;
    if (outcome.end !== 'ack' && !(await this.#putAside({ delivery, key }, outcome, session))) return;
    if (session.ended.aborted) return;
    channel.ack(message);
    this.#options.onEnd(delivery, outcome.end);
  }

  async #outcomeOf({ messageId }: Delivery, content: Content): Promise<Outcome> {
    const { handle, log, queue } = this.#options;
    try {
      return await handle(content, this.#stopping.signal);
    } catch (err) {
      log.error({ queue, messageId, err }, 'event handler failed');
      return { end: 'retry', reason: err instanceof Error ? err.message : String(err) };
    }
  }

  /** False when the session or the consumer ended before the broker had the copy; the message is then delivered again. */
  async #putAside(
    { delivery, key }: { delivery: Delivery; key: string },
    outcome: { end: 'retry' | 'deadLetter'; reason: string },
    session: Session,
  ): Promise<boolean> {
    const { log, queue, service, publisher } = this.#options;
    const { messageId, routingKey: firstKey, body } = delivery;
    const { reason } = outcome;
    const attempt = attemptOf(delivery);
    const delay = outcome.end === 'retry' ? RETRY_DELAYS[attempt - 1] : undefined;
    const routingKey = delay ? retryQueue(queue, delay.name) : deadQueue(queue);
    // No other header travels on. By the broker's own `x-death`, the way back from the retry queue looks like a circle, and
    // what goes in circles it drops.
    const headers = {
      [ATTEMPT_HEADER]: attempt + 1,
      [REASON_HEADER]: reason.slice(0, MAX_REASON_CHARACTERS),
      [FIRST_KEY_HEADER]: firstKey,
      [SHARD_KEY_HEADER]: key,
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
