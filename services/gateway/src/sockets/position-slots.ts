import type { Mode, V2Type } from '@logi/contracts';

/** A position and its frames, made when a socket of either mode is ready for it; many never are. */
export type PendingPosition = {
  /** Of two with the same key the newer counts: that of a booking, or of a driver who is watched. */
  readonly key: string;
  readonly type: V2Type;
  /** `count` is how many positions the socket has been sent with this one; its id counts them. */
  frame: (mode: Mode, count: number) => Buffer | undefined;
};

/** Bookings of one user that are on the road at one time; the oldest waiting position gives way. */
const MAX_BOOKINGS = 256;

/** The newest position of each booking or driver, until the socket has room for it. */
export class PositionSlots {
  readonly #slots = new Map<string, PendingPosition>();

  /** Returns whether another position had to give way. */
  put(pending: PendingPosition, most = MAX_BOOKINGS): boolean {
    const oldest = this.#slots.size < most ? undefined : this.#slots.keys().next().value;
    const gaveWay = this.#slots.has(pending.key) ? pending.key : oldest;
    if (gaveWay !== undefined) this.#slots.delete(gaveWay);
    this.#slots.set(pending.key, pending);
    return gaveWay !== undefined;
  }

  drop(key: string): boolean {
    return this.#slots.delete(key);
  }

  /** The oldest first. Whoever takes one drops it. */
  waiting(): Iterable<PendingPosition> {
    return this.#slots.values();
  }

  get isEmpty(): boolean {
    return this.#slots.size === 0;
  }
}
