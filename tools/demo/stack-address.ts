import { fileURLToPath } from 'node:url';
import { findAddresses, type ServiceAddresses } from '../stack/addresses.ts';
import { findSigner } from '../stack/signer.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const READY_TIMEOUT_MS = 5_000;

export type StackAddress = ServiceAddresses & { jwtSecret: string };

export function findStack(env: NodeJS.ProcessEnv): StackAddress {
  return { ...findAddresses(ROOT, env), jwtSecret: findSigner(ROOT, env).secret };
}

/** Why the demo cannot run against this stack, in one sentence; undefined when it can. */
export async function whyNotReady(stack: StackAddress, token: string): Promise<string | undefined> {
  for (const url of [stack.gatewayUrl, stack.bookingUrl, stack.trackingUrl]) {
    const status = await statusOf(`${url}/readyz`);
    if (status === undefined) return `Nothing answers at ${url}. Start it first: npm start or docker compose up`;
    if (status !== 200) return `${url} answers, but is not ready (${status} from /readyz). Try again in a moment.`;
  }
  const status = await statusOf(`${stack.bookingUrl}/v1/bookings?limit=1`, { authorization: `Bearer ${token}` });
  if (status === 401) return 'The stack refuses tokens of the demo. Set JWT_SECRET to the secret it was started with.';
  return undefined;
}

/** A stack may be run without one. */
export async function hasConsole({ operationsUrl }: StackAddress): Promise<boolean> {
  return (await statusOf(`${operationsUrl}/v1/console`)) === 200;
}

async function statusOf(url: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(READY_TIMEOUT_MS) });
    await response.body?.cancel();
    return response.status;
  } catch {
    return undefined;
  }
}
