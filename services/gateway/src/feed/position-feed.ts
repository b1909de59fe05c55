import {
  type BookingStatus,
  type Event,
  isAssigned,
  isTerminal,
  type LivePosition,
  livePosition,
  parseJson,
  positionsRecorded,
} from '@logi/contracts';
import type { Logger } from 'pino';
import type { LastPositions } from '../journal/last-positions.ts';
import type { Hub } from '../sockets/hub.ts';
import { RecentMap } from './recent-map.ts';

/** Bookings whose newest status is remembered: far more than are on the road at one time. */
const MAX_REMEMBERED = 100_000;
/** Positions that wait for their booking's acceptance to be read, which takes a moment; the oldest gives way. */
const MAX_EARLY = 10_000;
/** By which booking's clock and its database's may differ: the trip begins by the one, the event is of the other. */
const MAX_CLOCK_DIFFERENCE_MS = 5_000;

type Seen = { status: BookingStatus; userId: string; driverId: string | null };

/** Whether a position may be shown: `early` is one whose acceptance may be yet to come. */
type Verdict = 'shown' | 'early' | 'dropped';

/**
 * Positions on their way to the sockets. They come by a stream of their own, from which a gateway that starts reads back
 * where everybody is; so they overtake events, or lag behind: tracking may not know yet that a booking has ended, or that
 * another driver has it now, or we may not know yet that it was accepted.
 *
 *   booking.accepted read? ── yes, with this driver ───────────────▶ shown, if it is newer than the last one
 *                         ├── it has ended ────────────────────────▶ dropped
 *                         ├── no, and the trip is older than all
 *                         │   that we have read ───────────────────▶ shown: it was accepted before
 *                         └── no, or another driver has it ────────▶ early: waits for the acceptance, and follows it
 *
 * While the broker is away, or not all has been read yet, nothing is sent; then each reader is told the last of each trip.
 */
export class PositionFeed {
  readonly #hub: Hub;
  readonly #last: LastPositions;
  readonly #log: Logger;
  /** All acceptances since then are read before anybody is let in. */
  readonly #readsFrom: number;
  readonly #seen = new RecentMap<string, Seen>(MAX_REMEMBERED);
  readonly #early = new Map<string, LivePosition>();
  /** Bookings whose position is to be sent once all has been read; undefined: it has. */
  #held: Set<string> | undefined = new Set();

  constructor({ hub, last, log, windowMs }: { hub: Hub; last: LastPositions; log: Logger; windowMs: number }) {
    this.#hub = hub;
    this.#last = last;
    this.#log = log;
    this.#readsFrom = Date.now() - windowMs;
  }

  /** To be called with each event, before it is delivered. */
  follow({ data }: Event): void {
    if (!('status' in data && 'user_id' in data)) return;
    const { booking_id, user_id, status, driver_id } = data;
    this.#seen.set(booking_id, { status, userId: user_id, driverId: driver_id });
    if (isTerminal(status)) this.#early.delete(booking_id);
    if (isAssigned(status) && this.#last.get(booking_id)?.driver_id === driver_id) return;
    this.#last.remove(booking_id);
    this.#hub.dropPosition(booking_id, user_id);
  }

  /** To be called with each event, after it was delivered. */
  release({ data, occurred_at }: Event): void {
    if (!('status' in data && 'user_id' in data)) return;
    const early = this.#early.get(data.booking_id);
    if (early?.started_at === undefined || !isAssigned(data.status) || early.driver_id !== data.driver_id) return;
    this.#early.delete(data.booking_id);
    if (early.user_id !== data.user_id) return;
    // Else it is of a time before, in which this driver had the booking as well.
    if (Date.parse(early.started_at) >= Date.parse(occurred_at) - MAX_CLOCK_DIFFERENCE_MS) this.#show(early);
  }

  /** Positions as they are flushed by tracking. False when these are none. */
  receive(body: Buffer): boolean {
    const { success, data } = positionsRecorded.safeParse(parseJson(body.toString('utf8')));
    for (const position of data?.positions ?? []) this.#take(position);
    return success;
  }

  /** Changes and snapshots of all trips. */
  readBack(entries: readonly unknown[]): void {
    let malformed = 0;
    for (const entry of entries) {
      const parsed = livePosition.safeParse(entry);
      if (parsed.success) this.#take(parsed.data);
      else malformed += 1;
    }
    if (malformed > 0) this.#log.warn({ malformed }, 'malformed positions of trips dropped');
  }

  /** Whether all there is has been read, and is being read. */
  setCurrent(isCurrent: boolean): void {
    if (isCurrent === (this.#held === undefined)) return;
    const held = this.#held ?? [];
    this.#held = isCurrent ? undefined : new Set();
    for (const bookingId of held) {
      const position = this.#last.get(bookingId);
      if (position) this.#hub.sendPosition(position);
    }
    this.#hub.setWelcoming(isCurrent);
  }

  #take(position: LivePosition): void {
    const verdict = this.#judge(position);
    if (verdict === 'shown') this.#show(position);
    else if (verdict === 'early') this.#keepEarly(position);
  }

  #judge({ booking_id, user_id, driver_id, started_at }: LivePosition): Verdict {
    const seen = this.#seen.get(booking_id);
    const last = this.#last.get(booking_id);
    // Whose booking it is, booking says; what tracking said first holds until then.
    if ((seen?.userId ?? last?.user_id ?? user_id) !== user_id) return 'dropped';
    if (seen) {
      if (isAssigned(seen.status) && seen.driverId === driver_id) return 'shown';
      return isTerminal(seen.status) || started_at === undefined ? 'dropped' : 'early';
    }
    const isKnown = last?.driver_id === driver_id;
    return isKnown || started_at === undefined || Date.parse(started_at) < this.#readsFrom ? 'shown' : 'early';
  }

  #show(position: LivePosition): void {
    if (!this.#last.put(position)) return;
    if (this.#held) this.#held.add(position.booking_id);
    else this.#hub.sendPosition(position);
  }

  /** The newest of the newest trip. */
  #keepEarly(position: LivePosition): void {
    const { booking_id } = position;
    const other = this.#early.get(booking_id);
    if (other && orderOf(other) > orderOf(position)) return;
    const oldest = this.#early.size < MAX_EARLY ? undefined : this.#early.keys().next().value;
    if (oldest !== undefined) this.#early.delete(oldest);
    this.#early.set(booking_id, position);
  }
}

function orderOf({ started_at = '', recorded_at }: LivePosition): string {
  return `${started_at} ${recorded_at}`;
}
