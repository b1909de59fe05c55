import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
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
  from: 'environment' | 'running stack' | 'containers' | '.env' | 'development';
};

const ASK_CONTAINER_MS = 10_000;

/**
 * The environment's secret wins, then the running stack's, then that of the containers that run, then the one that
 * `docker compose` would read, then the one that everybody knows. Throws when only the owner of a private key can sign.
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
  const ofContainers = readContainer(root);
  if (ofContainers) return { secret: ofContainers, issuer, audience, from: 'containers' };
  if (file['JWT_SECRET']) return { secret: file['JWT_SECRET'], issuer, audience, from: '.env' };
  if (file['JWT_PUBLIC_KEY'] || file['JWT_JWKS_URL']) throw onlyTheOwner('.env');
  return { secret: DEVELOPMENT_SECRET, issuer, audience, from: 'development' };
}

/** Undefined where Docker is not, and where no stack of this clone runs in it; empty where it has no secret of its own. */
function readContainer(root: string): string | undefined {
  for (const [command, ...args] of [['docker', 'compose'], ['docker-compose']]) {
    const ask = [...args, 'exec', '-T', 'booking', 'cat', '/keys/jwt_secret'];
    const { status, stdout } = spawnSync(command ?? '', ask, {
      cwd: root,
      encoding: 'utf8',
      timeout: ASK_CONTAINER_MS,
    });
    if (status === 0) return stdout.trim();
  }
  return undefined;
}

/** Who works here, for the record of what they decide. */
export function ownName(): string {
  return `${userInfo().username}@${hostname()}`;
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
