import type { IncomingMessage } from 'node:http';
import type { Identity } from '@logi/auth';
import { DomainError, principalKey } from '@logi/contracts';
import { type AddressTrust, addressOf, networkOf } from './address.ts';
import type { Allowance, AllowanceClass } from './allowance.ts';

const OF_ADDRESS = 'Too many calls without a valid token from this network address';
/** A refusal costs us as much as many an answer; who waits for it sends nothing meanwhile. */
const LATE_MS = 1_000;
const STATUSES_OF_STRANGERS: ReadonlySet<number> = new Set([401, 403]);

export type CallersOptions = { allowance: Allowance; trust: AddressTrust };

/**
 * Who knocks, at whatever door. Who has no good token is an address, which pays for what it is refused and for what is open
 * to everybody; who has one pays with their own name, and shares no fate with thousands behind the same address.
 */
export class Callers {
  readonly #allowance: Allowance;
  readonly #trust: AddressTrust;

  constructor({ allowance, trust }: CallersOptions) {
    this.#allowance = allowance;
    this.#trust = trust;
  }

  addressOf(request: IncomingMessage): string {
    return addressOf(request, this.#trust);
  }

  /** For what nobody needs a token, and for what is refused to somebody unknown. */
  payAsStranger(request: IncomingMessage, cost = 1): void {
    this.#allowance.pay('strangers', networkOf(this.addressOf(request)), { cost, message: OF_ADDRESS });
  }

  /** Runs what verifies a token; the address pays when that is refused. */
  async verified(request: IncomingMessage, verify: () => Promise<Identity>): Promise<Identity> {
    try {
      return await verify();
    } catch (err) {
      if (err instanceof DomainError && STATUSES_OF_STRANGERS.has(err.status)) this.payAsStranger(request);
      throw err;
    }
  }

  /** Runs what tells somebody that they are refused; later, when they were told to wait and do not. */
  inTime(request: IncomingMessage, { status }: DomainError, tell: () => void): void {
    const isInTime = status !== 429 || this.#allowance.tryPay('refusals', networkOf(this.addressOf(request)));
    if (isInTime) tell();
    else setTimeout(tell, LATE_MS);
  }

  pay({ principal }: Identity, name: AllowanceClass, cost = 1): void {
    this.#allowance.pay(name, principalKey(principal), { cost });
  }
}
