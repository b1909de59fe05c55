import type { EventData } from '@logi/contracts';
import type { Config } from '../config.ts';
import type { BookingRow, BookingTx } from '../tables.ts';
import { type Candidate, favourNewcomer, rankCandidates } from './candidates.ts';
import { reserveDriver } from './drivers.ts';
import { databaseNow, earlier, setDue } from './due.ts';
import { exclusionsOf, isNobodyLeft } from './exclusions.ts';
import { reservableBy, type Surroundings } from './fair-share.ts';
import { createOffer } from './offers.ts';
import { recordAnswer, type Skipped } from './round-store.ts';
import { rest, widenOrRest } from './search.ts';

type Answer = Pick<EventData<'drivers.nominated'>, 'round' | 'candidates'> & Surroundings;

/**
 * From asking to offering: ranks who was nominated, offers the booking to the best who are free, and records why each
 * other one was passed over. Who has missed an offer of this booking comes last, and only if nobody else takes a place.
 */
export async function offerToNominated(
  tx: BookingTx,
  config: Config,
  booking: BookingRow,
  { round, candidates: nominated, ...surroundings }: Answer,
): Promise<void> {
  const now = await databaseNow(tx);
  const { others, missed } = await sortOut(tx, config, booking, nominated);
  const inRound = { ...booking, searchRound: round };
  const ranked = [
    ...(await rank(tx, config, inRound, { nominated: others, now })),
    ...(await rank(tx, config, inRound, { nominated: missed, now })),
  ];
  const expiresAt = earlier(new Date(now.getTime() + config.OFFER_TIMEOUT_MS), booking.searchDeadline);
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
    return nobodyReserved(tx, config, booking, { round, isForOthers });
  }
  await setDue(tx, booking, { dueInMs: config.OFFER_TIMEOUT_MS, now });
  if (booking.offeredAt === null) {
    await tx.updateTable('booking').set({ offeredAt: now }).where('bookingId', '=', booking.bookingId).execute();
  }
}

type Nominated = EventData<'drivers.nominated'>['candidates'];

/** A late answer may name somebody who has said no since, or was excluded. */
async function sortOut(tx: BookingTx, config: Config, booking: BookingRow, nominated: Nominated) {
  const { forGood, untilNobodyIsLeft } = await exclusionsOf(tx, config, booking);
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
  { round, isForOthers }: { round: number; isForOthers: boolean },
): Promise<void> {
  if (round !== booking.searchRound) return;
  if (isForOthers) await rest(tx, config, { booking, rests: 0 });
  else await widenOrRest(tx, config, booking);
}

async function rank(
  tx: BookingTx,
  config: Config,
  booking: BookingRow,
  { nominated, now }: { nominated: Nominated; now: Date },
): Promise<Candidate[]> {
  if (nominated.length === 0) return [];
  const driverIds = nominated.map(({ driver_id }) => driver_id);
  const drivers = await tx.selectFrom('driver').selectAll().where('driverId', 'in', driverIds).execute();
  const { averageKilometersPerHour } = await tx
    .selectFrom('vehicleType')
    .select('averageKilometersPerHour')
    .where('vehicleType', '=', booking.vehicleType)
    .executeTakeFirstOrThrow();
  const ranked = rankCandidates(nominated, { drivers, kilometersPerHour: averageKilometersPerHour, now });
  return favourNewcomer(ranked, { booking, sharePercent: config.NEWCOMER_SHARE_PERCENT });
}
