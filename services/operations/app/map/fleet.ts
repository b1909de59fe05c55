import type { Feature } from 'geojson';
import type { DriverFeature } from '../data/drivers.ts';
import { brightness, headingOf, type Place, point } from './features.ts';

/*
 * The drivers that show, between what tracking answers: each goes from where it is drawn to where it was found last, evenly
 * until the next answer is due, so that nothing jumps. Where it is said to be is never ahead of what was heard.
 */

type Driver = { feature: DriverFeature; from: Place; to: Place; since: number; heading: number | undefined };

export class Fleet {
  readonly #drivers = new Map<string, Driver>();
  readonly #everyMs: number;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  get size(): number {
    return this.#drivers.size;
  }

  /** Whoever is not in the answer is somewhere else, or off duty. */
  take(features: readonly DriverFeature[], now: number): void {
    const before = new Map(this.#drivers);
    this.#drivers.clear();
    for (const feature of features) {
      if (!feature.geometry) continue;
      const to = feature.geometry.coordinates;
      const known = before.get(feature.properties.driver_id);
      const from = known ? this.#placeOf(known, now) : to;
      const heading = (known && headingOf(known.to, to)) ?? known?.heading;
      this.#drivers.set(feature.properties.driver_id, { feature, from, to, since: now, heading });
    }
  }

  /** Whether anybody is still on the way to where they were found. */
  isMoving(now: number): boolean {
    return this.#drivers.values().some(({ from, to, since }) => from !== to && now - since < this.#everyMs);
  }

  /** As they are drawn at this moment; `serverNow` tells how old what is known of them is. */
  draw(now: number, serverNow: number): Feature[] {
    return [...this.#drivers.values()].map((driver) => {
      const { driver_id, status, recorded_at } = driver.feature.properties;
      return point(this.#placeOf(driver, now), {
        driver_id,
        icon: `${status} ${driver.heading === undefined ? 'dot' : 'arrow'}`,
        heading: driver.heading ?? 0,
        brightness: recorded_at === null ? brightness(Infinity) : brightness(serverNow - Date.parse(recorded_at)),
      });
    });
  }

  placeOf(driverId: string, now: number): Place | undefined {
    const driver = this.#drivers.get(driverId);
    return driver && this.#placeOf(driver, now);
  }

  #placeOf({ from, to, since }: Driver, now: number): Place {
    const share = Math.min(1, (now - since) / this.#everyMs);
    return [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
  }
}
