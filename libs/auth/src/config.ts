import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { algorithmOf, MIN_RSA_BITS } from './key-strength.ts';

/** What everybody may know: for a first look on one's own machine, and refused where NODE_ENV is `production`. */
export const DEVELOPMENT_SECRET = 'logi-development-secret-do-not-use-in-production';
const MIN_SECRET_BYTES = 32;
const MAX_LIFETIME_SECONDS = 315_360_000; // ten years

const optional = (about: string) => z.string().optional().describe(about);

export const authVariables = z.object({
  NODE_ENV: optional('With `production`, a service refuses to start on the development secret'),
  JWT_SECRET: optional('Secret of HS256 tokens, at least 32 bytes'),
  JWT_SECRET_PREVIOUS: optional('The secret before JWT_SECRET, accepted beside it while one is replaced by the other'),
  JWT_PUBLIC_KEY: optional('Public key of RS256 or ES256 tokens, in PEM'),
  JWT_JWKS_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Where the public keys of RS256 or ES256 tokens are published; https in production'),
  JWT_ISSUER: optional('Required `iss` of every token, when set; in production to be set with JWT_JWKS_URL'),
  JWT_AUDIENCE: optional('Required `aud` of every token, when set; in production to be set with JWT_JWKS_URL'),
  MAX_TOKEN_LIFETIME_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_LIFETIME_SECONDS)
    .optional()
    .describe('Longest time from `iat` to `exp` of a token, when set; then every token must have `iat`'),
});
type Variables = z.output<typeof authVariables>;

/** The settings of token verification, checked together. */
export const authSettings = authVariables.transform((env, ctx): AuthConfig => {
  const problems: Problem[] = [];
  const keys = readKeys(env, problems);
  for (const { setting, message } of problems) ctx.addIssue({ code: 'custom', path: [setting], message });
  if (!keys || problems.length > 0) return z.NEVER;
  return {
    keys,
    issuer: env.JWT_ISSUER,
    audience: env.JWT_AUDIENCE,
    maxLifetimeSeconds: env.MAX_TOKEN_LIFETIME_SECONDS,
    usesDevelopmentSecret: keys.kind === 'secret' && (env.JWT_SECRET ?? DEVELOPMENT_SECRET) === DEVELOPMENT_SECRET,
  };
});

export type Keys =
  /** The secret, and the one before it while it is replaced. */
  | { kind: 'secret'; secrets: readonly KeyObject[] }
  | { kind: 'public'; publicKey: KeyObject }
  | { kind: 'jwks'; url: string };

export type AuthConfig = {
  keys: Keys;
  /** Enforced when set, as is the longest lifetime. */
  issuer: string | undefined;
  audience: string | undefined;
  maxLifetimeSeconds: number | undefined;
  usesDevelopmentSecret: boolean;
};

type Problem = { setting: keyof Variables; message: string };

function readKeys(env: Variables, problems: Problem[]): Keys | undefined {
  const refuse = (setting: keyof Variables, message: string) => void problems.push({ setting, message });
  const given = [env.JWT_SECRET, env.JWT_PUBLIC_KEY, env.JWT_JWKS_URL].filter((value) => value !== undefined);
  if (given.length > 1) refuse('JWT_SECRET', 'set only one of JWT_SECRET, JWT_PUBLIC_KEY, JWT_JWKS_URL');
  else if (env.JWT_SECRET_PREVIOUS && !env.JWT_SECRET) {
    refuse('JWT_SECRET_PREVIOUS', 'is accepted beside JWT_SECRET, which is not set');
  } else if (env.JWT_JWKS_URL) {
    if (env.NODE_ENV === 'production') requireTrustworthyIssuer(env, refuse);
    return { kind: 'jwks', url: env.JWT_JWKS_URL };
  } else if (env.JWT_PUBLIC_KEY) {
    const publicKey = readPublicKey(env.JWT_PUBLIC_KEY);
    if (publicKey) return { kind: 'public', publicKey };
    refuse(
      'JWT_PUBLIC_KEY',
      `must be an RSA key of at least ${MIN_RSA_BITS} bits or a P-256 key in PEM, and no private one`,
    );
  } else {
    return readSecrets(env, refuse);
  }
  return undefined;
}

/** Whoever can change the key set on its way, or has tokens made for another service, would be let in. */
function requireTrustworthyIssuer(env: Variables, refuse: (setting: keyof Variables, message: string) => void): void {
  const why = 'in production with JWT_JWKS_URL';
  if (!env.JWT_JWKS_URL?.startsWith('https:')) refuse('JWT_JWKS_URL', 'must be https in production');
  if (!env.JWT_ISSUER) refuse('JWT_ISSUER', `is required ${why}`);
  if (!env.JWT_AUDIENCE) refuse('JWT_AUDIENCE', `is required ${why}: the issuer signs tokens for others, too`);
}

function readSecrets(env: Variables, refuse: (setting: keyof Variables, message: string) => void): Keys {
  const secret = env.JWT_SECRET ?? DEVELOPMENT_SECRET;
  const previous = env.JWT_SECRET_PREVIOUS;
  if (secret === DEVELOPMENT_SECRET && env.NODE_ENV === 'production') {
    refuse('JWT_SECRET', 'is required in production: the development secret is known to everybody');
  }
  if (previous === DEVELOPMENT_SECRET) {
    refuse('JWT_SECRET_PREVIOUS', 'the development secret is known to everybody: tokens of it are not to be kept');
  }
  const tooShort = `must be at least ${MIN_SECRET_BYTES} bytes`;
  if (Buffer.byteLength(secret) < MIN_SECRET_BYTES) refuse('JWT_SECRET', tooShort);
  if (previous && Buffer.byteLength(previous) < MIN_SECRET_BYTES) refuse('JWT_SECRET_PREVIOUS', tooShort);
  // Key objects, built once: verifying with a string secret derives it anew each time, 30 times slower.
  const secrets = [secret, ...(previous ? [previous] : [])].map((text) => createSecretKey(Buffer.from(text)));
  return { kind: 'secret', secrets };
}

function readPublicKey(pem: string): KeyObject | undefined {
  // Node would take the public half of it; but a key that signs does not belong on machines that only verify.
  if (pem.includes('PRIVATE KEY')) return undefined;
  try {
    // Environment files often carry a PEM on one line, with \n written out.
    const key = createPublicKey(pem.replaceAll('\\n', '\n'));
    return algorithmOf(key) && key;
  } catch {
    return undefined;
  }
}
