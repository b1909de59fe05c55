import { createSecretKey, type KeyObject } from 'node:crypto';
import type { Role } from '@logi/contracts';
import jwt from 'jsonwebtoken';

/** A token signed with HS256, for development, demonstrations and tests; in production your identity provider makes them. */
export function signToken(options: {
  role: Role;
  sub: string;
  ttlSeconds: number;
  secret: string | KeyObject;
  /** What JWT_ISSUER and JWT_AUDIENCE ask for, where they are set. */
  issuer?: string | undefined;
  audience?: string | undefined;
}): string {
  const { role, sub, ttlSeconds, secret, issuer, audience } = options;
  const required = { ...(issuer && { issuer }), ...(audience && { audience }) };
  // Of a text, the package would first try whether it is a private key, which takes longer than all the rest.
  const key = typeof secret === 'string' ? createSecretKey(secret, 'utf8') : secret;
  return jwt.sign({ role }, key, { algorithm: 'HS256', subject: sub, expiresIn: ttlSeconds, ...required });
}

/** The issuer and audience that the services of this environment ask for. */
export function requiredClaims(env: Record<string, string | undefined>) {
  return { issuer: env['JWT_ISSUER'], audience: env['JWT_AUDIENCE'] };
}
