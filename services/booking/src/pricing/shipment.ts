import { DomainError, distanceMeters, fromGeoPoint, geoPoint, type LatLon, vehicleType } from '@logi/contracts';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { type PriceLine, priceLines, totalMinor } from './price.ts';
import type { Route } from './routing.ts';
import { cellOf, currentSurge } from './surge.ts';

/** What is to be moved where: the body of an estimate, and the beginning of a booking's. */
export const tripBody = z.strictObject({
  pickup_location: geoPoint,
  dropoff_location: geoPoint,
  vehicle_type: vehicleType,
});

export type Trip = { pickup: LatLon; dropoff: LatLon; vehicleType: string };

export function toTrip(body: z.infer<typeof tripBody>): Trip {
  return {
    pickup: fromGeoPoint(body.pickup_location),
    dropoff: fromGeoPoint(body.dropoff_location),
    vehicleType: body.vehicle_type,
  };
}

/** The columns in which bookings and quotes keep a trip. */
export function tripColumns({ pickup, dropoff, vehicleType }: Trip) {
  return {
    pickupLatitude: pickup.latitude,
    pickupLongitude: pickup.longitude,
    dropoffLatitude: dropoff.latitude,
    dropoffLongitude: dropoff.longitude,
    vehicleType,
  };
}

export type PricedTrip = {
  lines: PriceLine[];
  priceMinor: number;
  currency: string;
  surgeMultiplier: number;
  route: Route;
};

/** The price of a trip that begins now. Refuses what no vehicle of ours drives. */
export async function priceTrip(ctx: Context, trip: Trip): Promise<PricedTrip> {
  const { config, db, findRoute } = ctx;
  const rates = await db
    .selectFrom('vehicleType')
    .selectAll()
    .where('vehicleType', '=', trip.vehicleType)
    .where('isOffered', '=', true)
    .executeTakeFirst();
  if (!rates) throw new DomainError('unknown_vehicle_type');
  if (distanceMeters(trip.pickup, trip.dropoff) > config.MAX_TRIP_METERS) throw new DomainError('trip_too_long');
  const route = await findRoute(trip.pickup, trip.dropoff, rates.averageKilometersPerHour);
  const surgeMultiplier = await currentSurge(db, config, { cell: cellOf(trip.pickup), vehicleType: trip.vehicleType });
  const lines = priceLines(rates, route, surgeMultiplier);
  return { lines, priceMinor: totalMinor(lines), currency: rates.currency, surgeMultiplier, route };
}
