import { DomainError } from '@logi/contracts';
import { networkOf } from '@logi/service';

export type AdmissionLimits = { maxPerAddress: number; maxUpgradesPerSecond: number };

/** How many connections an address has, and how fast those come whose token is good. */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #perNetwork = new Map<string, number>();
  #allowed: number;
  #filledAt = Date.now();

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
    this.#allowed = limits.maxUpgradesPerSecond;
  }

  /** Throws when its address has no room; cheap, and before the token is looked at. */
  checkAddress(address: string): void {
    const open = this.#perNetwork.get(networkOf(address)) ?? 0;
    if (open >= this.#limits.maxPerAddress) throw new DomainError('too_many_connections');
  }

  /** Throws when so many come that this one must wait. Who has no good token does not get here, and takes no turn. */
  takeTurn(): void {
    const { maxUpgradesPerSecond } = this.#limits;
    const now = Date.now();
    const refill = ((now - this.#filledAt) / 1000) * maxUpgradesPerSecond;
    this.#allowed = Math.min(maxUpgradesPerSecond, this.#allowed + refill);
    this.#filledAt = now;
    if (this.#allowed < 1) throw new DomainError('unavailable', { message: 'Too many connections at once' });
    this.#allowed -= 1;
  }

  enter(address: string): void {
    const network = networkOf(address);
    this.#perNetwork.set(network, (this.#perNetwork.get(network) ?? 0) + 1);
  }

  leave(address: string): void {
    const network = networkOf(address);
    const left = (this.#perNetwork.get(network) ?? 1) - 1;
    if (left === 0) this.#perNetwork.delete(network);
    else this.#perNetwork.set(network, left);
  }
}
