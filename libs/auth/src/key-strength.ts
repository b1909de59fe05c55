import type { KeyObject } from 'node:crypto';

export const MIN_RSA_BITS = 2_048;

/** What a public key verifies for us; undefined when it is too weak, or of a kind that we do not take. */
export function algorithmOf(key: KeyObject): 'RS256' | 'ES256' | undefined {
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'rsa' && modulusLength >= MIN_RSA_BITS) return 'RS256';
  return namedCurve === 'prime256v1' ? 'ES256' : undefined;
}
