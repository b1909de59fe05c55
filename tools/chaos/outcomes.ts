import type { History } from './checker/history.ts';
import type { Kill } from './faults/kills.ts';
import { WORK_KINDS, type WorkKind, type WorkMeter } from './people/work-meter.ts';
import { NEVER, type Outcome } from './report.ts';

/** Work is to flow again so soon. */
const LIMIT_MS = 5_000;
/** What has not come back by then will not. */
export const GIVE_UP_MS = 60_000;

type Parts = { meter: WorkMeter; history: History; print: (line: string) => void };
type Ended = { id: string; what: string; limitMs?: number | undefined; problem?: string | undefined };

/** What came of each fault, and how long it took after it until work flowed again. */
export class Outcomes {
  readonly #parts: Parts;
  readonly #startedAt = Date.now();
  readonly #all: Outcome[] = [];
  readonly #measuring: Promise<void>[] = [];
  #now: { is: 'between faults' } | { is: 'fault'; id: string } = { is: 'between faults' };
  /** Faults that have begun, kills not counted. */
  #begun = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get all(): readonly Outcome[] {
    return this.#all;
  }

  get current(): string {
    return this.#now.is === 'fault' ? this.#now.id : 'none';
  }

  begin(id: string): void {
    this.#begun += 1;
    this.#now = { is: 'fault', id };
    this.#parts.history.add({ kind: 'fault begins', at: Date.now(), id });
  }

  /** The fault is over: resolves when work flows again. */
  async end(fault: Ended): Promise<void> {
    await this.#measure(fault, WORK_KINDS);
    this.#now = { is: 'between faults' };
  }

  /** During a fault, its own recovery is what is measured. */
  addKill({ id, what, kinds }: Kill): void {
    if (this.#now.is === 'fault') this.#note({ id, what: `${what} during ${this.#now.id}` });
    else this.#measuring.push(this.#measure({ id, what }, kinds));
  }

  /** Nothing is measured any more once this resolves. */
  async settled(): Promise<void> {
    await Promise.all(this.#measuring);
  }

  async #measure(ended: Ended, kinds: readonly WorkKind[]): Promise<void> {
    const begun = this.#begun;
    const recoveryMs = (await this.#parts.meter.recovers(kinds, Date.now(), GIVE_UP_MS)) ?? NEVER;
    // Once another fault has begun, the time would tell of that one.
    this.#note(this.#begun === begun ? { ...ended, recoveryMs } : ended);
  }

  #note({ id, what, limitMs = LIMIT_MS, problem, recoveryMs }: Ended & { recoveryMs?: number }): void {
    const { history, print } = this.#parts;
    const at = Date.now();
    const measured = recoveryMs !== undefined && { recoveryMs };
    const atSeconds = (at - this.#startedAt) / 1_000;
    this.#all.push({ id, what, limitMs, atSeconds, ...measured, ...(problem !== undefined && { problem }) });
    history.add({ kind: 'fault', at, id, what, ...measured });
    if (problem !== undefined) print(`${id}: ${problem}`);
    if (recoveryMs !== undefined && recoveryMs > limitMs)
      print(`${id}: ${what}: ${recoveryMs} ms until work flowed again`);
  }
}
