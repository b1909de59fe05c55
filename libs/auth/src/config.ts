import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';

/** What everybody may know: for a first look on one's own machine, and refused where NODE_ENV is `production`. */
export const DEVELOPMENT_SECRET = 'logi-development-secret-do-not-use-in-production';
const MIN_SECRET_BYTES = 32;

const optional = (about: string) => z.string().optional().describe(about);

export const authVariables = z.object({
  NODE_ENV: optional('With `production`, a service refuses to start on the development secret'),
  JWT_SECRET: optional('Secret of HS256 tokens, at least 32 bytes'),
  JWT_PUBLIC_KEY: optional('Public key of RS256 or ES256 tokens, in PEM'),
  JWT_JWKS_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Where the public keys of RS256 or ES256 tokens are published'),
  JWT_ISSUER: optional('Required `iss` of every token, when set'),
  JWT_AUDIENCE: optional('Required `aud` of every token, when set'),
});

/** The settings of token verification, checked together. */
export const authSettings = authVariables.transform((env, ctx): AuthConfig => {
  const refuse = (path: string, message: string) => {
    ctx.addIssue({ code: 'custom', path: [path], message });
    return z.NEVER;
  };
  const required = { issuer: env.JWT_ISSUER, audience: env.JWT_AUDIENCE };
  const given = [env.JWT_SECRET, env.JWT_PUBLIC_KEY, env.JWT_JWKS_URL].filter((value) => value !== undefined);
  if (given.length > 1) return refuse('JWT_SECRET', 'set only one of JWT_SECRET, JWT_PUBLIC_KEY, JWT_JWKS_URL');
  if (env.JWT_JWKS_URL)
    return { keys: { kind: 'jwks', url: env.JWT_JWKS_URL }, ...required, usesDevelopmentSecret: false };
  if (env.JWT_PUBLIC_KEY) {
    const publicKey = readPublicKey(env.JWT_PUBLIC_KEY);
    if (!publicKey) return refuse('JWT_PUBLIC_KEY', 'must be an RSA or P-256 public key in PEM');
    return { keys: { kind: 'public', publicKey }, ...required, usesDevelopmentSecret: false };
  }
  const secret = env.JWT_SECRET ?? DEVELOPMENT_SECRET;
  const usesDevelopmentSecret = secret === DEVELOPMENT_SECRET;
  if (usesDevelopmentSecret && env.NODE_ENV === 'production') {
    return refuse('JWT_SECRET', 'is required in production: the development secret is known to everybody');
  }
  if (Buffer.byteLength(secret) < MIN_SECRET_BYTES) {
    return refuse('JWT_SECRET', `must be at least ${MIN_SECRET_BYTES} bytes`);
  }
  // A key object, built once: verifying with a string secret derives it anew each time, 30 times slower.
  return {
    keys: { kind: 'secret', secret: createSecretKey(Buffer.from(secret)) },
    ...required,
    usesDevelopmentSecret,
  };
});

export type AuthConfig = {
  keys:
    | { kind: 'secret'; secret: KeyObject }
    | { kind: 'public'; publicKey: KeyObject }
    | { kind: 'jwks'; url: string };
  /** Enforced when set. */
  issuer: string | undefined;
  audience: string | undefined;
  usesDevelopmentSecret: boolean;
};

function readPublicKey(pem: string): KeyObject | undefined {
  try {
    // Environment files often carry a PEM on one line, with \n written out.
    const key = createPublicKey(pem.replaceAll('\\n', '\n'));
    const isP256 = key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
    return key.asymmetricKeyType === 'rsa' || isP256 ? key : undefined;
  } catch {
    return undefined;
  }
}
