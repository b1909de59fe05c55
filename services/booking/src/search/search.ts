import { toGeoPoint } from '@logi/contracts';
import { appendEvent, isUnpublished } from '@logi/events';
import { maySearch } from '../bookings/caps.ts';
import { type Actor, changeStatus, DISPATCH } from '../bookings/change-status.ts';
import type { Config } from '../config.ts';
import type { BookingRow, BookingTx } from '../tables.ts';
import { endJob } from './drivers.ts';
import { databaseNow, earlier, later, setDue } from './due.ts';
import { exclusionsOf, isNobodyLeft } from './exclusions.ts';
import { abandonOffer, closeOffers, nextExpiry } from './offers.ts';
import { countUnanswered, recordQuestion, whyNobody } from './round-store.ts';
import { type Turn, turnToAsk } from './turns.ts';

/*
 * The search for a driver.
 *
 * The naive way is a loop in memory: look for the nearest driver, offer, wait for a timer, offer to the next. It fails in
 * four ways. A process that ends takes its timers along, and nobody searches any more. Two searches that look at once
 * offer to the same driver. Where drivers are is not ours to look up: the question is a message to tracking, and its
 * answer may come late, twice or never. And where nobody is free, loops that ask again at once are all that still runs.
 *
 * Ours is kept in the booking's row. A search goes in rounds: one question, its answer, the offers made of it. Each step
 * is one transaction under the row's lock; drivers are reserved in it, and who is taken is passed over. Messages move a
 * search on. If none comes, `dispatch_due_at` does: the moment at which a dispatcher, on any instance, must look again
 * (dispatcher.ts). A rest grows with each time, and a driver who becomes free nearby ends it (wake-searches.ts).
 *
 *   booking                             tracking                      driver
 *   asking    ── drivers.requested ───▶ the nearest who are free
 *             ◀── drivers.nominated ───
 *   offering  ── offer.created ─────────────────────────────────────▶ thinks
 *             ◀── accept, decline, or nothing until it expires ──────
 *
 * The states, and what is due in each:
 *   asking    (round n asked; due: no answer in time)
 *     answered, somebody is free            → offering
 *     answered, nobody is free              → asking within a wider radius, or resting when there is none
 *     answered, but all are for other people → resting (fair-share.ts)
 *     due                                   → asking again, more patiently, but not while the question waits for the broker
 *   offering  (open offers; due: the first expires)
 *     accepted                              → over: Accepted
 *     the last one is declined or expires   → asking
 *   resting   (nobody within the widest radius, or others have their turn (turns.ts); due: a pause has passed, or somebody
 *              became free nearby)
 *     due                                   → asking, now also those who let an offer expire (exclusions.ts)
 *     answered late, somebody is free       → offering
 *   asking and resting
 *     accepted by one whose offer expired   → over: Accepted
 *   each, at `search_deadline`              → over: No Driver Found
 */

/** More candidates than offers, since some will be taken by the time the answer is here. */
const OVERFETCH = 4;
const MIN_CANDIDATES = 10;
/** Resting grows up to 2 to the power of this many times SEARCH_RETRY_MS. More are not counted: a search can last a day. */
const MAX_RESTS = 3;

/**
 * The columns that begin a search, at creation or when a driver gives the booking back: asking, or resting where it is not
 * its turn. Whoever named a pickup time has until then: a search that gave up before it would leave them without a driver,
 * and one might have come.
 */
export function searchStart(config: Config, { now, waitMs }: Turn, scheduledAt: Date | null) {
  const isAsking = waitMs === 0;
  const searchDeadline = later(new Date(now.getTime() + config.SEARCH_TIMEOUT_MS), scheduledAt);
  const dueInMs = isAsking ? config.NOMINATION_TIMEOUT_MS : waitMs;
  return {
    status: 'Searching' as const,
    searchRadiusStep: isAsking ? 0 : config.SEARCH_RADII_METERS.length,
    searchDeadline,
    dispatchDueAt: earlier(new Date(now.getTime() + dueInMs), searchDeadline),
  };
}

/** Asks, where the columns above say so. */
export async function beginSearch(tx: BookingTx, config: Config, booking: BookingRow): Promise<void> {
  if (!isNobodyLeft(config, booking)) await askForDrivers(tx, config, booking);
}

