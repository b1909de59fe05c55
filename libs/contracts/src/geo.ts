import { z } from 'zod';
import { apiSchemas } from './api-schemas.ts';

/** Far below a millimetre; the database refuses numbers that are smaller still than it can hold, such as 5e-324. */
const SMALLEST_DEGREES = 1e-12;

/** WGS 84 degrees. JSON has no NaN or Infinity, and zod refuses both, so a parsed coordinate is a real place on Earth. */
export const latitude = z.number().min(-90).max(90).overwrite(roundToZero);
export const longitude = z.number().min(-180).max(180).overwrite(roundToZero);

function roundToZero(degrees: number): number {
  return Math.abs(degrees) < SMALLEST_DEGREES ? 0 : degrees;
}

/** A GeoJSON Point (RFC 7946): `[longitude, latitude]`, in that order. */
export const geoPoint = z
  .strictObject({
    type: z.literal('Point'),
    coordinates: z.tuple([longitude, latitude]).describe('Longitude, then latitude'),
  })
  .register(apiSchemas, { id: 'Point', examples: [{ type: 'Point', coordinates: [13.4, 52.52] }] });
export type GeoPoint = z.infer<typeof geoPoint>;

/**
 * A Point as apps send it. The standard lets it have an altitude, further numbers and members of any name (`bbox`, `crs`,
 * …): those are left out.
 */
export const sentPoint = z
  .looseObject({
    type: z.literal('Point'),
    coordinates: z.tuple([longitude, latitude]).rest(z.unknown()).describe('Longitude, then latitude'),
  })
  .transform(({ type, coordinates: [longitude, latitude] }): GeoPoint => ({ type, coordinates: [longitude, latitude] }))
  .register(apiSchemas, { id: 'SentPoint', examples: [{ type: 'Point', coordinates: [13.4, 52.52] }] });

export type LatLon = { latitude: number; longitude: number };

/** West, south, east, north, as GeoJSON has it (RFC 7946): where west is greater than east, the box crosses 180°. */
export const box = z
  .tuple([longitude, latitude, longitude, latitude])
  .refine(([, south, , north]) => south <= north, { message: 'south lies north of north' });
export type Box = z.infer<typeof box>;

/** With its edges. */
export function isWithin({ latitude, longitude }: LatLon, [west, south, east, north]: Box): boolean {
  if (latitude < south || latitude > north) return false;
  return west <= east ? longitude >= west && longitude <= east : longitude >= west || longitude <= east;
}

export function toGeoPoint({ latitude, longitude }: LatLon): GeoPoint {
  return { type: 'Point', coordinates: [longitude, latitude] };
}

export function fromGeoPoint({ coordinates: [longitude, latitude] }: GeoPoint): LatLon {
  return { latitude, longitude };
}

const EARTH_RADIUS_METERS = 6_371_008.8;
const RADIANS = Math.PI / 180;

/** The way over the ground between two places on a sphere (haversine): within 0.6 % of the truth, also over the poles. */
export function distanceMeters(a: LatLon, b: LatLon): number {
  const sinLatitude = Math.sin(((b.latitude - a.latitude) * RADIANS) / 2);
  const sinLongitude = Math.sin(((b.longitude - a.longitude) * RADIANS) / 2);
  const h =
    sinLatitude * sinLatitude +
    Math.cos(a.latitude * RADIANS) * Math.cos(b.latitude * RADIANS) * sinLongitude * sinLongitude;
  return 2 * EARTH_RADIUS_METERS * Math.asin(Math.min(1, Math.sqrt(h)));
}
