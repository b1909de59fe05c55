import { signToken } from '@logi/auth';
import { principalId, ROLES, role } from '@logi/contracts';
import { Command } from 'commander';
import { z } from 'zod';
import { findSigner, type Signer } from '../../stack/signer.ts';
import { readArgument, readOptions } from '../command-line.ts';
import { Failure } from '../ending.ts';
import { note, print, printJson } from '../output.ts';
import { addresses, judgeToken, ROOT } from '../stack.ts';

const UNIT_SECONDS: Record<string, number> = { s: 1, m: 60, h: 3_600, d: 86_400 };

const duration = z.string().transform((text, ctx) => {
  const [, amount, unit] = /^([1-9]\d{0,8})([smhd])$/.exec(text) ?? [];
  const seconds = Number(amount) * (UNIT_SECONDS[unit ?? ''] ?? Number.NaN);
  if (Number.isFinite(seconds)) return seconds;
  ctx.addIssue(`${text} is not a duration, such as 30s, 15m, 1h or 7d`);
  return z.NEVER;
});
const options = z.object({ ttl: duration, json: z.boolean().default(false) });
const roleName = z.enum(ROLES, { error: ({ input }) => `${input} is not a role` }).pipe(role);

export function token(): Command {
  return new Command('token')
    .summary('makes a token for a person')
    .description(
      'Prints one token, good for the stack that runs, and nothing else. For development: elsewhere your identity provider makes them.',
    )
    .argument('<role>', ROLES.join(', '))
    .argument('<sub>', 'who it is for: any text of at most 128 characters')
    .option('--ttl <duration>', 'how long it is good: 30s, 15m, 1h, 7d', '1h')
    .option('--json', 'with its role, subject, expiry, and where its secret was found')
    .addHelpText(
      'after',
      `
The secret: JWT_SECRET; without it the one of the stack that runs from this clone, or of its containers; without one what
Compose reads from .env; without that the development secret, and then it is tried whether the stack takes it.
Under Compose with a secret of its own: docker compose exec booking node tools/logi/main.ts token user alice`,
    )
    .action(async (_role, _sub, _options, command: Command) => {
      const { ttl: ttlSeconds, json } = readOptions(command, options);
      const principal = {
        role: readArgument(command, 'role', roleName),
        sub: readArgument(command, 'sub', principalId),
      };
      const { from, ...signer } = findSigner(ROOT, process.env);
      const made = signToken({ ...principal, ttlSeconds, ...signer });
      await requireTaken(made, from);
      if (!json) return print(made);
      const expiresAt = new Date(Date.now() + ttlSeconds * 1_000).toISOString();
      printJson({ token: made, ...principal, expires_at: expiresAt, secret_from: from });
    });
}

/** A secret that was only assumed may be another one than that of the stack that answers here. */
async function requireTaken(made: string, from: Signer['from']): Promise<void> {
  if (from === 'environment' || from === 'running stack' || from === 'containers') return;
  const { bookingUrl } = addresses();
  const name = from === '.env' ? 'the secret in .env' : 'the development secret';
  const verdict = await judgeToken(bookingUrl, made);
  if (verdict === 'refused')
    throw new Failure(
      `${bookingUrl} refuses a token signed with ${name}: it was started with another. Set JWT_SECRET to that one; ` +
        'or, under Compose: docker compose exec booking node tools/logi/main.ts token <role> <sub>',
    );
  if (verdict === undefined) note(`no stack answers at ${bookingUrl}: signed with ${name}`);
}
