import type { LivePosition } from '@logi/contracts';

/** Trips under way that are remembered; beyond it, the one known longest is forgotten. */
const MAX_TRIPS = 200_000;

type Kept = { position: LivePosition; namedAt: number };

/**
 * The last position of each trip under way, for its user who may connect at any time. A driver who is parked says nothing
 * that could be waited for.
 */
export class LastPositions {
  readonly #byBooking = new Map<string, Kept>();
  readonly #bookingsOf = new Map<string, Set<string>>();
  /** Counts the snapshots that have been read. */
  #age = 0;

  get size(): number {
    return this.#byBooking.size;
  }

  get(bookingId: string): LivePosition | undefined {
    return this.#byBooking.get(bookingId)?.position;
  }

  /** Those of which it is known until when they are live. */
  *of(userId: string): Iterable<LivePosition> {
    for (const bookingId of this.#bookingsOf.get(userId) ?? []) {
      const position = this.get(bookingId);
      if (position?.live_until !== undefined) yield position;
    }
  }

  /** Whether it is a place that was not known. An older one changes nothing; the same one may be live for longer. */
  put(position: LivePosition): boolean {
    const { booking_id, user_id } = position;
    const known = this.#byBooking.get(booking_id);
    const namedAt = this.#age;
    if (!known) {
      this.#byBooking.set(booking_id, { position, namedAt });
      this.#bookingsOf.set(user_id, (this.#bookingsOf.get(user_id) ?? new Set()).add(booking_id));
      const [oldest] = this.#byBooking.size > MAX_TRIPS ? this.#byBooking.keys() : [];
      if (oldest !== undefined) this.remove(oldest);
      return true;
    }
    known.namedAt = namedAt;
    const laterMs = Date.parse(position.recorded_at) - Date.parse(known.position.recorded_at);
    if (laterMs < 0) return false;
    const isSame = laterMs === 0 && isSamePlace(position, known.position);
    if (!isSame || isLonger(position, known.position)) known.position = position;
    return !isSame;
  }

  remove(bookingId: string): void {
    const userId = this.get(bookingId)?.user_id;
    this.#byBooking.delete(bookingId);
    if (userId === undefined) return;
    const bookings = this.#bookingsOf.get(userId);
    bookings?.delete(bookingId);
    if (bookings?.size === 0) this.#bookingsOf.delete(userId);
  }

  /** A snapshot of all trips has been read: what nothing has named since the one before has ended, and we have missed it. */
  forgetUnnamed(): void {
    for (const [bookingId, { namedAt }] of this.#byBooking) if (namedAt < this.#age) this.remove(bookingId);
    this.#age += 1;
  }
}

function isSamePlace(a: LivePosition, b: LivePosition): boolean {
  return a.latitude === b.latitude && a.longitude === b.longitude;
}

function isLonger(a: LivePosition, b: LivePosition): boolean {
  return a.live_until !== undefined && (b.live_until === undefined || a.live_until > b.live_until);
}
