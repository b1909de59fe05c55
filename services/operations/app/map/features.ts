import type { Booking, GeoPoint } from '@logi/contracts';
import type { Feature, LineString, Point, Polygon } from 'geojson';

const EARTH_METERS_PER_DEGREE = 111_195;
const CORNERS = 64;

export type Place = [longitude: number, latitude: number];

export function line(coordinates: Place[], properties: object = {}): Feature<LineString> {
  return { type: 'Feature', properties, geometry: { type: 'LineString', coordinates } };
}

export function point(coordinates: Place, properties: object = {}): Feature<Point> {
  return { type: 'Feature', properties, geometry: { type: 'Point', coordinates } };
}

/** All that is so far away, as good as a map of a city shows it. */
export function circle({ coordinates: [longitude, latitude] }: GeoPoint, meters: number): Feature<Polygon> {
  const degrees = meters / EARTH_METERS_PER_DEGREE;
  const narrowing = Math.max(0.01, Math.cos((latitude * Math.PI) / 180));
  const ring = Array.from({ length: CORNERS + 1 }, (_, corner): Place => {
    const angle = ((corner % CORNERS) / CORNERS) * 2 * Math.PI;
    return [longitude + (degrees * Math.cos(angle)) / narrowing, latitude + degrees * Math.sin(angle)];
  });
  return { type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [ring] } };
}

/** Where it goes from and to, and the line between: the way that is driven is another one. */
export function trip({ booking_id, pickup_location: from, dropoff_location: to }: Booking) {
  return {
    line: line([from.coordinates, to.coordinates], { booking_id }),
    ends: [
      point(from.coordinates, { booking_id, icon: 'pickup' }),
      point(to.coordinates, { booking_id, icon: 'dropoff' }),
    ],
  };
}

/** Degrees from north, as a driver goes from one place to the next; undefined where they hardly move. */
export function headingOf([x1, y1]: Place, [x2, y2]: Place): number | undefined {
  const east = (x2 - x1) * Math.cos((y1 * Math.PI) / 180);
  const north = y2 - y1;
  if (Math.hypot(east, north) * EARTH_METERS_PER_DEGREE < STANDS_WITHIN_METERS) return undefined;
  return ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360;
}

/** A receiver that lies still wanders as much. */
const STANDS_WITHIN_METERS = 4;

/** What is new shines, what is old fades, and nothing is ever gone. */
export function brightness(ageMs: number): number {
  if (ageMs <= NEW_MS) return 1;
  return Math.max(FAINTEST, 1 - (ageMs - NEW_MS) / OLD_MS);
}

const NEW_MS = 15_000;
const OLD_MS = 5 * 60_000;
const FAINTEST = 0.3;

const POLE = 90;

/**
 * A ring that goes on beyond 180°, where it jumped to the other side of the map before: a fill would follow the jump. One
 * that goes once around the world is closed over the pole.
 */
export function unwrapped(ring: readonly Place[]): Place[] {
  let turns = 0;
  const flat = ring.map(([longitude, latitude], index): Place => {
    const before = ring[index - 1]?.[0] ?? longitude;
    if (longitude - before > 180) turns -= 1;
    if (longitude - before < -180) turns += 1;
    return [longitude + 360 * turns, latitude];
  });
  const [first, last] = [flat[0], flat.at(-1)];
  if (turns === 0 || !first || !last) return flat;
  const pole = first[1] < 0 ? -POLE : POLE;
  return [...flat, [last[0], pole], [first[0], pole], first];
}
