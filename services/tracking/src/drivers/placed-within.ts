import type { Box } from '@logi/contracts';
import { type RawBuilder, sql } from 'kysely';

/** Of rows of `driver_place` as `place`. */
export function placedWithin([west, south, east, north]: Box): RawBuilder<boolean> {
  const touches = (from: number, to: number) =>
    sql<boolean>`geometry(place.position) && st_makeenvelope(${from}, ${south}, ${to}, ${north}, 4326)`;
  return west <= east ? touches(west, east) : sql<boolean>`(${touches(west, 180)} or ${touches(-180, east)})`;
}
