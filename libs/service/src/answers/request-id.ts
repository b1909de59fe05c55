import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export const REQUEST_ID_HEADER = 'x-request-id';
/** Nothing that a log, a terminal or a header could take for something else; and shorter than any token. */
const PROPER_ID = /^[\w.:=+/-]{1,64}$/;
const current = new AsyncLocalStorage<string>();

/** What the caller, or a proxy on the way, calls this request; or else a name of our own. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const given = headers[REQUEST_ID_HEADER];
  return typeof given === 'string' && PROPER_ID.test(given) ? given : randomUUID();
}

/** Whatever is logged by `work`, at whatever depth, tells of the request. */
export function withRequestId<Result>(id: string, work: () => Result): Result {
  return current.run(id, work);
}

export function currentRequestId(): string | undefined {
  return current.getStore();
}
