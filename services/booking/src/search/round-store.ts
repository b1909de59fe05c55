import { toGeoPoint } from '@logi/contracts';
import { appendEvent } from '@logi/events';
import { compiledOnce, withNext } from '@logi/persistence';
import { type Insertable, sql } from 'kysely';
import type { Config } from '../config.ts';
import type { BookingRow, BookingTx, SkipReason, Tables } from '../tables.ts';
import type { Candidate } from './candidates.ts';
import { type Asked, type Exclusions, exclusionsFrom, isNobodyLeft } from './exclusions.ts';

/** What a step of a search goes by. */
export type Look = {
  /** By the database's clock, by which all deadlines are set and judged. */
  now: Date;
  /** When the first open offer expires; null when none is open. */
  nextExpiry: Date | null;
  exclusions: Exclusions;
  /** Rounds since the last one that was answered. */
  unanswered: number;
  /** What a vehicle of the booked type makes. */
  kilometersPerHour: number;
};

/** One look for each step, when the booking is locked: what holds it now can be changed by nobody else. */
export async function lookAtSearch(
  tx: BookingTx,
  config: Config,
  { bookingId, vehicleType }: Pick<BookingRow, 'bookingId' | 'vehicleType'>,
): Promise<Look> {
  const { rows } = await sql<Omit<Look, 'exclusions'> & { asked: Asked[] }>`
    select clock_timestamp() as now,
      (select min(expires_at) from offer where booking_id = ${bookingId} and state = 'open') as next_expiry,
      (select count(*) from search_round where booking_id = ${bookingId} and round > coalesce(
        (select max(round) from search_round where booking_id = ${bookingId} and answered_at is not null), 0)) as unanswered,
      (select average_kilometers_per_hour from vehicle_type where vehicle_type = ${vehicleType}) as kilometers_per_hour,
      array(select json_build_object('driverId', driver_id, 'isForGood', is_for_good) from (
        select driver_id, bool_or(state in ('declined', 'accepted', 'abandoned'))
            or count(*) filter (where state = 'expired') > ${config.MISSED_OFFER_REPEATS} as is_for_good
          from offer where booking_id = ${bookingId} and state in ('declined', 'expired', 'accepted', 'abandoned')
          group by driver_id
        union all
        select driver_id, true from excluded_driver where booking_id = ${bookingId}) asked) as asked`.execute(tx);
  const [row] = rows;
  if (!row) throw new Error('the database told nothing of a search');
  const { asked, ...look } = row;
  return { ...look, exclusions: exclusionsFrom(asked) };
}

/** More candidates than offers, since some will be taken by the time the answer is here. */
const OVERFETCH = 4;
const MIN_CANDIDATES = 10;

/** The question of the booking's round, which its row knows already. */
export async function sendQuestion(
  tx: BookingTx,
  config: Config,
  { booking, exclusions }: { booking: BookingRow; exclusions: Exclusions },
): Promise<void> {
  const { bookingId, searchRound: round } = booking;
  const { forGood, untilNobodyIsLeft } = exclusions;
  const radiusMeters = config.SEARCH_RADII_METERS[booking.searchRadiusStep] ?? config.SEARCH_RADII_METERS.at(-1);
  if (radiusMeters === undefined) throw new Error('SEARCH_RADII_METERS is empty'); // its schema says it is not
  const vehicleTypes = await fittingTypes(tx, config, booking);
  const requestedAt = booking.askedAt ?? booking.createdAt;
  await insertRound.withNext(tx, { bookingId, round, radiusMeters, vehicleTypes, requestedAt, answeredAt: null });
  appendEvent(tx, {
    type: 'drivers.requested',
    aggregateId: bookingId,
    version: round,
    data: {
      booking_id: bookingId,
      round,
      vehicle_types: vehicleTypes,
      pickup_location: toGeoPoint({ latitude: booking.pickupLatitude, longitude: booking.pickupLongitude }),
      radius_meters: radiusMeters,
      limit: Math.max(MIN_CANDIDATES, config.OFFER_BATCH_SIZE * OVERFETCH),
      excluded_driver_ids: isNobodyLeft(config, booking) ? forGood : [...forGood, ...untilNobodyIsLeft],
      ...(booking.searchDeadline && { search_deadline: booking.searchDeadline.toISOString() }),
    },
  });
}

const insertRound = compiledOnce<Tables, Insertable<Tables['searchRound']>, unknown>((tx, round) =>
  tx.insertInto('searchRound').values(round),
);

/** The type that was booked, and, where the setting allows it and nobody of that type is left, larger ones. */
async function fittingTypes(tx: BookingTx, config: Config, booking: BookingRow): Promise<string[]> {
  if (!config.OFFER_TO_LARGER_VEHICLES || !isWidest(config, booking)) return [booking.vehicleType];
  const rows = await tx
    .selectFrom('vehicleType')
    .select('vehicleType')
    .where('size', '>', (where) =>
      where.selectFrom('vehicleType as own').select('size').where('own.vehicleType', '=', booking.vehicleType),
    )
    .where('isOffered', '=', true)
    .orderBy('size')
    .execute();
  return [booking.vehicleType, ...rows.map((row) => row.vehicleType)];
}

function isWidest(config: Config, booking: BookingRow): boolean {
  return booking.searchRadiusStep >= config.SEARCH_RADII_METERS.length - 1;
}

/** Why a driver who was nominated got no offer in this round. */
export type Skipped = Map<string, SkipReason>;

/** Who was nominated, in which order, and why some got no offer. */
export async function recordAnswer(
  tx: BookingTx,
  { bookingId, round }: { bookingId: string; round: number },
  { ranked, skipped, now }: { ranked: Candidate[]; skipped: Skipped; now: Date },
): Promise<void> {
  const answer = sql`update search_round set answered_at = ${now} where booking_id = ${bookingId} and round = ${round}`;
  if (ranked.length === 0) {
    await withNext(tx, answer);
    return;
  }
  const rows = ranked.map(({ driverId, distanceMeters, score, lines, fixAgeMs, fixFlaw }, index) => ({
    booking_id: bookingId,
    round,
    driver_id: driverId,
    rank: index + 1,
    distance_meters: Math.round(distanceMeters),
    score,
    score_lines: lines,
    skipped: skipped.get(driverId) ?? null,
    fix_age_ms: fixAgeMs === undefined ? null : Math.round(fixAgeMs),
    fix_flaw: fixFlaw,
  }));
  const explained = sql`
    with answered as (${answer})
    insert into candidate select * from jsonb_populate_recordset(null::candidate, ${JSON.stringify(rows)})`;
  await withNext(tx, explained);
}

/** The reason code of a search that found nobody. */
export async function whyNobody(tx: BookingTx, { bookingId }: BookingRow): Promise<string> {
  const { rows } = await sql<{ wereAsked: boolean; wereThere: boolean }>`
    select exists (select from offer where booking_id = ${bookingId}) as were_asked,
      exists (select from candidate where booking_id = ${bookingId}) as were_there`.execute(tx);
  if (rows[0]?.wereAsked) return 'nobody_accepted';
  return rows[0]?.wereThere ? 'all_drivers_taken' : 'no_driver_nearby';
}
