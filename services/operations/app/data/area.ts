import { type DriverFeature, listDrivers } from './drivers.ts';

export type Area = { west: number; south: number; east: number; north: number };

const PAGE = 1_000;

/** The drivers in it, up to a number; whether there are more is told. */
export async function listDriversIn(
  area: Area,
  { most, status, signal }: { most: number; status: string | undefined; signal: AbortSignal },
): Promise<{ drivers: DriverFeature[]; hasMore: boolean }> {
  const drivers: DriverFeature[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await listDrivers({ bbox: boxOf(area), status, limit: PAGE, cursor: cursor ?? undefined }, signal);
    drivers.push(...page.features);
    cursor = page.next_cursor;
  } while (cursor !== null && drivers.length < most);
  return { drivers, hasMore: cursor !== null };
}

/** Where it crosses 180°, west is greater than east. */
function boxOf({ west, south, east, north }: Area): string {
  const isWorld = east - west >= 360;
  const [from, to] = isWorld ? [-180, 180] : [wrap(west), wrap(east)];
  return [from, Math.max(-90, south), to, Math.min(90, north)].map((degrees) => degrees.toFixed(5)).join(',');
}

function wrap(longitude: number): number {
  return longitude >= -180 && longitude <= 180 ? longitude : ((((longitude + 180) % 360) + 360) % 360) - 180;
}

export const WORLD: Area = { west: -180, south: -90, east: 180, north: 90 };
