import type { IncomingMessage } from 'node:http';
import { DomainError } from '@logi/contracts';

export type AdmissionLimits = { maxPerAddress: number; maxUpgradesPerSecond: number };

/** What is asked of a connection before anybody knows who it is: how many its address has, and how fast they come. */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #perAddress = new Map<string, number>();
  #allowed: number;
  #filledAt = Date.now();

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
    this.#allowed = limits.maxUpgradesPerSecond;
  }

  /** Throws when the upgrade must wait; cheap, and before the token is looked at. */
  check(request: IncomingMessage): void {
    const { maxPerAddress, maxUpgradesPerSecond } = this.#limits;
    if ((this.#perAddress.get(addressOf(request)) ?? 0) >= maxPerAddress) throw new DomainError('too_many_connections');
    const now = Date.now();
    const refill = ((now - this.#filledAt) / 1000) * maxUpgradesPerSecond;
    this.#allowed = Math.min(maxUpgradesPerSecond, this.#allowed + refill);
    this.#filledAt = now;
    if (this.#allowed < 1) throw new DomainError('unavailable', { message: 'Too many connections at once' });
    this.#allowed -= 1;
  }

  enter(address: string): void {
    this.#perAddress.set(address, (this.#perAddress.get(address) ?? 0) + 1);
  }

  leave(address: string): void {
    const left = (this.#perAddress.get(address) ?? 1) - 1;
    if (left === 0) this.#perAddress.delete(address);
    else this.#perAddress.set(address, left);
  }
}

/** The peer of the TCP connection; behind a proxy that is the proxy, and the limit is best raised. */
export function addressOf({ socket }: IncomingMessage): string {
  return socket.remoteAddress ?? '';
}
