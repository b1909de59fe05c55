import { distanceMeters, type LatLon } from '@logi/contracts';

/** Many apps report whole seconds only, so two fixes may be this much further apart in time than they say. */
const CLOCK_GRAIN_MS = 1_000;

/** A fix without a time of its own may have been under way for so long. */
const UNDER_WAY_MS = 90_000;

type Place = LatLon & { recordedAt: Date; receivedAt?: Date; accuracy: number | null; isDeviceTimed?: boolean };

/** Whether somebody who was at the one can be at the other by then, taking both for as inexact as they say they are. */
export function isReachable(from: Place, to: Place, maxSpeed: number): boolean {
  const isUntimed = from.isDeviceTimed === false || to.isDeviceTimed === false;
  // Of a list without times, nobody knows how far apart they are.
  if (isUntimed && from.receivedAt && from.receivedAt.getTime() === to.receivedAt?.getTime()) return true;
  const grainMs = isUntimed ? UNDER_WAY_MS : CLOCK_GRAIN_MS;
  const seconds = (Math.abs(to.recordedAt.getTime() - from.recordedAt.getTime()) + grainMs) / 1_000;
  const slack = (from.accuracy ?? 0) + (to.accuracy ?? 0);
  return distanceMeters(from, to) - slack <= maxSpeed * seconds;
}
