import type { DataOf } from '@logi/client/http';
import type { GeoPoint } from '@logi/contracts';
import { ask, type Query, segment } from './api.ts';

/* Drivers, as tracking knows them. */

export type DriverPage = DataOf<'listDrivers'>;
export type DriverFeature = DriverPage['features'][number];
export type DriverReport = DataOf<'getDriver'>;
export type Nearby = { driver_id: string; distance_meters: number };

export function listDrivers(query: Query, signal: AbortSignal): Promise<DriverPage> {
  return ask('/tracking/v1/drivers', { query, signal });
}

export function getDriver(id: string, signal: AbortSignal): Promise<DriverReport> {
  return ask(`/tracking/v1/drivers/${segment(id)}`, { signal });
}

export async function listNearby(
  { place, vehicle_type }: { place: GeoPoint; vehicle_type: string },
  signal: AbortSignal,
): Promise<Nearby[]> {
  const [longitude, latitude] = place.coordinates;
  const answer = await ask<{ items: Nearby[] }>('/tracking/v1/drivers/nearby', {
    query: { latitude, longitude, vehicle_type, limit: 10 },
    signal,
  });
  return answer.items;
}
