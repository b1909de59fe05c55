import type { LatLon } from '@logi/contracts';

const EARTH_RADIUS_METERS = 6_371_008.8;

/** A place so many metres away, in a direction in radians: on the sphere, so over the pole and the antimeridian, too. */
export function away({ latitude, longitude }: LatLon, meters: number, bearing: number): LatLon {
  const angle = meters / EARTH_RADIUS_METERS;
  const [lat, lon] = [radians(latitude), radians(longitude)];
  const lat2 = Math.asin(Math.sin(lat) * Math.cos(angle) + Math.cos(lat) * Math.sin(angle) * Math.cos(bearing));
  const lon2 =
    lon +
    Math.atan2(Math.sin(bearing) * Math.sin(angle) * Math.cos(lat), Math.cos(angle) - Math.sin(lat) * Math.sin(lat2));
  return { latitude: degrees(lat2), longitude: ((degrees(lon2) + 540) % 360) - 180 };
}

const radians = (value: number) => (value * Math.PI) / 180;
const degrees = (value: number) => (value * 180) / Math.PI;