/** Asking: a new round. Each one before it that has no answer yet doubles the time it is given. */
async function askForDrivers(
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
  const { forGood, untilNobodyIsLeft } = await exclusionsOf(tx, config, booking);
  const dueAt = new Date(now.getTime() + config.NOMINATION_TIMEOUT_MS * 2 ** unanswered);
  await tx
    .updateTable('booking')
    .set({ searchRound: round, askedAt: now, dispatchDueAt: earlier(dueAt, booking.searchDeadline) })
    .where('bookingId', '=', bookingId)
    .execute();
  await recordQuestion(tx, { bookingId, round, radiusMeters, vehicleTypes, requestedAt: now });
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

/** Nobody of a round was free: asking within a wider radius, or resting where there is none or others have their turn. */
export async function widenOrRest(tx: BookingTx, config: Config, booking: BookingRow): Promise<void> {
  const restingFrom = config.SEARCH_RADII_METERS.length;
  const isWidening = booking.searchRadiusStep + 1 < restingFrom;
  const { waitMs } = isWidening ? await turnToAsk(tx, booking) : { waitMs: 0 };
  const next = waitMs > 0 ? restingFrom : booking.searchRadiusStep + 1;
  const searchRadiusStep = Math.min(next, restingFrom + MAX_RESTS);
  await tx.updateTable('booking').set({ searchRadiusStep }).where('bookingId', '=', booking.bookingId).execute();
  if (waitMs > 0) await setDue(tx, booking, { dueInMs: waitMs, now: await databaseNow(tx) });
  else if (isWidening) await askForDrivers(tx, config, { ...booking, searchRadiusStep });
  else await rest(tx, config, { booking, rests: searchRadiusStep - restingFrom });
}

/** Many searches that rest must not come back all at once, nor so often that they keep each other from being served. */
export async function rest(
  tx: BookingTx,
  config: Config,
  { booking, rests }: { booking: BookingRow; rests: number },
): Promise<void> {
  const dueInMs = config.SEARCH_RETRY_MS * 2 ** rests * (0.8 + Math.random() * 0.4);
  await setDue(tx, booking, { dueInMs, now: await databaseNow(tx) });
}

/** The driver is off the booking before collection, by whoever's decision: the same booking searches again. */
export async function returnToSearch(
  tx: BookingTx,
  config: Config,
  booking: BookingRow,
  by: { actor: Actor; reason: string | undefined },
): Promise<BookingRow> {
  const turn = { now: await databaseNow(tx), waitMs: 0 }; // they have waited in the line before
  const { status: to, ...start } = searchStart(config, turn, booking.scheduledAt);
  await abandonOffer(tx, booking);
  const searching = await changeStatus(tx, booking, { to, ...by, set: { ...start, driverId: null } });
  if (booking.driverId !== null) await endJob(tx, booking.driverId);
  return searching;
}

/** The time of a scheduled booking has come: its search begins. */
export async function releaseScheduled(tx: BookingTx, config: Config, booking: BookingRow): Promise<void> {
  if (!(await maySearch(tx, config, booking.userId))) return waitForRoom(tx, config, booking);
  const { status: to, ...set } = searchStart(config, await turnToAsk(tx, booking), booking.scheduledAt);
  const released = await changeStatus(tx, booking, { to, actor: DISPATCH, set });
  await beginSearch(tx, config, released);
}

/** As many of the user's bookings search as may: this one begins when one of them is over, so it is looked at again. */
async function waitForRoom(tx: BookingTx, config: Config, booking: BookingRow): Promise<void> {
  await rest(tx, config, { booking, rests: MAX_RESTS });
}

/** What the dispatcher does with a search that is due, and a decline with one that may have no open offer left. */
export async function continueSearch(tx: BookingTx, config: Config, booking: BookingRow): Promise<void> {
  const now = await databaseNow(tx);
  if (booking.searchDeadline && now >= booking.searchDeadline) return giveUp(tx, booking);
  await closeOffers(tx, booking, { as: 'expired', expiredBy: now });
  const expiresAt = await nextExpiry(tx, booking);
  const isOffering = expiresAt !== undefined;
  if (isOffering) await setDue(tx, booking, { dueInMs: expiresAt.getTime() - now.getTime(), now });
  else await askAgain(tx, config, { booking, now });
}

async function giveUp(tx: BookingTx, booking: BookingRow): Promise<void> {
  await closeOffers(tx, booking, { as: 'expired' });
  const reason = await whyNobody(tx, booking);
  await changeStatus(tx, booking, { to: 'No Driver Found', actor: DISPATCH, reason });
}

async function askAgain(
  tx: BookingTx,
  config: Config,
  { booking, now }: { booking: BookingRow; now: Date },
): Promise<void> {
  const unanswered = await countUnanswered(tx, booking);
  const question = { type: 'drivers.requested', aggregateId: booking.bookingId, version: booking.searchRound } as const;
  // Without a broker, every search asking again and again would be what everything else waits for when it is back.
  const isWaiting = unanswered > 0 && (await isUnpublished(tx, question));
  // Who is woken is not at rest any more, and need not wait for a turn.
  const { waitMs } = isWaiting || !isNobodyLeft(config, booking) ? { waitMs: 0 } : await turnToAsk(tx, booking);
  if (isWaiting) await setDue(tx, booking, { dueInMs: config.NOMINATION_TIMEOUT_MS, now });
  else if (waitMs > 0) await setDue(tx, booking, { dueInMs: waitMs, now });
  else await askForDrivers(tx, config, booking, { unanswered });
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
