import type { KeyObject } from 'node:crypto';
import { DomainError, type Principal, principalId, role } from '@logi/contracts';
import jwt from 'jsonwebtoken';
import { z } from 'zod';
import type { AuthConfig } from './config.ts';
import { IssuerKeys } from './issuer-keys.ts';

/** A verified token: who, and until when (milliseconds since 1970). */
export type Identity = { principal: Principal; expiresAt: number };

/** Rejects with a DomainError `unauthenticated` that says what is wrong with the token, and never what it says. */
export type VerifyToken = (token: string) => Promise<Identity>;

/** Far above any token of ours; verifying a megabyte takes 70 ms, which nobody unknown should be able to ask for. */
const MAX_TOKEN_CHARACTERS = 8_192;
/** Clocks of the issuer and of this machine may differ by so much. Expiry has no such grace. */
const CLOCK_SKEW_SECONDS = 60;

const claims = z.object({
  sub: principalId,
  role,
  exp: z.int().positive(), // safe integers only: 1e300 would never expire
  iat: z.number().optional(),
  nbf: z.number().optional(),
});

/** jsonwebtoken accepts any `typ` and ignores `crit`; a token that demands what we do not know is not for us. */
const header = z.object({
  alg: z.string(),
  typ: z.enum(['JWT', 'jwt', 'at+jwt']).optional(),
  kid: z.string().max(256).optional(),
  crit: z.undefined().optional(),
});

export function createTokenVerifier(config: AuthConfig): VerifyToken {
  const findKey = keyFinder(config);
  const algorithms: jwt.Algorithm[] = config.keys.kind === 'secret' ? ['HS256'] : ['RS256', 'ES256'];
  const required = {
    ...(config.issuer && { issuer: config.issuer }),
    ...(config.audience && { audience: config.audience }),
  };
  return async (token) => {
    if (token.length > MAX_TOKEN_CHARACTERS) throw refused('too long');
    const parsedHeader = header.safeParse(decode(token)?.header);
    if (!parsedHeader.success) throw refused('not a token of ours');
    const key = await findKey(parsedHeader.data.kid);
    const payload = claims.safeParse(verifySignature(token, key, { algorithms, ...required }));
    if (!payload.success) throw refused('claims sub, role and exp are required');
    const { sub, role, exp, iat = 0, nbf = 0 } = payload.data;
    if (Math.max(iat, nbf) > Date.now() / 1000 + CLOCK_SKEW_SECONDS) throw refused('not valid yet');
    return { principal: { id: sub, role }, expiresAt: exp * 1000 };
  };
}

function decode(token: string): jwt.Jwt | null {
  try {
    return jwt.decode(token, { complete: true });
  } catch {
    return null; // jsonwebtoken throws on a payload that is not JSON
  }
}

function verifySignature(token: string, key: KeyObject, options: jwt.VerifyOptions): unknown {
  try {
    // jsonwebtoken's tolerance would hold for the expiry, too; the start is judged with the other claims.
    return jwt.verify(token, key, { ...options, ignoreNotBefore: true });
  } catch (err) {
    throw refused(err instanceof jwt.TokenExpiredError ? 'expired' : 'invalid');
  }
}

/** The key for a token: the one configured, or, from a JWKS, the one with the token's `kid`. */
function keyFinder({ keys }: AuthConfig): (kid: string | undefined) => Promise<KeyObject> {
  switch (keys.kind) {
    case 'secret':
      return async () => keys.secret;
    case 'public':
      return async () => keys.publicKey;
    case 'jwks': {
      const issuerKeys = new IssuerKeys(keys.url);
      return async (kid) => {
        const key = await issuerKeys.find(kid);
        if (!key) throw refused('signed with an unknown key');
        return key;
      };
    }
    default:
      return keys satisfies never;
  }
}

function refused(why: string): DomainError {
  return new DomainError('unauthenticated', { message: `The token is ${why}` });
}
