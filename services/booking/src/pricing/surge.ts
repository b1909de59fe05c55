import type { LatLon } from '@logi/contracts';
import { compiledOnce } from '@logi/persistence';
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
/** Of the time since the last measurement, so much counts: what is shown rises by no step at once. */
const MAX_STEP_SECONDS = 15;

export function cellOf({ latitude, longitude }: LatLon): string {
  return latLngToCell(latitude, longitude, CELL_RESOLUTION);
}

/** The cells of all places within 15 km of one, its own among them. */
export function cellsAround(place: LatLon): string[] {
  return gridDisk(cellOf(place), AROUND_RINGS);
}

export const SURGE_AGE_SECONDS = sql<number>`extract(epoch from clock_timestamp() - updated_at)::float8`;

/** As a row has it, if there is one. */
type Measurement = { multiplier: number | null; ageSeconds: number | null };
const NOTHING = { openSearches: 0, multiplier: null, ageSeconds: null };

type Area = { cell: string; vehicleType: string };

/** The multiplier for a trip that begins here now: smoothed, fading with age, in steps, and capped. */
export function currentSurge(config: Config, last: Measurement): number {
  return shownMultiplier(remembered(last).multiplier, config.SURGE_MAX_PERCENT / 100);
}

type Demand = { openSearches: number; last: Measurement };

/**
 * How many people search here, and what was measured last. People, since one with twenty bookings must not make the price of
 * their neighbours.
 */
export async function readDemand(tx: BookingTx, { cell, vehicleType }: Area): Promise<Demand> {
  const { rows } = await sql<Measurement & { openSearches: number }>`
    select open_searches, multiplier, age_seconds from (
        select count(distinct user_id) as open_searches from booking
        where cell = ${cell} and vehicle_type = ${vehicleType} and status = 'Searching') searching
      left join (
        select multiplier, ${SURGE_AGE_SECONDS} as age_seconds from surge
        where cell = ${cell} and vehicle_type = ${vehicleType}) last on true`.execute(tx);
  const [{ openSearches, ...last } = NOTHING] = rows;
  return { openSearches, last };
}

/** Takes in what a round of a search found: how many people search here, and how many drivers are free. */
export async function measureSurge(
  tx: BookingTx,
  config: Config,
  { cell, vehicleType, openSearches, last, availableDrivers }: Area & Demand & { availableDrivers: number },
): Promise<void> {
  const measured = openSearches < config.SURGE_MIN_SEARCHES ? 1 : scarcity(openSearches, availableDrivers);
  const multiplier = approach(remembered(last), {
    measured: Math.min(measured, config.SURGE_MAX_PERCENT / 100),
    maxPerMinute: config.SURGE_MAX_CHANGE_PERCENT_PER_MINUTE / 100,
  });
  await upsertSurge.withNext(tx, { cell, vehicleType, openSearches, availableDrivers, multiplier });
}

type Measured = Area & { openSearches: number; availableDrivers: number; multiplier: number };

const upsertSurge = compiledOnce<Tables, Measured, unknown>((tx, { cell, vehicleType, ...measured }) => {
  const values = { ...measured, updatedAt: sql<Date>`clock_timestamp()` };
  return tx
    .insertInto('surge')
    .values({ cell, vehicleType, ...values })
    .onConflict((conflict) => conflict.columns(['cell', 'vehicleType']).doUpdateSet(values));
});

type Remembered = { multiplier: number; ageSeconds: number };

/** What the last measurement has faded to, and how long ago that was; where there was none, long ago. */
function remembered({ multiplier, ageSeconds }: Measurement): Remembered {
  if (multiplier === null || ageSeconds === null) return { multiplier: 1, ageSeconds: Infinity };
  return { multiplier: faded(multiplier, ageSeconds), ageSeconds };
}

/**
 * A step from what was towards what is measured. Measurements come with every round of every search, so a share of the
 * way alone would be as fast as somebody asks; time has the last word, and a long silence counts as a short one.
 */
export function approach(
  { multiplier, ageSeconds }: Remembered,
  { measured, maxPerMinute }: { measured: number; maxPerMinute: number },
): number {
  const max = (maxPerMinute / 60) * Math.min(Math.max(ageSeconds, 0), MAX_STEP_SECONDS);
  return multiplier + Math.min(Math.max(SMOOTHING * (measured - multiplier), -max), max);
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
