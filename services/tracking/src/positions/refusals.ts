import type { Logger } from 'pino';
import { Counter, type Registry } from 'prom-client';
import { REFUSED_FIELDS } from '../reading/read-point.ts';
import { REJECTION_CODES, type Rejection } from './point.ts';

/** The ways by which points come: routes, and the stream; and the buffer, for what waits there when its driver is blocked. */
export const SOURCES = ['locations', 'status', 'stream', 'owntracks', 'osmand', 'overland', 'buffer'] as const;
export type Source = (typeof SOURCES)[number];

/** Besides those of single points, those that a whole request is lost for. */
export const REASONS = [
  ...REFUSED_FIELDS.map((field) => `invalid_${field}` as const),
  ...REJECTION_CODES.filter((code) => code !== 'invalid_point'),
  'payload_too_large',
  'unsupported_media_type',
  'blocked',
] as const;
export type Reason = (typeof REASONS)[number];

const LOGGED_AGAIN_AFTER_MS = 3_600_000;
/** Of what was logged in this hour. Beyond it, refusals are only counted. */
const MAX_REMEMBERED = 10_000;

/** What of a driver's is refused leaves a trace: a count by reason, and the first of a kind in an hour a line in the log. */
export class Refusals {
  readonly #log: Logger;
  readonly #refused: Counter<'source' | 'reason'>;
  /** All are forgotten together, so that each line may come again, and what is kept is bounded. */
  readonly #logged = new Set<string>();
  #forgetAt = 0;
  readonly #now: () => number;

  constructor({ log, registry, now = Date.now }: { log: Logger; registry: Registry; now?: () => number }) {
    this.#log = log;
    this.#now = now;
    this.#refused = new Counter({
      name: 'logi_points_refused_total',
      help: 'What drivers’ apps sent and was not taken, by the way it came and the reason',
      labelNames: ['source', 'reason'],
      registers: [registry],
    });
  }

  count(source: Source, driverId: string, rejected: readonly Pick<Rejection, 'code' | 'field'>[]): void {
    for (const { code, field } of rejected) {
      this.countOne({ source, driverId, reason: code === 'invalid_point' ? `invalid_${field}` : code });
    }
  }

  countOne({ source, driverId, reason }: { source: Source; driverId: string; reason: Reason }, points = 1): void {
    this.#refused.inc({ source, reason }, points);
    const now = this.#now();
    if (now >= this.#forgetAt) {
      this.#logged.clear();
      this.#forgetAt = now + LOGGED_AGAIN_AFTER_MS;
    }
    const kind = `${source} ${reason} ${driverId}`;
    if (this.#logged.has(kind) || this.#logged.size >= MAX_REMEMBERED) return;
    this.#logged.add(kind);
    this.#log.warn({ driverId, source, reason }, 'refused of a driver’s app; more of this kind are only counted now');
  }
}
