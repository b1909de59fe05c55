import { signToken } from '@logi/auth';
import type { Principal } from '@logi/contracts';

/** Somebody who can enter by every front door: `id` is the token's `sub`. */
export type Person = Principal & { token: string };

/** With what tokens are signed, and for how long. */
export type Signing = { secret: string; ttlSeconds: number };

export function withToken({ role, id }: Principal, signing: Signing): Person {
  return { role, id, token: signToken({ role, sub: id, ...signing }) };
}
