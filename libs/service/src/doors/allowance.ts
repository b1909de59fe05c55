import { DomainError } from '@logi/contracts';
import { Counter, type Registry } from 'prom-client';

/*
 * What somebody may ask of this process in a second, whatever door they come by.
 *
 * A counter for each second lets twice as much pass around its end, and counters for everybody who ever came fill the
 * memory. Here each holder of each class is one number: the moment at which all they have spent will have grown back. What
 * is spent moves it on; nobody may be further ahead of now than the burst lasts. Who has spent nothing lately needs no
 * number at all.
 *
 *   spent ──▶ ├─────── burst ───────┤
 *            now      full again at ▲     beyond the burst: refused (spend), or owed (owe)
 *
 * A class keeps two generations of numbers. When the young one has lasted for a burst, or is full, it becomes the old one,
 * and what the old one held is forgotten: by then it had grown back, or there were so many others that a share means little.
 */

/** Of addresses are `strangers`, who come without a valid token, and `refusals`, which say to wait; all others of principals. */
export const ALLOWANCE_CLASSES = [
  'reads',
  'writes',
  'estimates',
  'point_requests',
  'points',
  'upgrades',
  'frames',
  'bytes',
  'strangers',
  'refusals',
] as const;
export type AllowanceClass = (typeof ALLOWANCE_CLASSES)[number];

export type Rate = { perSecond: number; burst: number };
export type Rates = Partial<Record<AllowanceClass, Rate>>;

/** Holders of a generation; with their names about 100 bytes each. */
const MAX_HOLDERS = 50_000;

export class Allowance {
  readonly #purses: ReadonlyMap<AllowanceClass, Purse>;
  readonly #refused: Counter<'class'>;
  readonly #now: () => number;

  constructor(rates: Rates, { registry, now = () => performance.now() }: { registry: Registry; now?: () => number }) {
    const purses = ALLOWANCE_CLASSES.flatMap((name): [AllowanceClass, Purse][] => {
      const rate = rates[name];
      return rate ? [[name, new Purse(rate)]] : [];
    });
    this.#purses = new Map(purses);
    this.#now = now;
    this.#refused = new Counter({
      name: 'logi_rate_limited_total',
      help: 'What was refused, closed or left unread because its sender had spent their allowance, by its class',
      labelNames: ['class'],
      registers: [registry],
    });
  }

  /** Takes it off what is left, or throws `rate_limited` and takes nothing. */
  pay(name: AllowanceClass, holder: string, { cost = 1, message }: { cost?: number; message?: string } = {}): void {
    const waitMs = this.#purses.get(name)?.spend(holder, cost, this.#now()) ?? 0;
    if (waitMs > 0) this.#refuse(name, waitMs, message);
  }

  /** Whether it could be taken off; takes nothing when not. */
  tryPay(name: AllowanceClass, holder: string, cost = 1): boolean {
    const isPaid = (this.#purses.get(name)?.spend(holder, cost, this.#now()) ?? 0) === 0;
    if (!isPaid) this.#refused.inc({ class: name });
    return isPaid;
  }

  /** Takes it off in any case, for what has been done already. How long it is until the debt has grown back; 0 without one. */
  owe(name: AllowanceClass, holder: string, cost = 1): number {
    const debtMs = this.#purses.get(name)?.owe(holder, cost, this.#now()) ?? 0;
    if (debtMs > 0) this.#refused.inc({ class: name });
    return debtMs;
  }

  /** Leaves nothing for so long. */
  suspend(name: AllowanceClass, holder: string, forMs: number): void {
    if (forMs > 0) this.#purses.get(name)?.suspend(holder, forMs, this.#now());
  }

  #refuse(name: AllowanceClass, waitMs: number, message: string | undefined): never {
    this.#refused.inc({ class: name });
    throw new DomainError('rate_limited', { retryAfterMs: waitMs, ...(message !== undefined && { message }) });
  }
}

/** Burst and rate of one class, and when each holder will be full again. */
class Purse {
  readonly #msPerUnit: number;
  readonly #burstMs: number;
  #young = new Map<string, number>();
  #old = new Map<string, number>();
  #turnedAt = 0;

  constructor({ perSecond, burst }: Rate) {
    this.#msPerUnit = 1_000 / perSecond;
    this.#burstMs = burst * this.#msPerUnit;
  }

  /** 0 when it was spent; else how long it is until it may be. */
  spend(holder: string, cost: number, now: number): number {
    const waitMs = this.#waitMs(holder, cost, now);
    if (waitMs === 0) this.#set(holder, this.#fullAt(holder, now) + cost * this.#msPerUnit, now);
    return waitMs;
  }

  #waitMs(holder: string, cost: number, now: number): number {
    return this.#beyondBurst(this.#fullAt(holder, now) + cost * this.#msPerUnit, now);
  }

  owe(holder: string, cost: number, now: number): number {
    const fullAt = this.#fullAt(holder, now) + cost * this.#msPerUnit;
    this.#set(holder, fullAt, now);
    return this.#beyondBurst(fullAt, now);
  }

  suspend(holder: string, forMs: number, now: number): void {
    this.#set(holder, Math.max(this.#fullAt(holder, now), now + this.#burstMs + forMs), now);
  }

  /** In whole milliseconds: sums of fractions are not exact, and a whole burst must pass. */
  #beyondBurst(fullAt: number, now: number): number {
    return Math.max(0, Math.round(fullAt - now - this.#burstMs));
  }

  #fullAt(holder: string, now: number): number {
    return Math.max(now, this.#young.get(holder) ?? this.#old.get(holder) ?? now);
  }

  #set(holder: string, fullAt: number, now: number): void {
    if (now - this.#turnedAt > this.#burstMs || this.#young.size >= MAX_HOLDERS) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#turnedAt = now;
    }
    this.#young.set(holder, fullAt);
  }
}
