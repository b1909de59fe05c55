import type { AskedOf, DataOf } from '@logi/client/http';
import { ask, segment } from './api.ts';

/* What a trip costs, by type of vehicle, and what came of all trips. */

export type Rates = DataOf<'listAllVehicleTypes'>['items'][number];
export type RatesChange = NonNullable<AskedOf<'putVehicleType'>['body']>;
export type Stats = DataOf<'getStats'>;
export type Counts = Omit<Stats['funnel'], 'reasons'>;

export async function listRates(signal: AbortSignal): Promise<Rates[]> {
  return (await ask<DataOf<'listAllVehicleTypes'>>('/booking/v1/admin/vehicle-types', { signal })).items;
}

/** What is left out stays as it is. */
export function putRates(vehicleType: string, change: RatesChange): Promise<Rates> {
  return ask(`/booking/v1/admin/vehicle-types/${segment(vehicleType)}`, { method: 'PUT', body: change });
}

export function getStats({ from, to }: { from: string; to: string }, signal: AbortSignal): Promise<Stats> {
  return ask('/booking/v1/admin/stats', { query: { from, to }, signal });
}
