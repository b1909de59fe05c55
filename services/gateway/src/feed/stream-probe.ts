import { randomUUID } from 'node:crypto';
import { parseJson, redeliveryExchange, STREAM_PROBE } from '@logi/contracts';
import type { Publisher, StreamMessage } from '@logi/messaging';
import { z } from 'zod';

/** A gateway that has not been heard of for so many probes is taken for gone. */
const MISSED_PROBES = 3;

const probe = z.object({ instance_id: z.string(), sent_at: z.number() });

export type StreamProbeOptions = {
  instanceId: string;
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

/**
 * Asks the only question that matters, again and again: does what is put into the stream come out here? A connection that
 * is up, and even one whose heartbeats pass, says nothing about it.
 *
 *   idle    --(everyMs passed, or nothing came back since the last attach)--> waiting   one probe is published
 *   waiting --(it comes back: onReturn)-------------------------------------> idle
 *   waiting --(the broker did not take it)----------------------------------> idle      no word about delivery
 *   waiting --(timeoutMs: onLost)-------------------------------------------> idle
 */
export class StreamProbe {
  readonly #options: StreamProbeOptions;
  readonly #seenAt = new Map<string, number>();
  #hasReturned = false;
  #sentAt: number | undefined;
  #waitingSince = 0;
  #progress = 0;
  #nextAt = 0;

  constructor(options: StreamProbeOptions) {
    this.#options = options;
  }

  /** A probe has come back since the consumer was attached last. */
  get hasReturned(): boolean {
    return this.#hasReturned;
  }

  /** The gateways whose probes came by lately: all see the probes of all. */
  get instances(): ReadonlySet<string> {
    const since = Date.now() - MISSED_PROBES * this.#options.everyMs;
    for (const [instance, seenAt] of this.#seenAt) if (seenAt < since) this.#seenAt.delete(instance);
    return new Set([...this.#seenAt.keys(), this.#options.instanceId]);
  }

  attached(): void {
    this.#hasReturned = false;
    this.#sentAt = undefined;
    this.#nextAt = 0;
  }

  take({ body }: StreamMessage): void {
    const { instanceId, everyMs, onReturn } = this.#options;
    const parsed = probe.safeParse(parseJson(body.toString('utf8')));
    if (!parsed.success) return;
    this.#seenAt.set(parsed.data.instance_id, parsed.data.sent_at);
    if (parsed.data.instance_id !== instanceId || parsed.data.sent_at !== this.#sentAt) return;
    this.#hasReturned = true;
    this.#sentAt = undefined;
    this.#nextAt = Date.now() + everyMs;
    onReturn((Date.now() - parsed.data.sent_at) / 1000);
  }

  /** To be called often while attached. */
  async tick(): Promise<void> {
    const { instanceId, publisher, timeoutMs, progress, onLost } = this.#options;
    const now = Date.now();
    if (this.#sentAt !== undefined) {
      if (progress() !== this.#progress) this.#waitingSince = now;
      this.#progress = progress();
      if (now - this.#waitingSince < timeoutMs) return;
      this.#sentAt = undefined;
      this.#hasReturned = false;
      onLost();
    }
    if (now < this.#nextAt || !publisher.isReady) return;
    this.#sentAt = now;
    this.#waitingSince = now;
    const message = { instance_id: instanceId, sent_at: now };
    const [failure] = await publisher.publish([
      {
        exchange: redeliveryExchange('gateway'),
        routingKey: STREAM_PROBE,
        body: Buffer.from(JSON.stringify(message)),
        messageId: randomUUID(),
        type: STREAM_PROBE,
      },
    ]);
    if (failure !== undefined && this.#sentAt === now) this.#sentAt = undefined;
  }
}
