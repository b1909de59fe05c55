import { here } from './here.ts';
import { LogiError } from './logi-error.ts';

/** Why no line comes about, and when it can, if it can. */
export type Refusal = { error: LogiError; isFinal: boolean; afterMs: number };

const TIMEOUT_MS = 5_000;
/** Refused for what was asked, not for when: of these the same would come of the same. */
const FINAL_STATUSES: ReadonlySet<number> = new Set([400, 403, 404]);
const UPGRADE_REQUIRED = 426;

/**
 * Asks by plain HTTP what a browser does not show of a refused upgrade. The token is a header where the answer can be read
 * so, and a parameter where a page asks another origin, which allows no headers.
 */
export async function askWhy(socketUrl: string, token: string): Promise<Refusal> {
  const url = new URL(socketUrl);
  url.protocol = url.protocol.replace('ws', 'http');
  const isElsewhere = here.location && here.location.origin !== url.origin;
  if (isElsewhere) url.searchParams.set('token', token);
  let afterMs = 0;
  const refusal = (
    code: string,
    message: string,
    { isFinal = false, cause }: { isFinal?: boolean; cause?: unknown } = {},
  ): Refusal => ({
    error: new LogiError(code, message, { cause }),
    isFinal,
    afterMs,
  });
  try {
    const answer = await fetch(url, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: isElsewhere ? {} : { authorization: `Bearer ${token}` },
    });
    const { status, headers } = answer;
    const { error } = (await answer.json().catch(() => ({}))) as { error?: { code: string; message: string } };
    afterMs = Number(headers.get('retry-after')) * 1_000 || 0;
    if (status === UPGRADE_REQUIRED)
      return refusal('no_upgrade', 'Only plain requests are answered: is a proxy in the way?');
    // Whoever else answers, such as a proxy whose servers are away, does not speak for the gateway.
    if (!error) return refusal('no_gateway', `Something else than Logi answered: ${status}`);
    return refusal(error.code, error.message, { isFinal: FINAL_STATUSES.has(status) });
  } catch (cause) {
    return refusal('unreachable', 'Nothing answers that can be read from here', { cause });
  }
}
