import { hash } from 'node:crypto';
import type { Identity, VerifyToken } from './verify.ts';

/** A key that its issuer takes back holds for so much longer; a block holds at once, since it is asked apart from this. */
const REMEMBERED_MS = 5_000;
/** Beyond these the oldest are forgotten, and verified again. */
const MAX_REMEMBERED = 10_000;

type Remembered = { identity: Identity; until: number };

/**
 * Whoever calls again within seconds is known by the hash of their token, which costs a tenth of its signature. A token
 * that was refused is verified each time: what is remembered is only ever what was good, and no longer than it is.
 */
export function rememberTokens(verify: VerifyToken, clock: () => number = Date.now): VerifyToken {
  const known = new Map<string, Remembered>();
  return async (token) => {
    const key = hash('sha256', token, 'base64');
    const found = known.get(key);
    if (found && clock() < found.until) return found.identity;
    known.delete(key);
    const identity = await verify(token);
    known.set(key, { identity, until: Math.min(clock() + REMEMBERED_MS, identity.expiresAt) });
    if (known.size > MAX_REMEMBERED) for (const oldest of known.keys()) if (known.delete(oldest)) break;
    return identity;
  };
}
