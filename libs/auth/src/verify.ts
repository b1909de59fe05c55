import type { KeyObject } from 'node:crypto';
import { DomainError, type Principal, principalId, role } from '@logi/contracts';
import jwt from 'jsonwebtoken';
import { z } from 'zod';
import type { AuthConfig } from './config.ts';
import { IssuerKeys } from './issuer-keys.ts';

/** A verified token: who, since when, where the token says it, and until when (milliseconds since 1970). */
export type Identity = { principal: Principal; issuedAt: number | undefined; expiresAt: number };

/** Rejects with a DomainError `unauthenticated` that says what is wrong with the token, and never what it says. */
export type VerifyToken = (token: string) => Promise<Identity>;

/** Far above any token of ours; verifying a megabyte takes 70 ms, which nobody unknown should be able to ask for. */
const MAX_TOKEN_CHARACTERS = 8_192;
/** Clocks of the issuer and of this machine may differ by so much. Expiry has no such grace. */
const CLOCK_SKEW_SECONDS = 60;

/** The first second that four digits of a year cannot say. */
const YEAR_10000_SECONDS = 253_402_300_800;

/** Seconds since 1970, with or without a fraction. */
const claims = z.object({
  sub: principalId,
  role,
  exp: z.number().positive(),
  iat: z.number().optional(),
  nbf: z.number().optional(),
});
type Claims = z.output<typeof claims>;

/** jsonwebtoken accepts any `typ` and ignores `crit`; a token that demands what we do not know is not for us. */
const header = z.object({
  alg: z.string(),
  typ: z
    .string()
    .regex(/^(application\/)?(at\+)?jwt$/i)
    .optional(),
  kid: z.string().max(256).optional(),
  crit: z.undefined().optional(),
});

export function createTokenVerifier(config: AuthConfig): VerifyToken {
  const findKeys = keyFinder(config);
  const algorithms: jwt.Algorithm[] = config.keys.kind === 'secret' ? ['HS256'] : ['RS256', 'ES256'];
  const required = {
    ...(config.issuer && { issuer: config.issuer }),
    ...(config.audience && { audience: config.audience }),
  };
  return async (token) => {
    if (token.length > MAX_TOKEN_CHARACTERS) throw refused('too long');
    const parsedHeader = header.safeParse(decode(token)?.header);
    if (!parsedHeader.success) throw refused('not a token of ours');
    const keys = await findKeys(parsedHeader.data.kid);
    const payload = claims.safeParse(verifySignature(token, keys, { algorithms, ...required }));
    if (!payload.success) throw refused('without a proper sub, role or exp');
    judgeTimes(payload.data, config.maxLifetimeSeconds);
    const { sub, role, exp, iat } = payload.data;
    const issuedAt = iat === undefined ? undefined : Math.floor(iat * 1000);
    return { principal: { id: sub, role }, issuedAt, expiresAt: Math.floor(exp * 1000) };
  };
}

/** Here and not by jsonwebtoken: its tolerance would hold for the expiry, too, and it knows whole seconds only. */
function judgeTimes({ exp, iat, nbf }: Claims, maxLifetimeSeconds: number | undefined): void {
  const now = Date.now() / 1000;
  for (const [name, time] of Object.entries({ exp, iat, nbf })) {
    if (time === undefined || time < YEAR_10000_SECONDS) continue;
    const message = `The token’s ${name} is after the year 9999: it is counted in seconds, not in milliseconds`;
    throw new DomainError('unauthenticated', { message });
  }
  if (exp <= now) throw refused('expired');
  if (Math.max(iat ?? 0, nbf ?? 0) > now + CLOCK_SKEW_SECONDS) throw refused('not valid yet');
  if (maxLifetimeSeconds === undefined) return;
  if (iat === undefined) throw refused('without iat, which is required where its lifetime is limited');
  if (exp - iat > maxLifetimeSeconds) {
    throw refused(`made for longer than the ${maxLifetimeSeconds} seconds that are allowed from iat to exp`);
  }
}

function decode(token: string): jwt.Jwt | null {
  try {
    return jwt.decode(token, { complete: true });
  } catch {
    return null; // jsonwebtoken throws on a payload that is not JSON
  }
}

/** What is signed by one of the keys, for the issuer and audience that are asked for. */
function verifySignature(token: string, keys: readonly KeyObject[], options: jwt.VerifyOptions): unknown {
  for (const key of keys) {
    try {
      return jwt.verify(token, key, { ...options, ignoreNotBefore: true, ignoreExpiration: true });
    } catch {
      // It may be of the next key.
    }
  }
  throw refused('invalid');
}

/** The keys that a token may be signed with: those configured, or, from a JWKS, the one with the token's `kid`. */
function keyFinder({ keys }: AuthConfig): (kid: string | undefined) => Promise<readonly KeyObject[]> {
  switch (keys.kind) {
    case 'secret':
      return async () => keys.secrets;
    case 'public':
      return async () => [keys.publicKey];
    case 'jwks': {
      const issuerKeys = new IssuerKeys(keys.url);
      return async (kid) => {
        const key = await issuerKeys.find(kid);
        if (!key) throw refused('signed with an unknown key');
        return [key];
      };
    }
    default:
      return keys satisfies never;
  }
}

function refused(why: string): DomainError {
  return new DomainError('unauthenticated', { message: `The token is ${why}` });
}
