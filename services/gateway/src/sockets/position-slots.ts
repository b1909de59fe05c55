import type { LivePosition, Mode } from '@logi/contracts';

/** A position and its frames, made when a socket of either mode is ready for it; many never are. */
export type PendingPosition = {
  readonly position: LivePosition;
  /** `count` is how many positions the socket has been sent with this one; its id counts them. */
  frame: (mode: Mode, count: number) => Buffer | undefined;
};

/** Bookings of one user that are on the road at one time; the oldest waiting position gives way. */
const MAX_SLOTS = 256;

/** The newest position of each booking, until the socket has room for it. */
export class PositionSlots {
  readonly #slots = new Map<string, PendingPosition>();

  /** Returns whether another position had to give way. */
  put(pending: PendingPosition): boolean {
    const { booking_id } = pending.position;
    const oldest = this.#slots.size < MAX_SLOTS ? undefined : this.#slots.keys().next().value;
    const gaveWay = this.#slots.has(booking_id) ? booking_id : oldest;
    if (gaveWay !== undefined) this.#slots.delete(gaveWay);
    this.#slots.set(booking_id, pending);
    return gaveWay !== undefined;
  }

  drop(bookingId: string): boolean {
    return this.#slots.delete(bookingId);
  }

  removeOldest(): PendingPosition | undefined {
    for (const [bookingId, pending] of this.#slots) {
      this.#slots.delete(bookingId);
      return pending;
    }
    return undefined;
  }
}
