import { createPublicKey, type KeyObject } from 'node:crypto';
import { DomainError } from '@logi/contracts';
import { z } from 'zod';

const FETCH_TIMEOUT_MS = 5_000;
/** Keys in use are fetched anew after this long, while they are still good, so that nobody need wait for it. */
const REFRESH_AGE_MS = 300_000;
/** A key that the issuer has withdrawn is refused after this long at the latest, unless the issuer is away. */
const MAX_AGE_MS = 600_000;
/** Made-up key ids, and an issuer that is away, make us ask it this often at most, and the keys we know stay good. */
const MIN_AGE_MS = 10_000;

const keySet = z.object({
  keys: z.array(z.looseObject({ kid: z.string().optional(), use: z.string().optional() })),
});

type SigningKey = { kid: string | undefined; key: KeyObject };

/** The public keys that an issuer publishes as a JWKS. Only the configured address is ever asked. */
export class IssuerKeys {
  readonly #url: string;
  readonly #now: () => number;
  #keys: SigningKey[] = [];
  #fetchedAt = Number.NEGATIVE_INFINITY;
  /** Undefined once it has answered again. */
  #failedAt: number | undefined;
  #fetching: Promise<void> | undefined;

  constructor(url: string, now: () => number = Date.now) {
    this.#url = url;
    this.#now = now;
  }

  /** The key with this id, or the only key there is for a token that names none. */
  async find(kid: string | undefined): Promise<KeyObject | undefined> {
    const known = this.#pick(kid);
    const age = this.#now() - this.#fetchedAt;
    if (!known) {
      if (age <= MIN_AGE_MS) return undefined;
      await this.#fetch();
      return this.#pick(kid);
    }
    if (age <= REFRESH_AGE_MS) return known;
    const failedAt = this.#failedAt;
    if (failedAt !== undefined && this.#now() - failedAt <= MIN_AGE_MS) return known;
    const refreshed = this.#fetch().catch(() => undefined); // an issuer that is away has withdrawn nothing
    if (age <= MAX_AGE_MS || failedAt !== undefined) return known;
    await refreshed;
    return this.#pick(kid);
  }

  #pick(kid: string | undefined): KeyObject | undefined {
    if (kid === undefined) return this.#keys.length === 1 ? this.#keys[0]?.key : undefined;
    return this.#keys.find((known) => known.kid === kid)?.key;
  }

  #fetch(): Promise<void> {
    this.#fetching ??= this.#load().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #load(): Promise<void> {
    try {
      const response = await fetch(this.#url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
      if (!response.ok) throw new Error(`the issuer answered ${response.status}`);
      this.#keys = keySet.parse(await response.json()).keys.flatMap(readKey);
      this.#fetchedAt = this.#now();
      this.#failedAt = undefined;
    } catch (cause) {
      this.#failedAt = this.#now();
      throw new DomainError('unavailable', { cause });
    }
  }
}

/** A key set may hold keys for other purposes and of kinds to come; they are not for us. */
function readKey(jwk: z.infer<typeof keySet>['keys'][number]): SigningKey[] {
  if (jwk.use !== undefined && jwk.use !== 'sig') return [];
  try {
    // Throws for a symmetric key, too: none of those is ever published in good faith.
    return [{ kid: jwk.kid, key: createPublicKey({ key: jwk, format: 'jwk' }) }];
  } catch {
    return [];
  }
}
