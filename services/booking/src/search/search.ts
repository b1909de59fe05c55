import { type LatLon, toGeoPoint } from '@logi/contracts';
import { appendEvent, isUnpublished } from '@logi/events';
import { sql } from 'kysely';
import { type Actor, changeStatus, DISPATCH } from '../bookings/change-status.ts';
import type { Config } from '../config.ts';
import { cellsAround } from '../pricing/surge.ts';
import type { BookingRow, BookingTx } from '../tables.ts';
import { endJob } from './drivers.ts';
import { abandonOffer, closeOffers, excludedDrivers, nextExpiry } from './offers.ts';

/*
 * The search for a driver, as rounds. The booking row holds its state, and `dispatch_due_at` the moment at which the
 * dispatcher must look again whatever happens, so a search goes on after any restart.
 *
 *   asking   (round n asked, due: no answer in time)
 *     drivers.nominated, somebody free     → offering
 *     drivers.nominated, nobody free       → asking a wider radius, or resting at the last one
 *     due                                  → asking again, more patiently, but not while the question waits for the broker
 *   offering (open offers exist, due: the first expires)
 *     accepted                             → the search is over
 *     the last open offer declined/expired → asking
 *   resting  (nobody within the last radius, due: a pause has passed, or a driver became free nearby) → asking
 *   any, at `search_deadline`              → No Driver Found
 */

/** More candidates than offers, since some will be taken by the time the answer is here. */
const OVERFETCH = 4;
const MIN_CANDIDATES = 10;
/** Resting grows up to this many times SEARCH_RETRY_MS. */
const MAX_REST_FACTOR = 8;
/** One driver can take one booking; the others are for those who are further away than it seemed. */
const WOKEN_SEARCHES = 3;

/** The columns that begin a search, at creation or when a driver gives the booking back. */
export async function searchStart(tx: BookingTx, config: Config) {
  const now = await databaseNow(tx);
  return {
    status: 'Searching' as const,
    searchRadiusStep: 0,
    searchDeadline: new Date(now.getTime() + config.SEARCH_TIMEOUT_MS),
    dispatchDueAt: new Date(now.getTime() + config.NOMINATION_TIMEOUT_MS),
  };
}

/** Asks tracking for drivers: a new round. Each one before it that has no answer yet doubles the time it is given. */
export async function requestDrivers(
  tx: BookingTx,
  config: Config,
  booking: BookingRow,
  { unanswered = 0 } = {},
): Promise<void> {
  const { bookingId } = booking;
  const now = await databaseNow(tx);
  const round = booking.searchRound + 1;
  const radiusMeters = config.SEARCH_RADII_METERS[booking.searchRadiusStep] ?? config.SEARCH_RADII_METERS.at(-1);
  if (radiusMeters === undefined) throw new Error('SEARCH_RADII_METERS is empty'); // its schema says it is not
  const vehicleTypes = await fittingTypes(tx, config, booking);
  await setDue(tx, booking, { dueInMs: config.NOMINATION_TIMEOUT_MS * 2 ** unanswered, now });
  await tx.updateTable('booking').set({ searchRound: round }).where('bookingId', '=', bookingId).execute();
  await tx
    .insertInto('searchRound')
    .values({ bookingId, round, radiusMeters, vehicleTypes, requestedAt: now, answeredAt: null })
    .execute();
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
      excluded_driver_ids: await excludedDrivers(tx, booking),
      ...(booking.searchDeadline && { search_deadline: booking.searchDeadline.toISOString() }),
    },
  });
}

/** Nobody of a round could be asked: look further, or rest where there is no further, longer each time. */
export async function widenSearch(tx: BookingTx, config: Config, booking: BookingRow): Promise<void> {
  const searchRadiusStep = booking.searchRadiusStep + 1;
  await tx.updateTable('booking').set({ searchRadiusStep }).where('bookingId', '=', booking.bookingId).execute();
  const rests = searchRadiusStep - config.SEARCH_RADII_METERS.length;
  if (rests < 0) return requestDrivers(tx, config, { ...booking, searchRadiusStep });
  // Many searches that rest must not come back all at once, nor so often that they keep each other from being served.
  const dueInMs = config.SEARCH_RETRY_MS * Math.min(2 ** rests, MAX_REST_FACTOR) * (0.8 + Math.random() * 0.4);
  await setDue(tx, booking, { dueInMs, now: await databaseNow(tx) });
}

/**
 * A driver is free at a place: those nearby that have waited for longest look again now, if they rest. One that waits for
 * an answer, which may have been given a moment too early, will rest only shortly after it.
 */
