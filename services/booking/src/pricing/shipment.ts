import {
  DomainError,
  distanceMeters,
  fromGeoPoint,
  type LatLon,
  sentPoint,
  toGeoPoint,
  vehicleType,
} from '@logi/contracts';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { type PriceLine, priceLines, totalMinor } from './price.ts';
import type { Route } from './routing.ts';
import { cellOf, currentSurge, SURGE_AGE_SECONDS } from './surge.ts';

/** What is to be moved where: the body of an estimate, and the beginning of a booking's. */
export const shipmentBody = z.strictObject({
  pickup_location: sentPoint,
  dropoff_location: sentPoint,
  vehicle_type: vehicleType,
});

export const SHIPMENT_EXAMPLE = {
  pickup_location: toGeoPoint({ latitude: 52.52, longitude: 13.4 }),
  dropoff_location: toGeoPoint({ latitude: 52.5, longitude: 13.45 }),
  vehicle_type: 'van',
};

export type Shipment = { pickup: LatLon; dropoff: LatLon; vehicleType: string };

export function toShipment(body: z.infer<typeof shipmentBody>): Shipment {
  return {
    pickup: fromGeoPoint(body.pickup_location),
    dropoff: fromGeoPoint(body.dropoff_location),
    vehicleType: body.vehicle_type,
  };
}

/** The columns in which bookings and quotes keep a shipment. */
export function shipmentColumns({ pickup, dropoff, vehicleType }: Shipment) {
  return {
    pickupLatitude: pickup.latitude,
    pickupLongitude: pickup.longitude,
    dropoffLatitude: dropoff.latitude,
    dropoffLongitude: dropoff.longitude,
    vehicleType,
  };
}

export type PricedShipment = {
  lines: PriceLine[];
  priceMinor: number;
  currency: string;
  surgeMultiplier: number;
  route: Route;
};

/** The most that a price can be, in minor units: what its column holds. */
const MAX_PRICE_MINOR = 2 ** 31 - 1;

/**
 * The price of a shipment that goes now or, with a time, later: then scarcity of this minute says nothing about it.
 * Refuses what no vehicle of ours drives.
 */
export async function priceShipment(
  ctx: Context,
  shipment: Shipment,
  scheduledAt: Date | null,
): Promise<PricedShipment> {
  const { config, db, findRoute } = ctx;
  const rates = await db
    .selectFrom('vehicleType')
    .leftJoin('surge', (join) =>
      join.onRef('surge.vehicleType', '=', 'vehicleType.vehicleType').on('cell', '=', cellOf(shipment.pickup)),
    )
    .selectAll('vehicleType')
    .select(['multiplier', SURGE_AGE_SECONDS.as('ageSeconds')])
    .where('vehicleType.vehicleType', '=', shipment.vehicleType)
    .where('isOffered', '=', true)
    .executeTakeFirst();
  if (!rates) throw new DomainError('unknown_vehicle_type');
  if (distanceMeters(shipment.pickup, shipment.dropoff) > config.MAX_TRIP_METERS)
    throw new DomainError('trip_too_long');
  const route = await findRoute(shipment.pickup, shipment.dropoff, rates.averageKilometersPerHour);
  const isFarAhead = scheduledAt !== null && scheduledAt.getTime() - Date.now() > config.SURGE_HORIZON_MS;
  const surgeMultiplier = isFarAhead ? 1 : currentSurge(config, rates);
  const lines = priceLines(rates, route, surgeMultiplier);
  const priceMinor = totalMinor(lines);
  if (priceMinor > MAX_PRICE_MINOR) throw new DomainError('trip_too_long');
  return { lines, priceMinor, currency: rates.currency, surgeMultiplier, route };
}
