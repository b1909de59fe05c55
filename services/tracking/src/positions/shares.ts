/** There is room again from this part of a share on. */
const ROOM_PART = 0.75;

type Share = { points: number; room: PromiseWithResolvers<void> | undefined };

/** How much of the buffer each driver fills. Who fills more than their share waits, and nobody with them. */
export class Shares {
  readonly #most: number;
  readonly #byDriver = new Map<string, Share>();

  constructor(most: number) {
    this.#most = most;
  }

  take(driverId: string, points: number): void {
    const share = this.#byDriver.get(driverId);
    if (share) share.points += points;
    else this.#byDriver.set(driverId, { points, room: undefined });
  }

  giveBack(driverId: string, points: number): void {
    const share = this.#byDriver.get(driverId);
    if (!share) return;
    share.points -= points;
    if (share.points === 0) this.#byDriver.delete(driverId);
    if (share.points > ROOM_PART * this.#most) return;
    share.room?.resolve();
    share.room = undefined;
  }

  /** Undefined while there is room. */
  roomFor(driverId: string): Promise<void> | undefined {
    const share = this.#byDriver.get(driverId);
    if (!share || share.points < this.#most) return undefined;
    share.room ??= Promise.withResolvers();
    return share.room.promise;
  }
}
