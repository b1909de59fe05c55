import { Backoff } from '../connection/backoff.ts';
import { onWake, safely } from '../connection/here.ts';
import { LogiError } from '../connection/logi-error.ts';
import type { BookingStatus } from '../connection/payloads.ts';
import { Backlog, type Kept, type Store } from './backlog.ts';

export type DriverAct = { booking_id: string } & (
  | { act: 'accept' | 'decline' }
  | { act: 'status'; status: BookingStatus }
  | { act: 'cancel'; reason?: string }
);
/** When the driver did it, by the clock of the device. The server takes the time at which it hears of it. */
export type KeptAct = DriverAct & { occurred_at: string };

/** `booking` is as the server answers it; nothing where it answers nothing. */
export type Outcome = { act: KeptAct } & (
  | { is: 'done'; booking: unknown }
  | { is: 'refused'; status: number; code: string; message: string; details?: Record<string, unknown> }
  /** Closed before it was known; with a store it is done next time. */
  | { is: 'waiting' }
);

export type DriverActsOptions = {
  /** Of booking, such as `https://host/booking`. */
  url: string;
  getToken: () => string | null | Promise<string | null>;
  /** Another one than the points have. */
  store?: Store;
  /** Acts that may wait; above it `do` throws. */
  maxWaiting?: number;
  /** Also of what an earlier page or process has left. */
  onOutcome?: (outcome: Outcome) => void;
  /** Why something has to wait. */
  onError?: (error: Error, more: { willRetry: true }) => void;
  fetch?: typeof fetch;
};

/** `holdsUp` is false where it is about this act alone. */
type Answer = Outcome | { is: 'later'; error: Error; afterMs: number; holdsUp: boolean };

const DEFAULT_MAX_WAITING = 200;
const TIMEOUT_MS = 20_000;
/** Not about what was asked. */
const LATER: ReadonlySet<number> = new Set([401, 408, 429]);

/**
 * What a driver does to bookings, done once the network lets it: in order for each booking, and again where the answer was
 * lost, since the server answers what is so already as the first time.
 */
export class DriverActs {
  readonly #options: DriverActsOptions;
  readonly #backlog: Backlog<KeptAct>;
  readonly #backoff = new Backoff();
  readonly #askers = new Map<Kept<KeptAct>, (outcome: Outcome) => void>();
  #isClosed = false;
  #request: AbortController | undefined;
  readonly #stopListening: () => void;
  #isBusy = true;
  #wake: () => void = () => undefined;

  constructor(options: DriverActsOptions) {
    this.#options = options;
    this.#backlog = new Backlog({
      store: options.store,
      onStoreError: (cause) => this.#tell(new LogiError('store_failed', 'Acts are kept in memory only', { cause })),
    });
    this.#stopListening = onWake(() => this.#wake());
    void this.#backlog.load().then(() => this.#work());
  }

  get waiting(): number {
    return this.#backlog.oldestFirst.length;
  }

  /** Resolves with what came of it, be it hours later; it never rejects. */
  do(act: DriverAct): Promise<Outcome> {
    const { maxWaiting = DEFAULT_MAX_WAITING } = this.#options;
    if (this.#isClosed) throw new LogiError('closed', 'These acts were closed');
    if (this.waiting >= maxWaiting) throw new LogiError('too_many_waiting', `${maxWaiting} acts wait already`);
    const entry = this.#backlog.add({ ...act, occurred_at: new Date().toISOString() });
    const outcome = new Promise<Outcome>((resolve) => this.#askers.set(entry, resolve));
    if (!this.#isBusy) void this.#work();
    return outcome;
  }

  /** For good. What waits stays in the store, and is done next time. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#request?.abort();
    this.#stopListening();
    this.#wake();
    for (const [{ value }, resolve] of this.#askers) resolve({ is: 'waiting', act: value });
    this.#askers.clear();
    await this.#backlog.close();
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    while (this.waiting > 0 && !this.#isClosed) {
      let isDelayed = false;
      for (const entry of this.#firstOfEach()) {
        const answer = await this.#ask(entry.value);
        if (this.#isClosed) return;
        if (answer.is !== 'later') {
          this.#settle(entry, answer);
          continue;
        }
        if (answer.afterMs > 0) this.#backoff.rest(answer.afterMs);
        this.#tell(answer.error);
        isDelayed = true;
        if (answer.holdsUp) break;
      }
      if (isDelayed) await this.#rest(this.#backoff.nextMs());
      else this.#backoff.broke(Infinity);
    }
    this.#isBusy = false;
  }

  /** A booking's next act waits for the one before it. */
  #firstOfEach(): Kept<KeptAct>[] {
    const seen = new Set<string>();
    return this.#backlog.oldestFirst.filter(
      ({ value: { booking_id } }) => !seen.has(booking_id) && seen.add(booking_id),
    );
  }

  async #ask(act: KeptAct): Promise<Answer> {
    const { url, getToken, fetch: send = fetch } = this.#options;
    const request = new AbortController();
    this.#request = request;
    const timer = setTimeout(() => request.abort(), TIMEOUT_MS);
    try {
      const token = await getToken();
      if (token === null) return later(new LogiError('signed_out', 'getToken says nobody is signed in'));
      const body = bodyOf(act);
      const answer = await send(
        `${url.replace(/\/$/, '')}/v1/bookings/${encodeURIComponent(act.booking_id)}/${act.act}`,
        {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
          ...(body && { body: JSON.stringify(body) }),
          redirect: 'error', // of a network that wants a person to sign in
          signal: request.signal,
        },
      );
      return await readAnswer(act, answer);
    } catch (error) {
      return later(error instanceof Error ? error : new Error(String(error)));
    } finally {
      clearTimeout(timer);
    }
  }

  #settle(entry: Kept<KeptAct>, outcome: Outcome): void {
    this.#backlog.settle([entry]);
    safely(this.#options.onOutcome, outcome);
    this.#askers.get(entry)?.(outcome);
    this.#askers.delete(entry);
  }

  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        if (this.#backoff.isResting && !this.#isClosed) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #tell(error: Error): void {
    if (this.#isClosed) return;
    safely(this.#options.onError, error, { willRetry: true });
  }
}

function bodyOf(act: KeptAct): object | undefined {
  if (act.act === 'status') return { status: act.status };
  return act.act === 'cancel' && act.reason !== undefined ? { reason: act.reason } : undefined;
}

/** Whoever else answers, such as a proxy whose servers are away, does not speak for booking. */
async function readAnswer(act: KeptAct, answer: Response): Promise<Answer> {
  const { status, headers } = answer;
  if (status === 204) return { is: 'done', act, booking: undefined };
  const body = (await answer.json().catch(() => ({}))) as {
    booking_id?: string;
    error?: { code: string; message: string; details?: Record<string, unknown> };
  };
  if (answer.ok && body.booking_id !== undefined) return { is: 'done', act, booking: body };
  const { error } = body;
  if (error && status < 500 && !LATER.has(status)) return { is: 'refused', act, status, ...error };
  return later(
    new LogiError(error?.code ?? 'no_booking', error?.message ?? `Something else than Logi answered: ${status}`),
    { afterMs: Number(headers.get('retry-after')) * 1_000 || 0, holdsUp: error?.code !== 'internal' },
  );
}

function later(error: Error, { afterMs = 0, holdsUp = true } = {}): Answer {
  return { is: 'later', error, afterMs, holdsUp };
}
