import type { LatLon } from '@logi/contracts';
import type { Random } from '../../testing/random.ts';

const CENTRE: LatLon = { latitude: 52.52, longitude: 13.405 };
/** About a kilometre: every search finds everybody. */
const SPREAD_DEGREES = 0.01;

export function pickPlace(random: Random): LatLon {
  const near = (middle: number) => Number((middle + random.between(-SPREAD_DEGREES, SPREAD_DEGREES)).toFixed(6));
  return { latitude: near(CENTRE.latitude), longitude: near(CENTRE.longitude) };
}
