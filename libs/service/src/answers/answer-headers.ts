import type { DomainError } from '@logi/contracts';
import { REQUEST_ID_HEADER } from './request-id.ts';

const RETRY_AFTER_MS = 2_000;
/** RFC 6455, 4.2.2: who came with another one learns which it is. */
export const WEBSOCKET_VERSION = '13';
const CHALLENGE = 'Bearer realm="logi"';
const TRACKER_CHALLENGE = `${CHALLENGE}, Basic realm="logi"`;

/** On every answer: nothing of it is for a cache, or to be taken for another type than it says. */
export function answerHeaders(requestId: string): Record<string, string> {
  return { [REQUEST_ID_HEADER]: requestId, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
}

/** What the status of a refusal obliges us to say. */
export function refusalHeaders(
  { status, code, retryAfterMs }: DomainError,
  isForTrackers = false,
): Record<string, string> {
  if (code === 'invalid_upgrade') return { 'sec-websocket-version': WEBSOCKET_VERSION };
  switch (status) {
    case 401:
      return { 'www-authenticate': isForTrackers ? TRACKER_CHALLENGE : CHALLENGE };
    case 426:
      return { upgrade: 'websocket' };
    case 429:
    case 503:
      return { 'retry-after': String(Math.ceil((retryAfterMs ?? RETRY_AFTER_MS) / 1_000)) };
    default:
      return {};
  }
}
