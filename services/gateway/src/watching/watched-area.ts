import { randomUUID } from 'node:crypto';
import { type Box, type DriverSeen, isWithin, WATCH_PICTURE_MS } from '@logi/contracts';

/** Tracking names all who are there in each picture; who was in none of so long has gone. */
const FORGOTTEN_AFTER_MS = 3.5 * WATCH_PICTURE_MS;
/** Beyond it they are not counted apart. */
const MAX_COUNTED = 100_000;

/** What a position means to who watches: `known` is one that was told already. */
export type Meaning = 'news' | 'known' | 'left out' | 'elsewhere';

/** An area that somebody watches, and which drivers they have been told of. */
export class WatchedArea {
  readonly bbox: Box;
  readonly max: number;
  readonly #known = new Map<string, { seen: DriverSeen; namedAt: number }>();
  readonly #leftOut = new Map<string, number>();
  #countedBefore = 0;
  #watchId = randomUUID();

  constructor({ bbox, max }: Pick<WatchedArea, 'bbox' | 'max'>) {
    this.bbox = bbox;
    this.max = max;
  }

  get watchId(): string {
    return this.#watchId;
  }

  /** How many were there lately who could not be told of. */
  get leftOut(): number {
    return this.#leftOut.size;
  }

  /** Whether it is another number than when this was asked last. */
  hasNewCount(): boolean {
    const isNew = this.#leftOut.size !== this.#countedBefore;
    this.#countedBefore = this.#leftOut.size;
    return isNew;
  }

  get drivers(): Iterable<string> {
    return this.#known.keys();
  }

  /** Positions may have been lost: under another id tracking takes it for a new one, and tells of all. */
  beNew(): void {
    this.#watchId = randomUUID();
  }

  /** Of a driver who leaves, the first place outside is news, and none after it. */
  take(seen: DriverSeen, now: number): Meaning {
    const { driver_id } = seen;
    const known = this.#known.get(driver_id);
    if (!isWithin(seen, this.bbox)) {
      this.#leftOut.delete(driver_id);
      if (!known || seen.recorded_at < known.seen.recorded_at) return 'elsewhere';
      this.#known.delete(driver_id);
      return 'news';
    }
    if (!known && this.#known.size >= this.max) {
      if (this.#leftOut.size < MAX_COUNTED) this.#leftOut.set(driver_id, now);
      return 'left out';
    }
    if (known && !isNewer(seen, known.seen)) {
      known.namedAt = now;
      return 'known';
    }
    this.#leftOut.delete(driver_id);
    this.#known.set(driver_id, { seen, namedAt: now });
    return 'news';
  }

  forgetGone(now: number): void {
    const since = now - FORGOTTEN_AFTER_MS;
    for (const [driverId, { namedAt }] of this.#known) if (namedAt < since) this.#known.delete(driverId);
    for (const [driverId, namedAt] of this.#leftOut) if (namedAt < since) this.#leftOut.delete(driverId);
  }
}

/** A driver who stands may have another label, or a job, since. */
function isNewer(seen: DriverSeen, known: DriverSeen): boolean {
  if (seen.recorded_at !== known.recorded_at) return seen.recorded_at > known.recorded_at;
  return seen.status !== known.status || seen.booking_id !== known.booking_id;
}
