import { type BlockEntry, DomainError, type Principal, principalKey } from '@logi/contracts';
import type { Identity } from './verify.ts';

type Kept = { version: number; block: Block | undefined; namedAt: number };
/** Times in milliseconds since 1970. */
type Block = { until: number; tokensIssuedBefore: number | undefined };

export type Holder = Pick<Identity, 'principal' | 'issuedAt'>;

/**
 * Whom an operator has put out, in the memory of a process. Whoever verifies a token asks here, too; and before it is
 * known who is blocked, nobody is admitted.
 */
export class Blocks {
  readonly #byPrincipal = new Map<string, Kept>();
  readonly #listeners: ((principal: Principal) => void)[] = [];
  #areKnown = false;
  /** Counts the snapshots that have been read. */
  #age = 0;

  get areKnown(): boolean {
    return this.#areKnown;
  }

  /** All there was has been learnt. */
  setKnown(): void {
    this.#areKnown = true;
  }

  /** Called when somebody is blocked, with what they have open already. */
  onBlocked(listener: (principal: Principal) => void): void {
    this.#listeners.push(listener);
  }

  /** The newest version counts, in whatever order they come. */
  learn({ role, sub, version, is_blocked, until, tokens_issued_before }: BlockEntry): void {
    const principal = { role, id: sub };
    const known = this.#byPrincipal.get(principalKey(principal));
    if (known) known.namedAt = this.#age;
    if (known && known.version >= version) return;
    const block = is_blocked
      ? {
          until: until === null ? Number.POSITIVE_INFINITY : Date.parse(until),
          tokensIssuedBefore: tokens_issued_before === null ? undefined : Date.parse(tokens_issued_before),
        }
      : undefined;
    this.#byPrincipal.set(principalKey(principal), { version, block, namedAt: this.#age });
    if (block) for (const listener of this.#listeners) listener(principal);
  }

  /** A snapshot of all blocks has been read: what nothing has named since the one before was lifted, or has ended. */
  forgetUnnamed(): void {
    for (const [key, { namedAt }] of this.#byPrincipal) if (namedAt < this.#age) this.#byPrincipal.delete(key);
    this.#age += 1;
  }

  /** Throws when whoever holds such a token is not to be admitted. */
  check(holder: Holder): void {
    if (!this.#areKnown) throw new DomainError('unavailable', { message: 'It is not known yet who is blocked' });
    const why = this.whyRefused(holder);
    if (why) throw new DomainError(why);
  }

  whyRefused({ principal, issuedAt }: Holder): 'blocked' | 'token_revoked' | undefined {
    if (this.#byPrincipal.size === 0) return undefined; // asked for each batch of points
    const block = this.#byPrincipal.get(principalKey(principal))?.block;
    if (!block || block.until <= Date.now()) return undefined;
    if (block.tokensIssuedBefore === undefined) return 'blocked';
    // A token that does not say when it was issued may be any age.
    return issuedAt === undefined || issuedAt < block.tokensIssuedBefore ? 'token_revoked' : undefined;
  }
}
