/** There is room again from this part of a share on. */
const ROOM_PART = 0.75;

type Share = { points: number; room: PromiseWithResolvers<void> | undefined };

/** How much of the buffer each driver fills. Who fills more than their share waits, and nobody with them. */
export class Shares {
  readonly #most: number;
  #within = 0;
  readonly #byDriver = new Map<string, Share>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Points of all, but of nobody more than a share: what somebody floods with is no reason to hold back the others. */
  get within(): number {
    return this.#within;
  }

  take(driverId: string, points: number): void {
    const share = this.#byDriver.get(driverId) ?? { points: 0, room: undefined };
    this.#byDriver.set(driverId, share);
    this.#set(share, share.points + points);
  }

  giveBack(driverId: string, points: number): void {
    const share = this.#byDriver.get(driverId);
    if (!share) return;
    this.#set(share, share.points - points);
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

  #set(share: Share, points: number): void {
    this.#within += Math.min(points, this.#most) - Math.min(share.points, this.#most);
    share.points = points;
  }
}

type Batch = { sender: { principal: { id: string } }; points: readonly unknown[] };

/**
 * What is written next: the oldest, but of one driver no more than their part, and at least one batch. Both keep the order
 * in which they came.
 */
export function shareOut<Some extends Batch>(
  waiting: readonly Some[],
  { most, mostOfDriver }: { most: number; mostOfDriver: number },
): { next: Some[]; left: Some[] } {
  const next: Some[] = [];
  const left: Some[] = [];
  const byDriver = new Map<string, number>();
  let total = 0;
  for (const [index, batch] of waiting.entries()) {
    const { length } = batch.points;
    if (next.length > 0 && total + length > most) return { next, left: left.concat(waiting.slice(index)) };
    const { id } = batch.sender.principal;
    const ofDriver = byDriver.get(id);
    if (ofDriver !== undefined && ofDriver + length > mostOfDriver) {
      byDriver.set(id, Number.POSITIVE_INFINITY); // nothing of theirs overtakes it
      left.push(batch);
      continue;
    }
    byDriver.set(id, (ofDriver ?? 0) + length);
    total += length;
    next.push(batch);
  }
  return { next, left };
}
