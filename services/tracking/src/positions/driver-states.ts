import type pg from 'pg';
import { readStates, readStatesLocked, type StampedState } from './state-rows.ts';

/*
 * What a driver's next point is judged by stands in `driver_latest`. Reading it for each flush would cost as much as
 * writing it, so an instance remembers what it wrote. A stamp in the row tells when another instance has written since:
 * then the write finds no row, the flush is rolled back, and is judged again by what is read under locks, of all drivers
 * at once and in their order, so that two instances cannot deadlock.
 */

/** Drivers whose points go to several instances are read each time, for so long, instead of being written in vain. */
const SHARED_MS = 60_000;
/** Some 500 bytes each. */
const MAX_REMEMBERED = 100_000;

export class DriverStates {
  readonly #remembered = new Map<string, StampedState>();
  readonly #sharedUntil = new Map<string, number>();

  /** As remembered, else as read. */
  async of(client: pg.ClientBase, driverIds: readonly string[], now: number): Promise<Map<string, StampedState>> {
    for (const [driverId, until] of this.#sharedUntil) {
      if (until > now) break; // in the order in which they were found
      this.#sharedUntil.delete(driverId);
    }
    const states = new Map<string, StampedState>();
    const unknown: string[] = [];
    for (const driverId of driverIds) {
      const state = this.#sharedUntil.has(driverId) ? undefined : this.#remembered.get(driverId);
      if (state) states.set(driverId, state);
      else unknown.push(driverId);
    }
    if (unknown.length === 0) return states;
    for (const [driverId, state] of await readStates(client, unknown)) states.set(driverId, state);
    return states;
  }

  /** As read, and nobody else can write of them until the commit. */
  async locked(client: pg.ClientBase, driverIds: readonly string[], now: number): Promise<Map<string, StampedState>> {
    const states = await readStatesLocked(client, driverIds);
    for (const [driverId, { stamp }] of states) {
      const remembered = this.#remembered.get(driverId);
      if (!remembered || remembered.stamp === stamp) continue;
      this.#sharedUntil.delete(driverId); // to the end of the order
      this.#sharedUntil.set(driverId, now + SHARED_MS);
    }
    return states;
  }

  /** What was committed; without a row there is no stamp. Those who have sent nothing for longest are forgotten first. */
  remember(states: ReadonlyMap<string, StampedState>): void {
    for (const [driverId, state] of states) {
      this.#remembered.delete(driverId);
      if (state.stamp > 0) this.#remembered.set(driverId, state);
    }
    for (const driverId of this.#remembered.keys()) {
      if (this.#remembered.size <= MAX_REMEMBERED) break;
      this.#remembered.delete(driverId);
    }
  }

  forget(driverIds: Iterable<string>): void {
    for (const driverId of driverIds) this.#remembered.delete(driverId);
  }
}
