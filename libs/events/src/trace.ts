import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';

/** W3C Trace Context: carried from a request through the outbox and the broker to whatever it causes. */
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
const current = new AsyncLocalStorage<string>();

/** Runs `work` under the caller's trace, or under a new one when the caller sent none or nonsense. */
export function traced<Result>(traceparent: unknown, work: () => Result): Result {
  const known = typeof traceparent === 'string' && TRACEPARENT.test(traceparent);
  return current.run(known ? traceparent : newTraceparent(), work);
}

export function currentTraceparent(): string | undefined {
  return current.getStore();
}

function newTraceparent(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;
}
