import type { LatLon } from '@logi/contracts';
import { type QueryExecutorProvider, sql } from 'kysely';

export type NearbyDriver = {
  driverId: string;
  latitude: number;
  longitude: number;
  distanceMeters: number;
  /** Of the fix that the place is made of. */
  fixAgeMs: number | null;
  /** What is wrong with what came since. */
  fixFlaw: string | null;
};

export type NearestQuery = LatLon & {
  vehicleType: string;
  radiusMeters: number;
  limit: number;
  excludedDriverIds: readonly string[];
};

/**
 * The nearest available drivers of a type, by the index on (vehicle_type, position), nearest first. Distances are on the
 * sphere, so it is right at every latitude and across the antimeridian. The radius is judged outside: inside, the
 * planner would gather everybody within it and sort them, 20 times the work in a dense city.
 */
export async function nearestDrivers(db: QueryExecutorProvider, query: NearestQuery): Promise<NearbyDriver[]> {
  const { latitude, longitude, vehicleType, radiusMeters, limit, excludedDriverIds } = query;
  const here = sql`st_point(${longitude}, ${latitude}, 4326)::geography`;
  const { rows } = await sql<NearbyDriver>`
    select nearest.driver_id, nearest.latitude, nearest.longitude, distance_meters,
      greatest(0, extract(epoch from now() - latest.recorded_at) * 1000)::float8 as fix_age_ms,
      latest.judging ->> 'flaw' as fix_flaw
    from (
      select driver_id, latitude, longitude, position <-> ${here} as distance_meters
      from driver_place
      where vehicle_type = ${vehicleType} and status = 'Available' and driver_id <> all(${excludedDriverIds}::text[])
      order by position <-> ${here} limit ${limit}
    ) nearest left join driver_latest latest using (driver_id)
    where distance_meters <= ${radiusMeters} order by distance_meters`.execute(db);
  return rows;
}

/** How many drivers of a type are available within a radius, counted up to `max`. */
export async function countAvailable(
  db: QueryExecutorProvider,
  query: LatLon & { vehicleType: string; radiusMeters: number; max: number },
): Promise<number> {
  const { latitude, longitude, vehicleType, radiusMeters, max } = query;
  const { rows } = await sql<{ available: number }>`
    select count(*) as available from (
      select from driver_place
      where vehicle_type = ${vehicleType} and status = 'Available'
        and st_dwithin(position, st_point(${longitude}, ${latitude}, 4326)::geography, ${radiusMeters})
      limit ${max}) nearby`.execute(db);
  return rows[0]?.available ?? 0;
}
