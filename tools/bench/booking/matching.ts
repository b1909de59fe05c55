import { favourNewcomer, rankCandidates } from '../../../services/booking/src/search/candidates.ts';
import type { BookingRow } from '../../../services/booking/src/tables.ts';
import { createRandom } from '../../testing/random.ts';

/*
 * A city of 12 km by 12 km in a computer's head: people book at random places and moments, drivers accept each with a
 * habit of their own. What is compared is only whom a booking is offered to first. Seeded: the same every time.
 */

const CITY_METERS = 12_000;
const DRIVERS = 120;
const BOOKINGS = 3_000;
const MEAN_SECONDS_BETWEEN_BOOKINGS = 18;
const OFFER_SECONDS = 15;
const SEARCH_SECONDS = 120;
const METERS_PER_SECOND = 7;
const CANDIDATES = 10;
const NEWCOMER_SHARE_PERCENT = 20;

export type Outcome = { meanPickupSeconds: number; unservedShare: number; gini: number };
export type Ranking = (candidates: readonly Nominated[], drivers: readonly Driver[], round: Round) => string[];

type Nominated = { driver_id: string; distance_meters: number };
type Round = { booking: number; round: number; seconds: number };
type Driver = {
  driverId: string;
  x: number;
  y: number;
  freeAt: number;
  habit: number;
  offersMade: number;
  offersAccepted: number;
  freeSince: Date | null;
};

export const nearestFirst: Ranking = (candidates) => candidates.map(({ driver_id }) => driver_id);

export const ours: Ranking = (candidates, drivers, { booking, round, seconds }) => {
  const ranked = rankCandidates([...candidates], {
    drivers,
    kilometersPerHour: METERS_PER_SECOND * 3.6 * 1.3, // rankCandidates stretches the straight line; this city has none
    now: new Date(seconds * 1_000),
  });
  // Only the two fields that draw the lot matter.
  const row = { bookingId: String(booking), searchRound: round } as BookingRow;
  return favourNewcomer(ranked, { booking: row, sharePercent: NEWCOMER_SHARE_PERCENT }).map(({ driverId }) => driverId);
};

export function simulateMatching(rank: Ranking, seed: number): Outcome {
  const random = createRandom(`city ${seed}`).next;
  const place = () => ({ x: random() * CITY_METERS, y: random() * CITY_METERS });
  const drivers: Driver[] = Array.from({ length: DRIVERS }, (_, n) => ({
    driverId: `driver ${n}`,
    ...place(),
    freeAt: 0,
    habit: 0.3 + 0.65 * random(),
    offersMade: 0,
    offersAccepted: 0,
    freeSince: null,
  }));
  const pickups: number[] = [];
  let clock = 0;
  for (let booking = 0; booking < BOOKINGS; booking += 1) {
    clock += -Math.log(1 - random()) * MEAN_SECONDS_BETWEEN_BOOKINGS;
    const served = serve({ booking, clock, pickup: place(), dropoff: place(), drivers, rank, random });
    if (served !== undefined) pickups.push(served);
  }
  return {
    meanPickupSeconds: pickups.reduce((sum, seconds) => sum + seconds, 0) / pickups.length,
    unservedShare: 1 - pickups.length / BOOKINGS,
    gini: gini(drivers.map((driver) => driver.offersMade)),
  };
}

type PlanePoint = { x: number; y: number };
type Search = {
  booking: number;
  clock: number;
  pickup: PlanePoint;
  dropoff: PlanePoint;
  drivers: Driver[];
  rank: Ranking;
  random: () => number;
};

/** Seconds from booking to pickup; undefined when nobody came. One driver is asked at a time. */
function serve({ booking, clock, pickup, dropoff, drivers, rank, random }: Search): number | undefined {
  const asked = new Set<string>();
  let now = clock;
  for (let round = 1; now < clock + SEARCH_SECONDS; round += 1) {
    const candidates = drivers
      .filter((driver) => driver.freeAt <= now && !asked.has(driver.driverId))
      .map((driver) => ({ driver_id: driver.driverId, distance_meters: meters(driver, pickup) }))
      .sort((a, b) => a.distance_meters - b.distance_meters)
      .slice(0, CANDIDATES);
    const [chosen] = rank(candidates, drivers, { booking, round, seconds: now });
    const driver = drivers.find(({ driverId }) => driverId === chosen);
    if (!driver) {
      now += 2;
      continue;
    }
    asked.add(driver.driverId);
    driver.offersMade += 1;
    if (random() > driver.habit) {
      now += OFFER_SECONDS * random();
      continue;
    }
    driver.offersAccepted += 1;
    const arrivesAt = now + 4 + meters(driver, pickup) / METERS_PER_SECOND;
    driver.freeAt = arrivesAt + meters(pickup, dropoff) / METERS_PER_SECOND + 180;
    driver.freeSince = new Date(driver.freeAt * 1_000);
    Object.assign(driver, dropoff);
    return arrivesAt - clock;
  }
  return undefined;
}

function meters(a: PlanePoint, b: PlanePoint): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** 0 when all have the same, towards 1 when one has all. */
function gini(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const total = sorted.reduce((sum, value) => sum + value, 0);
  const weighted = sorted.reduce((sum, value, index) => sum + value * (2 * (index + 1) - sorted.length - 1), 0);
  return weighted / (sorted.length * total);
}
