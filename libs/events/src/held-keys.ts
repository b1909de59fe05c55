/** How long the events of a key wait after one of them failed. */
const HOLD_MS = 1_000;

/** Keys left alone after a failure, each until its time, so that they do not fill every batch. */
export class HeldKeys {
  readonly #until = new Map<string, number>();

  hold(key: string): void {
    this.#until.set(key, Date.now() + HOLD_MS);
  }

  keys(): string[] {
    for (const [key, until] of this.#until) if (until <= Date.now()) this.#until.delete(key);
    return [...this.#until.keys()];
  }
}
