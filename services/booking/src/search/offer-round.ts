import type { EventData } from '@logi/contracts';
import { sql } from 'kysely';
import type { Config } from '../config.ts';
import type { BookingRow, BookingTx, DriverRow } from '../tables.ts';
import { favourNewcomer, rankCandidates } from './candidates.ts';
import { reserveDriver } from './drivers.ts';
import { dueIn, moveSearch } from './due.ts';
import { isNobodyLeft } from './exclusions.ts';
import { reservableBy, type Surroundings } from './fair-share.ts';
import { createOffer } from './offers.ts';
import { type Look, recordAnswer, type Skipped } from './round-store.ts';
import { rest, widenOrRest } from './search.ts';

type Answer = Pick<EventData<'drivers.nominated'>, 'round' | 'candidates'> &
  Surroundings & {
    /** What is known of the candidates. */
    drivers: DriverRow[];
    look: Look;
  };

/**
 * From asking to offering: ranks who was nominated, offers the booking to the best who are free, and records why each
 * other one was passed over. Who has missed an offer of this booking comes last, and only if nobody else takes a place.
 */
export async function offerToNominated(
  tx: BookingTx,
  config: Config,
  booking: BookingRow,
  { round, candidates: nominated, drivers, look, ...surroundings }: Answer,
): Promise<void> {
  const { now } = look;
  const { others, missed } = sortOut(config, booking, { nominated, look });
  const rankFor = (those: Nominated) => {
    const ranked = rankCandidates(those, { drivers, kilometersPerHour: look.kilometersPerHour, now });
    const inRound = { ...booking, searchRound: round };
    return favourNewcomer(ranked, { booking: inRound, sharePercent: config.NEWCOMER_SHARE_PERCENT });
  };
  const ranked = [...rankFor(others), ...rankFor(missed)];
  const expiresAt = dueIn(config.OFFER_TIMEOUT_MS, now, booking);
  const reservable = ranked.length === 0 ? 0 : await reservableBy(tx, config, { booking, ...surroundings });
  const skipped: Skipped = new Map();
  let [offered, offeredToOthers] = [0, 0];
  for (const [index, { driverId, distanceMeters }] of ranked.entries()) {
    const hasOthers = index >= others.length && offeredToOthers > 0;
    if (reservable === 0) skipped.set(driverId, 'user_share');
    else if (offered === reservable || hasOthers) skipped.set(driverId, 'batch_full');
    else if (!(await reserveDriver(tx, driverId, config.MAX_OPEN_OFFERS_PER_DRIVER))) skipped.set(driverId, 'taken');
    else {
      offered += 1;
      if (index < others.length) offeredToOthers = offered;
      await createOffer(tx, booking, { round, driverId, rank: index + 1, distanceMeters, createdAt: now, expiresAt });
    }
  }
  await recordAnswer(tx, { bookingId: booking.bookingId, round }, { ranked, skipped, now });
  if (offered === 0) {
    const isForOthers = ranked.length > 0 && reservable === 0;
    return nobodyReserved(tx, config, booking, { round, isForOthers, look });
  }
  await moveSearch(tx, booking, { dispatchDueAt: expiresAt, offeredAt: booking.offeredAt ?? now });
}

type Nominated = EventData<'drivers.nominated'>['candidates'];

/** A late answer may name somebody who has said no since, or was excluded. */
function sortOut(config: Config, booking: BookingRow, { nominated, look }: { nominated: Nominated; look: Look }) {
  const { forGood, untilNobodyIsLeft } = look.exclusions;
  const willing = nominated.filter(({ driver_id }) => !forGood.includes(driver_id));
  const missed = willing.filter(({ driver_id }) => untilNobodyIsLeft.includes(driver_id));
  const others = willing.filter((candidate) => !missed.includes(candidate));
  return { others, missed: isNobodyLeft(config, booking) ? missed : [] };
}

/**
 * A later round may be under way, whose answer is then waited for. Where drivers are there, and left to other people, the
 * search asks again soon, and no further away: those would be left to others, too.
 */
async function nobodyReserved(
  tx: BookingTx,
  config: Config,
  booking: BookingRow,
  { round, isForOthers, look }: { round: number; isForOthers: boolean; look: Look },
): Promise<void> {
  if (round !== booking.searchRound) return;
  if (isForOthers) await rest(tx, config, { booking, now: look.now, rests: 0 });
  else await widenOrRest(tx, config, { booking, look });
}

export async function knownDrivers(tx: BookingTx, nominated: Nominated): Promise<DriverRow[]> {
  if (nominated.length === 0) return [];
  const driverIds = nominated.map(({ driver_id }) => driver_id);
  return tx.selectFrom('driver').selectAll().where('driverId', '=', sql<string>`any(${driverIds})`).execute();
}
