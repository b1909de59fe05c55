import type { LatLon } from '@logi/contracts';
import type { Database } from '@logi/persistence';
import { gridDisk, latLngToCell } from 'h3-js';
import { sql } from 'kysely';
import type { Config } from '../config.ts';
import type { BookingTx, Tables } from '../tables.ts';

/**
 * Cells of about 5 km², at every latitude: large enough to hold some drivers, small enough to be one neighbourhood. See
 * h3geo.org for the resolutions.
 */
const CELL_RESOLUTION = 7;
/** So many rings of cells around one's own hold every place within 15 km, also where cells are smallest. */
const AROUND_RINGS = 10;
/** A measurement counts for this much at once; the rest comes with the next ones, so that prices do not jump. */
const SMOOTHING = 0.3;
/** Without new measurements a surge halves in this time: nobody searches there any more. */
const HALF_LIFE_SECONDS = 300;
const STEP = 0.1;

export function cellOf({ latitude, longitude }: LatLon): string {
  return latLngToCell(latitude, longitude, CELL_RESOLUTION);
}

/** The cells of all places within 15 km of one, its own among them. */
export function cellsAround(place: LatLon): string[] {
  return gridDisk(cellOf(place), AROUND_RINGS);
}

type Area = { cell: string; vehicleType: string };

/** The multiplier for a trip that begins here now: smoothed, fading with age, in steps, and capped. */
export async function currentSurge(db: Database<Tables>, config: Config, area: Area): Promise<number> {
  return shownMultiplier(await fadedMultiplier(db, area), config.SURGE_MAX_PERCENT / 100);
}

/** Takes in what a round of a search found: how many search here, and how many drivers are free. */
export async function measureSurge(
  tx: BookingTx,
  config: Config,
  { cell, vehicleType, availableDrivers }: Area & { availableDrivers: number },
): Promise<void> {
  const { openSearches } = await tx
    .selectFrom('booking')
    .select((select) => select.fn.countAll<number>().as('openSearches'))
    .where('cell', '=', cell)
    .where('vehicleType', '=', vehicleType)
    .where('status', '=', 'Searching')
    .executeTakeFirstOrThrow();
  const measured = openSearches < config.SURGE_MIN_SEARCHES ? 1 : scarcity(openSearches, availableDrivers);
  const before = await fadedMultiplier(tx, { cell, vehicleType });
  const multiplier = before + SMOOTHING * (Math.min(measured, config.SURGE_MAX_PERCENT / 100) - before);
  const values = { openSearches, availableDrivers, multiplier, updatedAt: sql<Date>`clock_timestamp()` };
  await tx
    .insertInto('surge')
    .values({ cell, vehicleType, ...values })
    .onConflict((conflict) => conflict.columns(['cell', 'vehicleType']).doUpdateSet(values))
    .execute();
}

async function fadedMultiplier(db: Database<Tables>, { cell, vehicleType }: Area): Promise<number> {
  const row = await db
    .selectFrom('surge')
    .select(['multiplier', sql<number>`extract(epoch from clock_timestamp() - updated_at)::float8`.as('ageSeconds')])
    .where('cell', '=', cell)
    .where('vehicleType', '=', vehicleType)
    .executeTakeFirst();
  return row ? faded(row.multiplier, row.ageSeconds) : 1;
}

/** One search for each free driver is balance; twice as many searches are a multiplier of 1.5. */
export function scarcity(openSearches: number, availableDrivers: number): number {
  return Math.max(1, 1 + (openSearches / Math.max(availableDrivers, 1) - 1) / 2);
}

export function faded(multiplier: number, ageSeconds: number): number {
  return 1 + (multiplier - 1) * 0.5 ** (Math.max(ageSeconds, 0) / HALF_LIFE_SECONDS);
}

/** Steps down, never up: nobody pays for a step that scarcity has not reached. */
export function shownMultiplier(multiplier: number, max: number): number {
  return Math.round(Math.min(max, Math.floor(multiplier / STEP + 1e-6) * STEP) * 100) / 100;
}