export async function wakeSearches(
  tx: BookingTx,
  config: Config,
  driver: LatLon & { vehicleType: string },
): Promise<void> {
  await sql`
    update booking set search_radius_step = least(search_radius_step, ${config.SEARCH_RADII_METERS.length - 1}),
      dispatch_due_at = case when exists (select from search_round asked where asked.booking_id = booking.booking_id
        and asked.round = booking.search_round and asked.answered_at is not null) then now() else dispatch_due_at end
    where booking_id in (
      select booking_id from booking
      where status = 'Searching' and cell = any(${cellsAround(driver)}::text[]) and vehicle_type = ${driver.vehicleType}
        and dispatch_due_at > now()
        and not exists (select from offer where offer.booking_id = booking.booking_id and state = 'open')
      order by created_at limit ${WOKEN_SEARCHES} for update skip locked)`.execute(tx);
}

/** The driver is off the booking before collection, by whoever's decision: the same booking searches again. */
export async function returnToSearch(
  tx: BookingTx,
  config: Config,
  booking: BookingRow,
  by: { actor: Actor; reason: string | undefined },
): Promise<BookingRow> {
  const { status: to, ...start } = await searchStart(tx, config);
  await abandonOffer(tx, booking);
  const searching = await changeStatus(tx, booking, { to, ...by, set: { ...start, driverId: null } });
  if (booking.driverId !== null) await endJob(tx, booking.driverId);
  return searching;
}

/** The time of a scheduled booking has come: its search begins. */
export async function releaseScheduled(tx: BookingTx, config: Config, booking: BookingRow): Promise<void> {
  const { status: to, ...set } = await searchStart(tx, config);
  const released = await changeStatus(tx, booking, { to, actor: DISPATCH, set });
  await requestDrivers(tx, config, released);
}

/** What the dispatcher does with a search that is due, and a decline with one that may have no open offer left. */
export async function continueSearch(tx: BookingTx, config: Config, booking: BookingRow): Promise<void> {
  const now = await databaseNow(tx);
  if (booking.searchDeadline && now >= booking.searchDeadline) {
    await closeOffers(tx, booking, { as: 'expired' });
    const reason = await whyNobody(tx, booking);
    await changeStatus(tx, booking, { to: 'No Driver Found', actor: DISPATCH, reason });
    return;
  }
  await closeOffers(tx, booking, { as: 'expired', expiredBy: now });
  const expiresAt = await nextExpiry(tx, booking);
  if (expiresAt) return setDue(tx, booking, { dueInMs: expiresAt.getTime() - now.getTime(), now });
  const unanswered = await countUnanswered(tx, booking);
  const question = { type: 'drivers.requested', aggregateId: booking.bookingId, version: booking.searchRound } as const;
  // Without a broker, every search asking again and again would be what everything else waits for when it is back.
  const isWaiting = unanswered > 0 && (await isUnpublished(tx, question));
  if (isWaiting) await setDue(tx, booking, { dueInMs: config.NOMINATION_TIMEOUT_MS, now });
  else await requestDrivers(tx, config, booking, { unanswered });
}

/** Rounds since the last one that was answered. */
async function countUnanswered(tx: BookingTx, { bookingId }: BookingRow): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) from search_round where booking_id = ${bookingId} and round > coalesce(
      (select max(round) from search_round where booking_id = ${bookingId} and answered_at is not null), 0)`.execute(
    tx,
  );
  return rows[0]?.count ?? 0;
}

/** What the search must look at next, and when, but never later than its deadline. */
export async function setDue(
  tx: BookingTx,
  booking: BookingRow,
  { dueInMs, now }: { dueInMs: number; now: Date },
): Promise<void> {
  const dispatchDueAt = earlier(new Date(now.getTime() + dueInMs), booking.searchDeadline);
  await tx.updateTable('booking').set({ dispatchDueAt }).where('bookingId', '=', booking.bookingId).execute();
}

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

/** The reason code of a search that found nobody. */
async function whyNobody(tx: BookingTx, { bookingId }: BookingRow): Promise<string> {
  const { rows } = await sql<{ wereAsked: boolean; wereThere: boolean }>`
    select exists (select from offer where booking_id = ${bookingId}) as were_asked,
      exists (select from candidate where booking_id = ${bookingId}) as were_there`.execute(tx);
  if (rows[0]?.wereAsked) return 'nobody_accepted';
  return rows[0]?.wereThere ? 'all_drivers_taken' : 'no_driver_nearby';
}

/** Deadlines are set and judged by one clock, the database's. */
export async function databaseNow(tx: BookingTx): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(tx);
  const now = rows[0]?.now;
  if (!now) throw new Error('the database told no time');
  return now;
}

export function earlier(a: Date, b: Date | null): Date {
  return b && b < a ? b : a;
}
