/**
 * Whether work flows, from end to end, as people see it:
 *   request   a user's booking was taken
 *   event     a change of a booking reached a socket: database, relay, broker, gateway
 *   dispatch  an offer reached a driver: booking, tracking and booking again, then the gateway
 *   points    a driver's points were acknowledged
 *   position  a driver's point reached the user of the booking, by the way of positions
 */
export const WORK_KINDS = ['request', 'event', 'dispatch', 'points', 'position'] as const;
export type WorkKind = (typeof WORK_KINDS)[number];

type Wait = { kind: WorkKind; since: number; resolve: (at: number) => void };

/** Counts work of each kind, and tells when work of a kind flows again: the first that both began and ended after a moment. */
export class WorkMeter {
  readonly counts: Record<WorkKind, number> = { request: 0, event: 0, dispatch: 0, points: 0, position: 0 };
  readonly #waits = new Set<Wait>();

  count(kind: WorkKind, beganAt: number): void {
    this.counts[kind] += 1;
    for (const wait of this.#waits) {
      if (wait.kind !== kind || beganAt < wait.since) continue;
      this.#waits.delete(wait);
      wait.resolve(Date.now());
    }
  }

  /** Milliseconds until all of these flow again, or undefined if they do not in time. */
  async recovers(kinds: readonly WorkKind[], since: number, timeoutMs: number): Promise<number | undefined> {
    const waits = kinds.map((kind) => {
      const { promise, resolve } = Promise.withResolvers<number>();
      const wait = { kind, since, resolve };
      this.#waits.add(wait);
      return { wait, promise };
    });
    const { promise: late, resolve: giveUp } = Promise.withResolvers<undefined>();
    const timer = setTimeout(giveUp, timeoutMs, undefined);
    const all = Promise.all(waits.map(({ promise }) => promise));
    const times = await Promise.race([all, late]);
    clearTimeout(timer);
    for (const { wait } of waits) this.#waits.delete(wait);
    return times && Math.max(...times) - since;
  }
}
