import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
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
  check(address: string): void {
    const { maxPerAddress, maxUpgradesPerSecond } = this.#limits;
    if ((this.#perAddress.get(address) ?? 0) >= maxPerAddress) throw new DomainError('too_many_connections');
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

/**
 * Where a client comes from: the peer of the TCP connection, or, behind so many proxies of our own, what the outermost
 * of them says. Each adds its peer at the end of the list, so what stands further left came with the client and is its
 * word only.
 */
export function addressOf({ socket, headers }: IncomingMessage, trustedProxyHops: number): string {
  const peer = socket.remoteAddress ?? '';
  const forwarded = headers['x-forwarded-for'];
  if (trustedProxyHops === 0 || forwarded === undefined) return peer;
  const passed = String(forwarded).split(',').slice(-trustedProxyHops);
  const address = passed[0]?.trim() ?? '';
  return isIP(address) === 0 ? peer : address;
}
