import { type Box, isWithin } from '@logi/contracts';
import type { Feature } from 'geojson';
import type { Seen } from '../data/area.ts';
import { brightness, headingOf, type Place, point } from './features.ts';

/*
 * The drivers that show, between what is told of them: each goes from where it is drawn to where it was told last, evenly
 * until the next is due, so that nothing jumps. Where it is said to be is never ahead of what was heard.
 */

type Driver = {
  seen: Seen;
  from: Place;
  to: Place;
  /** When the way between the two began, and when the driver was told of last. */
  since: number;
  toldAt: number;
  heading: number | undefined;
};

export class Fleet {
  readonly #drivers = new Map<string, Driver>();
  readonly #everyMs: number;
  #hasNews = false;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  /** Those with this label, or all. */
  size(label?: string): number {
    return label === undefined ? this.#drivers.size : this.#labelled(label).length;
  }

  /** Whether anything has changed since they were drawn. */
  get hasNews(): boolean {
    return this.#hasNews;
  }

  take(seen: Seen, now: number): void {
    const to: Place = [seen.longitude, seen.latitude];
    const known = this.#drivers.get(seen.driver_id);
    const from = known ? this.#placeOf(known, now) : to;
    const heading = seen.heading ?? (known && headingOf(known.to, to)) ?? known?.heading;
    this.#drivers.set(seen.driver_id, { seen, from, to, since: now, toldAt: now, heading });
    this.#hasNews = true;
  }

  relabel(driverId: string, status: Seen['status']): void {
    const driver = this.#drivers.get(driverId);
    if (!driver) return;
    driver.seen = { ...driver.seen, status };
    this.#hasNews = true;
  }

  drop(driverId: string): void {
    if (this.#drivers.delete(driverId)) this.#hasNews = true;
  }

  keepWithin(box: Box): void {
    for (const [driverId, { seen }] of this.#drivers) if (!isWithin(seen, box)) this.drop(driverId);
  }

  /** Whoever was not told of since is somewhere else, or off duty. */
  forgetBefore(since: number): void {
    for (const [driverId, { toldAt }] of this.#drivers) if (toldAt < since) this.drop(driverId);
  }

  /** Whether anybody is still on the way to where they were found. */
  isMoving(now: number): boolean {
    return this.#drivers.values().some(({ from, to, since }) => from !== to && now - since < this.#everyMs);
  }

  /** As they are drawn at this moment; `serverNow` tells how old what is known of them is. */
  draw(now: number, { serverNow, label }: { serverNow: number; label?: string | undefined }): Feature[] {
    this.#hasNews = false;
    return this.#labelled(label).map((driver) => {
      const { driver_id, status, recorded_at } = driver.seen;
      return point(this.#placeOf(driver, now), {
        driver_id,
        icon: `${status} ${driver.heading === undefined ? 'dot' : 'arrow'}`,
        heading: driver.heading ?? 0,
        brightness: brightness(serverNow - Date.parse(recorded_at)),
      });
    });
  }

  get places(): Place[] {
    return [...this.#drivers.values()].map(({ to }) => to);
  }

  placeOf(driverId: string, now: number): Place | undefined {
    const driver = this.#drivers.get(driverId);
    return driver && this.#placeOf(driver, now);
  }

  #labelled(label: string | undefined): Driver[] {
    return [...this.#drivers.values()].filter(({ seen }) => label === undefined || seen.status === label);
  }

  #placeOf({ from, to, since }: Driver, now: number): Place {
    const share = Math.min(1, (now - since) / this.#everyMs);
    return [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
  }
}
