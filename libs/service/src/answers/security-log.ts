import type { DomainError, Role } from '@logi/contracts';
import type { Logger } from 'pino';
import { Counter, type Registry } from 'prom-client';

const MINUTE_MS = 60_000;
/** Addresses that are remembered; of the oldest it is forgotten how many lines it had. */
const MAX_ADDRESSES = 10_000;
/** All addresses together may fill the log as fast as so many. */
const LOUD_ADDRESSES = 100;

export type Refusal = {
  door: 'http' | 'upgrade';
  error: DomainError;
  address: string;
  method: string | undefined;
  /** The route, never the URL: that may have a token in it. */
  route: string;
  role?: Role | undefined;
  requestId: string;
};

type Minute = { endsAt: number; lines: number; suppressed: number };

export type SecurityLogOptions = {
  log: Logger;
  registry: Registry;
  linesPerMinute: number;
  now?: () => number;
};

/**
 * One line, `security`, for each refusal that somebody who guesses, steals or floods would cause. An address gets so many
 * in a minute; what it does beyond that is counted, and its next line says how much that was.
 */
export class SecurityLog {
  readonly #log: Logger;
  readonly #linesPerMinute: number;
  readonly #now: () => number;
  readonly #refused: Counter<'door' | 'code'>;
  readonly #minutes = new Map<string, Minute>();
  #all: Minute = { endsAt: 0, lines: 0, suppressed: 0 };

  constructor({ log, registry, linesPerMinute, now = Date.now }: SecurityLogOptions) {
    this.#log = log;
    this.#linesPerMinute = linesPerMinute;
    this.#now = now;
    this.#refused = new Counter({
      name: 'logi_security_refusals_total',
      help: 'Calls and upgrades that were refused for who made them, how, or how many, by door and code',
      labelNames: ['door', 'code'],
      registers: [registry],
    });
  }

  tell({ door, error, address, ...details }: Refusal): void {
    const { code, status } = error;
    this.#refused.inc({ door, code });
    const minute = this.#minuteOf(address);
    if (minute.lines >= this.#linesPerMinute || !this.#hasRoom()) {
      minute.suppressed += 1;
      return;
    }
    minute.lines += 1;
    const { suppressed } = minute;
    minute.suppressed = 0;
    this.#log.warn({ door, code, status, address, ...details, ...(suppressed > 0 && { suppressed }) }, 'security');
  }

  /** What was suppressed in an address's last minute is told in the next one. */
  #minuteOf(address: string): Minute {
    const known = this.#minutes.get(address);
    if (known && known.endsAt > this.#now()) return known;
    const minute = { endsAt: this.#now() + MINUTE_MS, lines: 0, suppressed: known?.suppressed ?? 0 };
    this.#minutes.delete(address); // so that it becomes the youngest
    this.#minutes.set(address, minute);
    const [oldest] = this.#minutes.keys();
    if (this.#minutes.size > MAX_ADDRESSES && oldest !== undefined) this.#minutes.delete(oldest);
    return minute;
  }

  #hasRoom(): boolean {
    if (this.#all.endsAt <= this.#now()) this.#all = { endsAt: this.#now() + MINUTE_MS, lines: 0, suppressed: 0 };
    if (this.#all.lines >= this.#linesPerMinute * LOUD_ADDRESSES) return false;
    this.#all.lines += 1;
    return true;
  }
}

/** Bad JSON is an app with a bug; these are what an attack looks like. An upgrade is refused for nothing else but load. */
export function isSecurityMatter(door: Refusal['door'], { status }: DomainError): boolean {
  return status === 401 || status === 403 || status === 429 || (door === 'upgrade' && status < 500);
}
