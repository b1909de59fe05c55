/** A gateway that has not been heard of for so many probes is taken for gone. */
const MISSED_PROBES = 3;

/** The gateways of this system. Each puts probes into the stream, and all see the probes of all. */
export class Instances {
  readonly own: string;
  readonly #probeEveryMs: number;
  readonly #seenAt = new Map<string, number>();

  constructor({ own, probeEveryMs }: { own: string; probeEveryMs: number }) {
    this.own = own;
    this.#probeEveryMs = probeEveryMs;
  }

  saw(instance: string, at: number): void {
    this.#seenAt.set(instance, at);
  }

  /** Those that gave a sign of life lately, and this one. */
  get alive(): ReadonlySet<string> {
    const since = Date.now() - MISSED_PROBES * this.#probeEveryMs;
    for (const [instance, seenAt] of this.#seenAt) if (seenAt < since) this.#seenAt.delete(instance);
    return new Set([...this.#seenAt.keys(), this.own]);
  }
}
