import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { DEVELOPMENT_SECRET } from '@logi/auth';
import { findRunningStack } from './run-file.ts';

/**
 * The secret with which a stack started from this clone checks tokens: the environment's wins, then the running stack's,
 * then the one that `docker compose` would read. Throws when only the owner of a private key can sign.
 */
export function findTokenSecret(root: string, env: NodeJS.ProcessEnv): string {
  const fromEnvironment = env['JWT_SECRET'];
  if (fromEnvironment) return fromEnvironment;
  const running = findRunningStack(root);
  if (!running) return readDotEnv(root)['JWT_SECRET'] || DEVELOPMENT_SECRET;
  if (running.jwtSecret) return running.jwtSecret;
  throw new Error(
    'The running stack verifies tokens with a public key: only the owner of the private key can sign them.',
  );
}

function readDotEnv(root: string): NodeJS.Dict<string> {
  try {
    return parseEnv(readFileSync(join(root, '.env'), 'utf8'));
  } catch {
    return {}; // there is none
  }
}
