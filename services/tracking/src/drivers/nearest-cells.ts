import type { LatLon } from '@logi/contracts';
import { type QueryExecutorProvider, sql } from 'kysely';
import type { NearestQuery } from './nearest-drivers.ts';

const CELL_DEGREES = 0.005;
/** No driver is further from the middle of their cell: half the diagonal of one at the equator is 393 m. */
const MAX_OFF_MIDDLE_METERS = 400;

/**
 * The middles of the cells, about 500 m wide, that the nearest available drivers of a type are in: once for each driver,
 * nearest first. Radius, order and limit go by the middles alone, so that no answer depends on where within a cell a
 * driver stands: asked for from many places, exact distances would give that away.
 *
 * The index knows exact positions only. As many drivers as are asked for are within the distance of the last of them by
 * the index, and their middles not much further; so whoever belongs to the answer is at most twice that much further.
 */
export async function nearestCells(
  db: QueryExecutorProvider,
  { latitude, longitude, vehicleType, radiusMeters, limit }: Omit<NearestQuery, 'excludedDriverIds'>,
): Promise<LatLon[]> {
  const here = sql`st_point(${longitude}, ${latitude}, 4326)::geography`;
  const available = sql`vehicle_type = ${vehicleType} and status = 'Available'`;
  const { rows } = await sql<LatLon>`
    with reach as (
      select max(meters) + ${2 * MAX_OFF_MIDDLE_METERS} as meters from (
        select position <-> ${here} as meters from driver_place
        where ${available} order by position <-> ${here} limit ${limit}) nearest
    ), cell as (
      select ${middleOfCell('latitude', 90)} as latitude, ${middleOfCell('longitude', 180)} as longitude
      from driver_place where ${available} and st_dwithin(position, ${here},
        least((select meters from reach), ${radiusMeters + MAX_OFF_MIDDLE_METERS}), false)
    ), placed as (
      select latitude, longitude, st_point(longitude, latitude, 4326)::geography <-> ${here} as meters from cell
    )
    select latitude, longitude from placed where meters <= ${radiusMeters}
    order by meters, latitude, longitude limit ${limit}`.execute(db);
  return rows;
}

/** No cell begins at the pole or the antimeridian: who is there is in the last one before it. */
function middleOfCell(column: 'latitude' | 'longitude', max: number) {
  const last = Math.round(max / CELL_DEGREES) - 1;
  const cell = sql`least(floor(${sql.ref(column)} / ${CELL_DEGREES}::float8), ${last}::float8)`;
  return sql`round(((${cell} + 0.5) * ${CELL_DEGREES}::float8)::numeric, 4)::float8`;
}
