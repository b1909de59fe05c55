import { fileURLToPath } from 'node:url';
import { signToken } from '@logi/auth';
import type { Role } from '@logi/contracts';
import { z } from 'zod';
import { findAddresses, type ServiceAddresses } from '../stack/addresses.ts';
import { findSigner } from '../stack/signer.ts';
import { Failure } from './ending.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CALL_TIMEOUT_MS = 10_000;
/** Long enough for any command, and for a screen that is watched all day. */
const OWN_TOKEN_TTL_SECONDS = 12 * 60 * 60;
/** Who acts, in the audit of the stack. */
const OPERATOR = 'logi';

const refusal = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

export function addresses(): ServiceAddresses {
  return findAddresses(ROOT, process.env);
}

/** A token that the stack takes. */
export function ownToken(role: Role, sub: string): string {
  const { secret, issuer, audience } = findSigner(ROOT, process.env);
  return signToken({ role, sub, ttlSeconds: OWN_TOKEN_TTL_SECONDS, secret, issuer, audience });
}

/** An admin's: the one in the environment, for stacks whose tokens others sign, or one made here. */
export function adminToken(): string {
  return process.env['LOGI_TOKEN'] || ownToken('admin', OPERATOR);
}

type Call = { token: string; method?: string; body?: object };

/** The body of a good answer, if it has one. Anything else is told in one sentence. */
export async function callStack(url: string, call: Call): Promise<unknown> {
  const response = await ask(url, call);
  const text = await response.text();
  if (response.ok) return text === '' ? undefined : JSON.parse(text);
  throw new Failure(`${new URL(url).origin} refused: ${describeRefusal(response.status, text)}`);
}

/** What a service says of a token; undefined where nothing answers. */
export async function judgeToken(bookingUrl: string, token: string): Promise<'taken' | 'refused' | undefined> {
  const response = await ask(`${bookingUrl}/v1/bookings?limit=1`, { token, method: 'GET' }).catch(() => undefined);
  await response?.body?.cancel();
  if (!response || response.status >= 500) return undefined;
  return response.status === 401 ? 'refused' : 'taken';
}

export function describeRefusal(status: number, body: string): string {
  try {
    const { code, message } = refusal.parse(JSON.parse(body)).error;
    return `${status} ${code}: ${message}`;
  } catch {
    return `status ${status}`;
  }
}

export function nothingAnswers(url: string): Failure {
  return new Failure(`Nothing answers at ${new URL(url).origin}. Start it first: npm start, or docker compose up`);
}

async function ask(url: string, { token, method = 'GET', body }: Call): Promise<Response> {
  const authorization = `Bearer ${token}`;
  const sent = body
    ? { headers: { authorization, 'content-type': 'application/json' }, body: JSON.stringify(body) }
    : { headers: { authorization } };
  try {
    return await fetch(url, { method, ...sent, signal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
  } catch {
    throw nothingAnswers(url);
  }
}
