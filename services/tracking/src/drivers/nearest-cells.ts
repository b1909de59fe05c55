import { distanceMeters, type LatLon } from '@logi/contracts';
import { cellToLatLng, latLngToCell } from 'h3-js';
import { type QueryExecutorProvider, sql } from 'kysely';
import type { NearestQuery } from './nearest-drivers.ts';

/** Hexagons a little less than a kilometre wide, at every latitude; see h3geo.org for the resolutions. */
const CELL_RESOLUTION = 8;
/** No driver is further from the middle of their cell, also where cells are largest. */
const MAX_OFF_MIDDLE_METERS = 650;
const DECIMALS = 1e5;

/**
 * The middles of the cells that the nearest available drivers of a type are in: once for each driver, nearest first.
 * Radius, order and limit go by the middles alone, so that no answer depends on where within a cell a driver stands:
 * asked for from many places, exact distances would give that away.
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
    )
    select latitude, longitude from driver_place where ${available} and st_dwithin(position, ${here},
      least((select meters from reach), ${radiusMeters + MAX_OFF_MIDDLE_METERS}), false)`.execute(db);
  return rows
    .map((driver) => {
      const middle = middleOfCell(driver);
      return { middle, meters: distanceMeters({ latitude, longitude }, middle) };
    })
    .filter(({ meters }) => meters <= radiusMeters)
    .sort(
      (a, b) => a.meters - b.meters || a.middle.latitude - b.middle.latitude || a.middle.longitude - b.middle.longitude,
    )
    .slice(0, limit)
    .map(({ middle }) => middle);
}

/** The middle of the cell in which somebody is, to a metre. */
export function middleOfCell({ latitude, longitude }: LatLon): LatLon {
  const [middleLatitude, middleLongitude] = cellToLatLng(latLngToCell(latitude, longitude, CELL_RESOLUTION));
  return { latitude: rounded(middleLatitude), longitude: rounded(middleLongitude) };
}

function rounded(degrees: number): number {
  return Math.round(degrees * DECIMALS) / DECIMALS;
}
