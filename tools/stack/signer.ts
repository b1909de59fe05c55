import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { DEVELOPMENT_SECRET, requiredClaims } from '@logi/auth';
import { StackError } from './processes/stack-error.ts';
import { findRunningStack } from './run-file.ts';

/** With what tokens are signed so that a stack takes them, and where that was found. */
export type Signer = {
  secret: string;
  issuer: string | undefined;
  audience: string | undefined;
  from: 'environment' | 'running stack' | '.env' | 'development';
};

/**
 * The environment's secret wins, then the running stack's, then the one that `docker compose` would read, then the one that
 * everybody knows. Throws when only the owner of a private key can sign.
 */
export function findSigner(root: string, env: NodeJS.ProcessEnv): Signer {
  const given = requiredClaims(env);
  if (env['JWT_SECRET']) return { secret: env['JWT_SECRET'], ...given, from: 'environment' };
  const running = findRunningStack(root);
  if (running) {
    if (running.jwtSecret === undefined) throw onlyTheOwner('the running stack');
    const { jwtSecret: secret, jwtIssuer, jwtAudience } = running;
    const { issuer = jwtIssuer, audience = jwtAudience } = given;
    return { secret, issuer, audience, from: 'running stack' };
  }
  if (env['JWT_PUBLIC_KEY'] || env['JWT_JWKS_URL']) throw onlyTheOwner('this environment');
  const file = readDotEnv(root);
  const { issuer = file['JWT_ISSUER'], audience = file['JWT_AUDIENCE'] } = given;
  if (file['JWT_SECRET']) return { secret: file['JWT_SECRET'], issuer, audience, from: '.env' };
  if (file['JWT_PUBLIC_KEY'] || file['JWT_JWKS_URL']) throw onlyTheOwner('.env');
  return { secret: DEVELOPMENT_SECRET, issuer, audience, from: 'development' };
}

/** What `docker compose` reads beside the environment. */
export function readDotEnv(root: string): NodeJS.Dict<string> {
  try {
    return parseEnv(readFileSync(join(root, '.env'), 'utf8'));
  } catch {
    return {}; // there is none
  }
}

function onlyTheOwner(whose: string): StackError {
  return new StackError(
    `Tokens of ${whose} are verified with a public key: only the owner of the private key can sign them.`,
  );
}
