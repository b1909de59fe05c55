import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { requiredClaims, signToken } from '@logi/auth';
import { principalId, ROLES, type Role, role } from '@logi/contracts';
import { findTokenSecret } from './stack/token-secret.ts';

/*
 * `npm run -s token -- <role> <sub> [--ttl 1h]`: prints one token and nothing else.
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const USAGE = `usage: npm run -s token -- <${ROLES.join('|')}> <sub> [--ttl 30s|15m|1h|7d]`;
const UNIT_SECONDS: Record<string, number> = { s: 1, m: 60, h: 3_600, d: 86_400 };
const USAGE_STATUS = 2;

try {
  process.stdout.write(
    `${signToken({ ...readArguments(), secret: findTokenSecret(ROOT, process.env), ...requiredClaims(process.env) })}\n`,
  );
} catch (err) {
  process.stderr.write(`${err instanceof Error ? err.message : err}\n`);
  process.exitCode = USAGE_STATUS;
}

function readArguments(): { role: Role; sub: string; ttlSeconds: number } {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { ttl: { type: 'string', default: '1h' } },
  });
  const [roleName, sub, ...surplus] = positionals;
  if (sub === undefined || surplus.length > 0) throw new Error(USAGE);
  const parsedRole = role.safeParse(roleName);
  if (!parsedRole.success) throw new Error(`${roleName} is not a role\n${USAGE}`);
  const parsedSub = principalId.safeParse(sub);
  if (!parsedSub.success) throw new Error(`<sub>: ${parsedSub.error.issues[0]?.message}\n${USAGE}`);
  return { role: parsedRole.data, sub: parsedSub.data, ttlSeconds: readDuration(values.ttl) };
}

function readDuration(text: string): number {
  const [, amount, unit] = /^([1-9]\d{0,8})([smhd])$/.exec(text) ?? [];
  if (amount === undefined || unit === undefined) throw new Error(`--ttl ${text} is not a duration\n${USAGE}`);
  return Number(amount) * (UNIT_SECONDS[unit] ?? 1);
}
