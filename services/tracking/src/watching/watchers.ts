import { type Box, type DriverSeen, isWithin, type LatLon, type WatchNotice } from '@logi/contracts';

type Watcher = {
  areas: WatchNotice['areas'];
  /** By our clock. */
  holdsUntil: number;
  /** Drivers who were told to be in one of the areas. */
  readonly inside: Set<string>;
};

/** A gateway that has to be told of somebody, and of whom. */
export type Telling = { instanceId: string; positions: DriverSeen[] };

/**
 * The gateways at which somebody watches, and which areas. What a gateway says holds for a while and is said anew before
 * that is over; a gateway that is gone says nothing, and is forgotten.
 */
export class Watchers {
  readonly #byGateway = new Map<string, Watcher>();

  hear({ instance_id, holds_ms, areas }: WatchNotice, now: number): void {
    if (areas.length === 0) {
      this.#byGateway.delete(instance_id);
      return;
    }
    const { inside } = this.#byGateway.get(instance_id) ?? { inside: new Set() };
    this.#byGateway.set(instance_id, { areas, holdsUntil: now + holds_ms, inside });
  }

  /** Whether anybody watches at all; asked for each flush. */
  areThere(now: number): boolean {
    for (const [instanceId, { holdsUntil }] of this.#byGateway) {
      if (holdsUntil <= now) this.#byGateway.delete(instanceId);
    }
    return this.#byGateway.size > 0;
  }

  *areas(now: number): Iterable<{ instanceId: string; watchId: string; bbox: Box }> {
    if (!this.areThere(now)) return;
    for (const [instanceId, { areas }] of this.#byGateway) {
      for (const { watch_id: watchId, bbox } of areas) yield { instanceId, watchId, bbox };
    }
  }

  /** Who is to be told where these are now: of those in an area, and once more of each who has left it. */
  tellingsOf(seen: readonly DriverSeen[]): Telling[] {
    const tellings: Telling[] = [];
    for (const instanceId of this.#byGateway.keys()) {
      const positions = seen.filter((each) => this.#concerns(instanceId, each));
      if (positions.length > 0) tellings.push({ instanceId, positions });
    }
    return tellings;
  }

  /** They are there, as the gateway is about to be told. */
  foundInside(instanceId: string, seen: readonly DriverSeen[]): void {
    const inside = this.#byGateway.get(instanceId)?.inside;
    for (const { driver_id } of seen) inside?.add(driver_id);
  }

  #concerns(instanceId: string, { driver_id, ...place }: DriverSeen): boolean {
    const watcher = this.#byGateway.get(instanceId);
    if (!watcher) return false;
    if (!isInOne(place, watcher.areas)) return watcher.inside.delete(driver_id);
    watcher.inside.add(driver_id);
    return true;
  }
}

function isInOne(place: LatLon, areas: WatchNotice['areas']): boolean {
  for (const { bbox } of areas) if (isWithin(place, bbox)) return true;
  return false;
}
