import type { VehicleType } from '../tables.ts';
import type { Route } from './routing.ts';

/** A line of the price, in minor units. The lines add up to the price. */
export type PriceLine = { code: 'base' | 'distance' | 'time' | 'minimum' | 'surge'; amountMinor: number };

/**
 * Base, distance and time, lifted to the minimum where they stay below it, and then the surge on top. Each line is
 * rounded by itself, so that what is shown adds up to what is paid.
 */
export function priceLines(rates: VehicleType, route: Route, surgeMultiplier: number): PriceLine[] {
  const lines: PriceLine[] = [
    { code: 'base', amountMinor: rates.baseMinor },
    { code: 'distance', amountMinor: Math.round((rates.perKilometerMinor * route.distanceMeters) / 1_000) },
    { code: 'time', amountMinor: Math.round((rates.perMinuteMinor * route.durationSeconds) / 60) },
  ];
  const missing = rates.minimumMinor - totalMinor(lines);
  if (missing > 0) lines.push({ code: 'minimum', amountMinor: missing });
  if (surgeMultiplier > 1) {
    lines.push({ code: 'surge', amountMinor: Math.round(totalMinor(lines) * (surgeMultiplier - 1)) });
  }
  return lines;
}

export function totalMinor(lines: readonly PriceLine[]): number {
  return lines.reduce((sum, line) => sum + line.amountMinor, 0);
}
