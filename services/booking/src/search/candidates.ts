import { createHash } from 'node:crypto';
import type { EventData } from '@logi/contracts';
import { stretch } from '../pricing/routing.ts';
import type { BookingRow, DriverRow, ScoreLine } from '../tables.ts';

/** Somebody who might be offered a booking, with what the choice goes by. */
export type Candidate = {
  driverId: string;
  distanceMeters: number;
  score: number;
  lines: ScoreLine[];
  fixAgeMs: number | undefined;
  fixFlaw: string | null;
  isNewcomer: boolean;
};

type Nominated = EventData<'drivers.nominated'>['candidates'];
type KnownDriver = Pick<DriverRow, 'driverId' | 'offersMade' | 'offersAccepted' | 'freeSince'>;

/** What the whole range of acceptance, never to always, is worth in seconds of the way. */
const ACCEPTANCE_SECONDS = 60;
/** A minute without work is worth a second of the way, up to this many. */
const MAX_IDLE_SECONDS = 30;
/** A fix of up to this age is as good as new. Each minute more is worth so much of the way, up to a limit. */
const FRESH_FIX_MS = 60_000;
const SECONDS_PER_MINUTE_OF_AGE = 10;
const MAX_AGE_SECONDS = 120;
/** What is not quite to be believed counts as so much further away. */
const FLAW_SECONDS = 60;
/** A driver with fewer offers than this has too little history to be judged by it. */
const NEWCOMER_OFFERS = 5;
/** How much longer than the best a newcomer's way may be and still get a place kept for newcomers. */
const NEWCOMER_DETOUR_SECONDS = 120;

/**
 * Ranks who was nominated, best first. The way to the pickup counts most; acceptance and idle time move a driver by
 * seconds of it, so they decide between drivers who are about as near. How far the way is stands on the driver's last
 * fix: an old or doubtful one may not be where they are. Lower is better.
 */
export function rankCandidates(
  nominated: Nominated,
  context: { drivers: readonly KnownDriver[]; kilometersPerHour: number; now: Date },
): Candidate[] {
  const known = new Map(context.drivers.map((driver) => [driver.driverId, driver]));
  return nominated
    .map(({ driver_id: driverId, distance_meters: distanceMeters, fix_age_ms: fixAgeMs, fix_flaw: fixFlaw = null }) => {
      const driver = known.get(driverId);
      const lines: ScoreLine[] = [
        { code: 'eta', seconds: stretch(distanceMeters, context.kilometersPerHour).durationSeconds },
        { code: 'acceptance', seconds: acceptanceSeconds(driver) },
        { code: 'idle', seconds: idleSeconds(driver, context.now) },
        ...fixLines(fixAgeMs, fixFlaw),
      ];
      const score = lines.reduce((sum, line) => sum + line.seconds, 0);
      const isNewcomer = (driver?.offersMade ?? 0) < NEWCOMER_OFFERS;
      return { driverId, distanceMeters, score, lines, fixAgeMs, fixFlaw, isNewcomer };
    })
    .sort((a, b) => a.score - b.score);
}

/**
 * Puts a newcomer first in the share of rounds kept for them: otherwise only those who have a history could get one. Which
 * rounds these are follows from the booking and the round, so that the choice can be explained afterwards.
 */
export function favourNewcomer(
  ranked: readonly Candidate[],
  { booking, sharePercent }: { booking: BookingRow; sharePercent: number },
): Candidate[] {
  const [best] = ranked;
  if (!best || best.isNewcomer || lot(booking) >= sharePercent) return [...ranked];
  const newcomer = ranked.find(({ isNewcomer, score }) => isNewcomer && score <= best.score + NEWCOMER_DETOUR_SECONDS);
  return newcomer ? [newcomer, ...ranked.filter((candidate) => candidate !== newcomer)] : [...ranked];
}

/** With a prior of two accepted of four, so that the first answers do not mark a driver for good. */
function acceptanceSeconds(driver: KnownDriver | undefined): number {
  const rate = ((driver?.offersAccepted ?? 0) + 2) / ((driver?.offersMade ?? 0) + 4);
  return (0.5 - rate) * ACCEPTANCE_SECONDS;
}

function idleSeconds(driver: KnownDriver | undefined, now: Date): number {
  if (!driver?.freeSince) return 0;
  const idleMinutes = (now.getTime() - driver.freeSince.getTime()) / 60_000;
  return -Math.min(Math.max(idleMinutes, 0), MAX_IDLE_SECONDS);
}

/** Only what moves the driver: of a good fix there is nothing to tell. */
function fixLines(ageMs: number | undefined, flaw: string | null): ScoreLine[] {
  const minutes = Math.max((ageMs ?? 0) - FRESH_FIX_MS, 0) / 60_000;
  const lines: ScoreLine[] = [
    { code: 'fix_age', seconds: Math.min(minutes * SECONDS_PER_MINUTE_OF_AGE, MAX_AGE_SECONDS) },
    { code: 'fix_flaw', seconds: flaw === null ? 0 : FLAW_SECONDS },
  ];
  return lines.filter(({ seconds }) => seconds > 0);
}

/** 0 to 99, the same for the same round of the same booking. */
function lot({ bookingId, searchRound }: BookingRow): number {
  return createHash('sha256').update(`${bookingId} ${searchRound}`).digest().readUInt16BE() % 100;
}
