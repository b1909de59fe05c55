import { randomUUID } from 'node:crypto';
import { parseJson, redeliveryExchange, STREAM_PROBE } from '@logi/contracts';
import type { Publisher, StreamMessage } from '@logi/messaging';
import { z } from 'zod';
import type { Instances } from '../instances.ts';

const probe = z.object({ instance_id: z.string(), sent_at: z.number() });

export type StreamProbeOptions = {
  instances: Instances;
  publisher: Publisher;
  everyMs: number;
  /** A probe that the broker has taken and that does not come back by then means that delivery is dead. */
  timeoutMs: number;
  /** Grows with what is read: as long as it does, the probe is only waiting its turn. */
  progress: () => number;
  /** Our probe came back: everything that was published before it has been read. */
  onReturn: (lagSeconds: number) => void;
  onLost: () => void;
};

type State =
  | { readonly is: 'idle'; readonly nextAt: number }
  | { readonly is: 'waiting'; readonly sentAt: number; silentSince: number; progress: number | undefined };

/**
 * Asks the only question that matters, again and again: does what is put into the stream come out here? A connection
 * that is up, and even one whose heartbeats pass, says nothing about it.
 *
 *   idle    --(everyMs passed, or nothing came back since the last attach)--> waiting   one probe is published
 *   waiting --(it comes back: onReturn)-------------------------------------> idle
 *   waiting --(the broker did not take it)----------------------------------> idle      no word about delivery
 *   waiting --(nothing is read for timeoutMs: onLost)-----------------------> idle
 *   any     --(attached)----------------------------------------------------> idle      what was sent before does not count
 */
export class StreamProbe {
  readonly #options: StreamProbeOptions;
  #state: State = { is: 'idle', nextAt: 0 };

  constructor(options: StreamProbeOptions) {
    this.#options = options;
  }

  attached(): void {
    this.#state = { is: 'idle', nextAt: 0 };
  }

  /** A probe of this gateway or of another has come through the stream. */
  receive({ body }: StreamMessage): void {
    const { instances, everyMs, onReturn } = this.#options;
    const parsed = probe.safeParse(parseJson(body.toString('utf8')));
    if (!parsed.success) return;
    const { instance_id: instance, sent_at: sentAt } = parsed.data;
    instances.saw(instance, sentAt);
    const state = this.#state;
    if (state.is !== 'waiting' || instance !== instances.own || sentAt !== state.sentAt) return;
    this.#state = { is: 'idle', nextAt: Date.now() + everyMs };
    onReturn((Date.now() - sentAt) / 1000);
  }

  /** To be called often while attached. */
  async tick(): Promise<void> {
    const { publisher, onLost } = this.#options;
    const now = Date.now();
    if (this.#state.is === 'waiting') {
      if (!this.#isSilentTooLong(this.#state, now)) return;
      this.#state = { is: 'idle', nextAt: now };
      onLost();
    }
    if (this.#state.is !== 'idle' || now < this.#state.nextAt || !publisher.isReady) return;
    const waiting: State = { is: 'waiting', sentAt: now, silentSince: now, progress: undefined };
    this.#state = waiting;
    const isTaken = await this.#publish(now);
    if (!isTaken && this.#state === waiting) this.#state = { is: 'idle', nextAt: now };
  }

  #isSilentTooLong(waiting: Extract<State, { is: 'waiting' }>, now: number): boolean {
    const progress = this.#options.progress();
    if (progress !== waiting.progress) waiting.silentSince = now;
    waiting.progress = progress;
    return now - waiting.silentSince >= this.#options.timeoutMs;
  }

  async #publish(sentAt: number): Promise<boolean> {
    const { instances, publisher } = this.#options;
    const [failure] = await publisher.publish([
      {
        exchange: redeliveryExchange('gateway'),
        routingKey: STREAM_PROBE,
        body: Buffer.from(JSON.stringify({ instance_id: instances.own, sent_at: sentAt })),
        messageId: randomUUID(),
        type: STREAM_PROBE,
      },
    ]);
    return failure === undefined;
  }
}
