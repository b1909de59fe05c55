import { type EventData, type EventOf, fromGeoPoint } from '@logi/contracts';
import { appendEvent } from '@logi/events';
import { sql } from 'kysely';
import { countAvailable, type NearbyDriver, nearestDrivers } from '../drivers/nearest-drivers.ts';
import type { TrackingTx } from '../tables.ts';

/** What counts as around the pickup when supply is counted, and how far it is counted. */
const SUPPLY_RADIUS_METERS = 2_000;
const MAX_SUPPLY = 50;

/** Answers with the nearest available drivers, also when there are none: the search goes on from the answer. */
export async function driversRequested(tx: TrackingTx, { data }: EventOf<'drivers.requested'>): Promise<void> {
  if (await hasEnded(tx, data)) return;
  const [vehicleType = ''] = data.vehicle_types;
  const pickup = fromGeoPoint(data.pickup_location);
  const supply = { ...pickup, vehicleType, radiusMeters: SUPPLY_RADIUS_METERS, max: MAX_SUPPLY };
  const [nearest, available] = await Promise.all([nearestOfFirstType(tx, data), countAvailable(tx, supply)]);
  appendEvent(tx, {
    type: 'drivers.nominated',
    aggregateId: data.booking_id,
    version: data.round,
    data: {
      booking_id: data.booking_id,
      round: data.round,
      available_nearby: available,
      candidates: nearest.map(({ driverId, distanceMeters, fixAgeMs, fixFlaw }) => ({
        driver_id: driverId,
        distance_meters: Math.round(distanceMeters),
        ...(fixAgeMs !== null && { fix_age_ms: Math.round(fixAgeMs) }),
        fix_flaw: fixFlaw,
      })),
    },
  });
}

/**
 * After an absence of the broker, most questions are of searches that are over. Deadlines are judged by the database's
 * clock; ours only tells when that is worth a trip.
 */
async function hasEnded(tx: TrackingTx, { search_deadline }: EventData<'drivers.requested'>): Promise<boolean> {
  if (search_deadline === undefined || Date.parse(search_deadline) > Date.now()) return false;
  const { rows } = await sql<{ over: boolean }>`select now() >= ${search_deadline} as over`.execute(tx);
  return rows[0]?.over ?? false;
}

/** The nearest of the first type of which anybody is there. */
async function nearestOfFirstType(tx: TrackingTx, data: EventData<'drivers.requested'>): Promise<NearbyDriver[]> {
  for (const vehicleType of data.vehicle_types) {
    const nearest = await nearestDrivers(tx, {
      ...fromGeoPoint(data.pickup_location),
      vehicleType,
      radiusMeters: data.radius_meters,
      limit: data.limit,
      excludedDriverIds: data.excluded_driver_ids,
    });
    if (nearest.length > 0) return nearest;
  }
  return [];
}
