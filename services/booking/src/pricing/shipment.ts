import { DomainError, distanceMeters, fromGeoPoint, geoPoint, type LatLon, vehicleType } from '@logi/contracts';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { type PriceLine, priceLines, totalMinor } from './price.ts';
import type { Route } from './routing.ts';
import { cellOf, currentSurge } from './surge.ts';

/** What is to be moved where: the body of an estimate, and the beginning of a booking's. */
export const shipmentBody = z.strictObject({
  pickup_location: geoPoint,
  dropoff_location: geoPoint,
  vehicle_type: vehicleType,
});

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

/** The price of a shipment that goes now. Refuses what no vehicle of ours drives. */
export async function priceShipment(ctx: Context, shipment: Shipment): Promise<PricedShipment> {
  const { config, db, findRoute } = ctx;
  const rates = await db
    .selectFrom('vehicleType')
    .selectAll()
    .where('vehicleType', '=', shipment.vehicleType)
    .where('isOffered', '=', true)
    .executeTakeFirst();
  if (!rates) throw new DomainError('unknown_vehicle_type');
  if (distanceMeters(shipment.pickup, shipment.dropoff) > config.MAX_TRIP_METERS)
    throw new DomainError('trip_too_long');
  const route = await findRoute(shipment.pickup, shipment.dropoff, rates.averageKilometersPerHour);
  const surgeMultiplier = await currentSurge(db, config, {
    cell: cellOf(shipment.pickup),
    vehicleType: shipment.vehicleType,
  });
  const lines = priceLines(rates, route, surgeMultiplier);
  return { lines, priceMinor: totalMinor(lines), currency: rates.currency, surgeMultiplier, route };
}
