import { createPublicKey, type KeyObject } from 'node:crypto';
import { DomainError } from '@logi/contracts';
import { z } from 'zod';
import { algorithmOf } from './key-strength.ts';

const FETCH_TIMEOUT_MS = 5_000;
/** Keys in use are fetched anew after this long, while they are still good, so that nobody need wait for it. */
const REFRESH_AGE_MS = 300_000;
/** A key that the issuer has withdrawn is refused after this long at the latest, unless the issuer is away. */
const MAX_AGE_MS = 600_000;
/** Made-up key ids, and an issuer that is away, make us ask it this often at most, and the keys we know stay good. */
const MIN_AGE_MS = 10_000;
/** An issuer that has never answered is asked this often: before it does, nobody gets in. */
const FIRST_ANSWER_PAUSE_MS = 1_000;
/** Hundreds of times what a key set has. */
const MAX_KEY_SET_BYTES = 1_048_576;

const keySet = z.object({
  keys: z.array(
    z.looseObject({
      kid: z.string().optional(),
      use: z.string().optional(),
      alg: z.string().optional(),
      key_ops: z.array(z.string()).optional(),
    }),
  ),
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
      if (this.#isAwayStill()) throw new DomainError('unavailable'); // logged with its cause when it was asked
      await this.#fetch();
      return this.#pick(kid);
    }
    if (age <= REFRESH_AGE_MS || this.#isAwayStill()) return known;
    const failedAt = this.#failedAt;
    const refreshed = this.#fetch().catch(() => undefined); // an issuer that is away has withdrawn nothing
    if (age <= MAX_AGE_MS || failedAt !== undefined) return known;
    await refreshed;
    return this.#pick(kid);
  }

  /** It failed so lately that it is not asked again. */
  #isAwayStill(): boolean {
    const hasAnswered = this.#fetchedAt !== Number.NEGATIVE_INFINITY;
    const pauseMs = hasAnswered ? MIN_AGE_MS : FIRST_ANSWER_PAUSE_MS;
    return this.#failedAt !== undefined && this.#now() - this.#failedAt <= pauseMs;
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
      const signal = AbortSignal.timeout(FETCH_TIMEOUT_MS);
      const response = await fetch(this.#url, { signal, redirect: 'error' });
      if (!response.ok) throw new Error(`the issuer answered ${response.status}`);
      this.#keys = keySet.parse(JSON.parse(await readText(response))).keys.flatMap(readKey);
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
  const { kid, use = 'sig', alg, key_ops: operations = ['verify'] } = jwk;
  const isPrivate = 'd' in jwk; // and known to everybody by now
  if (use !== 'sig' || !operations.includes('verify') || isPrivate) return [];
  try {
    // Throws for a symmetric key, too: none of those is ever published in good faith.
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const algorithm = algorithmOf(key);
    return algorithm && (alg ?? algorithm) === algorithm ? [{ kid, key }] : [];
  } catch {
    return [];
  }
}

async function readText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop ends the connection.
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_KEY_SET_BYTES) throw new Error(`the key set is larger than ${MAX_KEY_SET_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
