import { randomBytes } from 'node:crypto';
import { DomainError, principalId } from '@logi/contracts';
import jwt from 'jsonwebtoken';
import { z } from 'zod';
import type { AuthConfig } from './config.ts';

/*
 * A code by which an admin signs in to the console: made by whoever has the stack's secret, which is whoever could make
 * themselves a token anyhow, and exchanged for one by whoever holds it first. So a link with it may be printed to a
 * terminal, where a token that is good for an hour should not stay.
 *
 * It is signed with that secret, which is how it gets to the service with nothing kept anywhere. Its `typ` keeps the two
 * apart: no code is taken for a token (verify.ts), and no token for a code.
 */

const TYPE = 'logi-sign-in+jwt';
export const CODE_LIFETIME_SECONDS = 300;
const ID_BYTES = 16;
const MAX_CODE_CHARACTERS = 2_048;

const claims = z.object({ sub: principalId, jti: z.string().min(1).max(64), iat: z.number(), exp: z.number() });
const header = z.object({ typ: z.literal(TYPE) });

/** `id` is what can be used once; `expiresAt` in milliseconds since 1970. */
export type SignInCode = { id: string; sub: string; expiresAt: number };

export function signCode({ sub, secret, ttlSeconds = CODE_LIFETIME_SECONDS }: CodeOptions): string {
  return jwt.sign({}, secret, {
    algorithm: 'HS256',
    subject: sub,
    expiresIn: ttlSeconds,
    jwtid: randomBytes(ID_BYTES).toString('base64url'),
    header: { alg: 'HS256', typ: TYPE },
  });
}

type CodeOptions = { sub: string; secret: string; ttlSeconds?: number };

/** Throws `sign_in_code_invalid`, which says what is wrong with it, unless it is one of ours and good still. */
export function readCode(code: string, { keys }: Pick<AuthConfig, 'keys'>): SignInCode {
  if (keys.kind !== 'secret') throw invalid('Tokens of this stack are signed by somebody else: paste one instead');
  if (code.length > MAX_CODE_CHARACTERS) throw invalid();
  for (const key of keys.secrets) {
    const parsed = verified(code, key);
    if (!parsed) continue;
    const { sub, jti: id, iat, exp } = parsed;
    if (exp <= Date.now() / 1_000 || exp - iat > CODE_LIFETIME_SECONDS)
      throw invalid('The sign-in code is older than five minutes; ask for another');
    return { id, sub, expiresAt: exp * 1_000 };
  }
  throw invalid();
}

function verified(code: string, key: jwt.Secret): z.infer<typeof claims> | undefined {
  try {
    const { header: given, payload } = jwt.verify(code, key, {
      algorithms: ['HS256'],
      ignoreExpiration: true,
      complete: true,
    });
    return header.safeParse(given).success ? claims.safeParse(payload).data : undefined;
  } catch {
    return undefined; // whatever is wrong with it: it is not ours
  }
}

function invalid(message?: string): DomainError {
  return new DomainError('sign_in_code_invalid', message === undefined ? {} : { message });
}
