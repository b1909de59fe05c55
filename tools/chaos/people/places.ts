import type { GeoPoint } from '@logi/contracts';
import type { Random } from '../../testing/random.ts';

const CENTRE = { latitude: 52.52, longitude: 13.405 };
/** About a kilometre: every search finds everybody. */
const SPREAD_DEGREES = 0.01;

export function pickPlace(random: Random): GeoPoint {
  const { latitude, longitude } = pickLatLon(random);
  return { type: 'Point', coordinates: [longitude, latitude] };
}

export function pickLatLon(random: Random): { latitude: number; longitude: number } {
  const near = (middle: number) => Number((middle + random.between(-SPREAD_DEGREES, SPREAD_DEGREES)).toFixed(6));
  return { latitude: near(CENTRE.latitude), longitude: near(CENTRE.longitude) };
}
