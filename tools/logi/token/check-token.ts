import { text } from 'node:stream/consumers';
import { type AuthConfig, authSettings, createTokenVerifier } from '@logi/auth';
import { DomainError } from '@logi/contracts';
import { Command } from 'commander';
import { z } from 'zod';
import { findRunningStack } from '../../stack/run-file.ts';
import { readDotEnv } from '../../stack/signer.ts';
import { readOptions } from '../command-line.ts';
import { Failure, STATUS } from '../ending.ts';
import { note, paint, plain, print, printJson } from '../output.ts';
import { judgeToken, ROOT } from '../stack.ts';
import { examine, type Finding } from './examine.ts';

const options = z.object({ json: z.boolean().default(false) });
const KEYS = ['JWT_SECRET', 'JWT_PUBLIC_KEY', 'JWT_JWKS_URL'] as const;

export function checkToken(): Command {
  return new Command('check-token')
    .summary('why a token would be refused')
    .description(
      'Says everything that is wrong with a token, and ends with 3 when the services would refuse it. It is sent nowhere but to the stack that runs from this clone.',
    )
    .argument('[token]', 'the token; without it, standard input is read, and no shell remembers it')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
The keys: JWT_SECRET, JWT_PUBLIC_KEY or JWT_JWKS_URL, with JWT_ISSUER and JWT_AUDIENCE; without them, those of the
stack that runs from this clone; without one, what Compose reads from .env.`,
    )
    .action(async (given: string | undefined, _options, command: Command) => {
      const { json } = readOptions(command, options);
      const token = clean(given ?? (await readStandardInput()));
      const { findings, refusal } = await judge(token);
      process.exitCode = refusal === undefined ? STATUS.done : STATUS.notGood;
      if (json)
        return printJson({
          accepted: refusal === undefined,
          refusal,
          findings: findings.map(({ isGood, text }) => ({ is_good: isGood, text })),
        });
      for (const { isGood, text } of findings)
        print(`${isGood ? paint('green', 'good') : paint('red', 'BAD ')}  ${plain(text)}`);
      print(refusal === undefined ? 'accepted' : `refused: ${plain(refusal)}`);
    });
}

async function readStandardInput(): Promise<string> {
  if (process.stdin.isTTY) note('paste the token, then Enter and Ctrl-D:');
  return text(process.stdin);
}

/** As people copy it. */
function clean(given: string): string {
  return given
    .trim()
    .replace(/^(authorization:\s*)?bearer[ .]/i, '')
    .replace(/^["']|["']$/g, '');
}

/** The services' own verifier has the last word, and the stack that runs; the findings say why. */
async function judge(token: string): Promise<{ findings: Finding[]; refusal: string | undefined }> {
  const running = KEYS.some((name) => process.env[name]) ? undefined : findRunningStack(ROOT);
  const isTaken = running && (await judgeToken(running.bookingUrl, token));
  if (running && running.jwtSecret === undefined) {
    if (isTaken === undefined)
      throw new Failure('The running stack has a public key, and does not answer: set JWT_PUBLIC_KEY or JWT_JWKS_URL.');
    return { findings: [], refusal: isTaken === 'taken' ? undefined : 'the running stack refuses it' };
  }
  const config = readAuth(
    running
      ? { JWT_SECRET: running.jwtSecret, JWT_ISSUER: running.jwtIssuer, JWT_AUDIENCE: running.jwtAudience }
      : undefined,
  );
  const refusal = await createTokenVerifier(config)(token).then(() => undefined, whyRefused);
  return {
    findings: examine(token, config),
    refusal: refusal ?? (isTaken === 'refused' ? 'the running stack refuses it' : undefined),
  };
}

/** That the issuer's keys cannot be had says nothing of the token. */
function whyRefused(err: unknown): string {
  if (err instanceof DomainError && err.code === 'unauthenticated') return err.message;
  throw err;
}

function readAuth(running: NodeJS.Dict<string> | undefined): AuthConfig {
  const hasOwn = KEYS.some((name) => process.env[name]);
  const env = running ?? (hasOwn ? process.env : { ...readDotEnv(ROOT), ...process.env });
  const parsed = authSettings.safeParse(Object.fromEntries(Object.entries(env).filter(([, value]) => value)));
  if (parsed.success) return parsed.data;
  throw new Failure(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'));
}
