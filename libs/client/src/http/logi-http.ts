import { OPERATIONS } from './api.ts';
import type { AskedOf, CallOptions, OperationId, Result } from './types.ts';

export type LogiHttpOptions = {
  /** Where the services are, without a slash at the end; what is not called may be left out. */
  booking?: string;
  tracking?: string;
  gateway?: string;
  operations?: string;
  /** Asked before each attempt, so a token that has been renewed is used. */
  getToken: () => string | Promise<string>;
  /** Attempts of one call, the first included. */
  maxAttempts?: number;
  /** The longest that is waited between two attempts; who is told to wait longer is told so by the result. */
  maxWaitMs?: number;
  /** How long one attempt may take. */
  timeoutMs?: number;
  fetch?: typeof fetch;
};

const FIRST_WAIT_MS = 300;
const REPEATABLE = ['GET', 'PUT', 'DELETE'];

type Asked = CallOptions & { path?: unknown; query?: unknown; body?: unknown };
type Outcome =
  | { ok: true; status: number; data: unknown; requestId: string | null }
  | { ok: false; status: number | null; error: unknown; requestId: string | null };
type Attempt = { result: Outcome; waitMs: number | undefined };

/**
 * Calls of all services, by the names of the OpenAPI documents. A call that is refused is a result, not a throw: narrow by
 * `ok`, then by `error.code`. What may be made twice is made again when no answer came, or a 503: GET, PUT, DELETE, and what
 * has an idempotency key. After a 429 anything is, since nothing of it was taken.
 */
export class LogiHttp {
  readonly #options: LogiHttpOptions;

  constructor(options: LogiHttpOptions) {
    this.#options = options;
  }

  async call<Id extends OperationId>(id: Id, asked: AskedOf<Id>): Promise<Result<Id>> {
    const { maxAttempts = 3, maxWaitMs = 10_000 } = this.#options;
    const [, method, , keyed] = OPERATIONS[id] as readonly string[]; // the fourth is there for some
    const key = keyed === undefined ? undefined : (asked.idempotencyKey ?? crypto.randomUUID());
    const isRepeatable = key !== undefined || REPEATABLE.includes(method ?? '');
    for (let attempt = 1; ; attempt += 1) {
      const { result, waitMs } = await this.#attempt(id, asked, key);
      const mayRepeat = !result.ok && (result.status === 429 || (isRepeatable && (result.status ?? 503) === 503));
      const restMs = waitMs ?? FIRST_WAIT_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
      if (!mayRepeat || attempt >= maxAttempts || restMs > maxWaitMs || asked.signal?.aborted) {
        return result as Result<Id>; // as the documents say of this call
      }
      await rest(restMs, asked.signal);
    }
  }

  async #attempt(id: OperationId, asked: Asked, key: string | undefined): Promise<Attempt> {
    const { getToken, timeoutMs = 15_000, fetch: ask = fetch } = this.#options;
    const [service, method, path] = OPERATIONS[id];
    const origin = this.#options[service];
    if (origin === undefined) throw new Error(`LogiHttp was not told where ${service} is`);
    const { body, requestId, signal } = asked;
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const response = await ask(origin + addressOf(path, asked), {
        method,
        headers: {
          authorization: `Bearer ${await getToken()}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(key !== undefined && { 'idempotency-key': key }),
          ...(requestId !== undefined && { 'x-request-id': requestId }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
      return await read(response);
    } catch (cause) {
      const error = { code: 'no_answer', message: String(cause), cause } as const;
      return { result: { ok: false, status: null, error, requestId: null }, waitMs: undefined };
    }
  }
}

async function read(response: Response): Promise<Attempt> {
  const { ok, status, headers } = response;
  const requestId = headers.get('x-request-id');
  const seconds = headers.get('retry-after');
  const waitMs = seconds === null ? undefined : Number(seconds) * 1_000;
  const text = await response.text();
  const body = text === '' ? undefined : JSON.parse(text);
  if (ok) return { result: { ok, status, data: body, requestId }, waitMs };
  const error = body?.error ?? { code: 'no_answer', message: `Something on the way answered ${status}` };
  return { result: { ok, status, error, requestId }, waitMs };
}

function addressOf(path: string, { path: places, query }: Asked): string {
  const given = new Map<string, unknown>(Object.entries(places ?? {}));
  const filled = path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(String(given.get(name))));
  const asked = Object.entries(query ?? {}).filter(([, value]) => value != null);
  if (asked.length === 0) return filled;
  return `${filled}?${new URLSearchParams(Object.fromEntries(asked.map(([name, value]) => [name, String(value)])))}`;
}

/** Less, if the caller gives up. */
function rest(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
