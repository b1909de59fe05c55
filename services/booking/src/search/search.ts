import { isUnpublished } from '@logi/events';
import { maySearch } from '../bookings/caps.ts';
import { type Actor, changeStatus, DISPATCH } from '../bookings/change-status.ts';
import type { Config } from '../config.ts';
import type { BookingRow, BookingTx, LockedBooking } from '../tables.ts';
import { endJob } from './drivers.ts';
import { databaseNow, dueIn, earlier, later, moveSearch } from './due.ts';
import { type Exclusions, isNobodyLeft } from './exclusions.ts';
import { abandonOffer, closeOffers } from './offers.ts';
import { type Look, lookAtSearch, sendQuestion, whyNobody } from './round-store.ts';
import { lineMs, type Turn, turnToAsk } from './turns.ts';

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

/** Resting grows up to 2 to the power of this many times SEARCH_RETRY_MS. More are not counted: a search can last a day. */
const MAX_RESTS = 3;

/** A search at one of its steps, and what it goes by there. */
type Step = { booking: BookingRow; look: Look };

/**
 * The columns that begin a search, at creation or when a driver gives the booking back: asking, or resting where it is not
 * its turn. Whoever named a pickup time has until then: a search that gave up before it would leave them without a driver,
 * and one might have come.
 */
export function searchStart(
  config: Config,
  { now, waitMs }: Turn,
  { scheduledAt, searchRound }: Pick<BookingRow, 'scheduledAt' | 'searchRound'>,
) {
  const searchDeadline = later(new Date(now.getTime() + config.SEARCH_TIMEOUT_MS), scheduledAt);
  const start = { status: 'Searching' as const, searchDeadline };
  if (waitMs === 0)
    return { ...start, searchRadiusStep: 0, ...nextRound(config, { searchRound, searchDeadline }, now) };
  const dispatchDueAt = dueIn(waitMs, now, { searchDeadline });
  return { ...start, searchRadiusStep: config.SEARCH_RADII_METERS.length, searchRound, dispatchDueAt };
}

/** Asks, where the columns above say so. */
export async function beginSearch(
  tx: BookingTx,
  config: Config,
  { booking, exclusions }: { booking: BookingRow; exclusions: Exclusions },
): Promise<void> {
  if (!isNobodyLeft(config, booking)) await sendQuestion(tx, config, { booking, exclusions });
}

/** The columns of a new round. Each one before it that has no answer yet doubles the time it is given. */
function nextRound(
  config: Config,
  booking: Pick<BookingRow, 'searchRound' | 'searchDeadline'>,
  now: Date,
  unanswered = 0,
) {
  const dispatchDueAt = dueIn(config.NOMINATION_TIMEOUT_MS * 2 ** unanswered, now, booking);
  return { searchRound: booking.searchRound + 1, askedAt: now, dispatchDueAt };
}

/** Asking: a new round, of a search that is under way. */
async function askForDrivers(tx: BookingTx, config: Config, { booking, look }: Step): Promise<void> {
  const round = nextRound(config, booking, look.now, look.unanswered);
  await moveSearch(tx, booking, { searchRadiusStep: booking.searchRadiusStep, ...round });
  await sendQuestion(tx, config, { booking: { ...booking, ...round }, exclusions: look.exclusions });
}

/** Nobody of a round was free: asking within a wider radius, or resting where there is none or others have their turn. */
export async function widenOrRest(tx: BookingTx, config: Config, { booking, look }: Step): Promise<void> {
  const restingFrom = config.SEARCH_RADII_METERS.length;
  const isWidening = booking.searchRadiusStep + 1 < restingFrom;
  const { now, waitMs } = isWidening ? await turnToAsk(tx, booking) : { now: look.now, waitMs: 0 };
  const next = waitMs > 0 ? restingFrom : booking.searchRadiusStep + 1;
  const searchRadiusStep = Math.min(next, restingFrom + MAX_RESTS);
  const moved = { ...booking, searchRadiusStep };
  if (waitMs > 0) await moveSearch(tx, booking, { searchRadiusStep, dispatchDueAt: dueIn(waitMs, now, booking) });
  else if (isWidening) await askForDrivers(tx, config, { booking: moved, look: { ...look, now, unanswered: 0 } });
  else await rest(tx, config, { booking: moved, now, rests: searchRadiusStep - restingFrom });
}

/** Many searches that rest must not come back all at once, nor so often that they keep each other from being served. */
export async function rest(
  tx: BookingTx,
  config: Config,
  { booking, now, rests }: { booking: BookingRow; now: Date; rests: number },
): Promise<void> {
  const pauseMs = Math.max(config.SEARCH_RETRY_MS * 2 ** rests, await lineMs(tx, booking));
  const ms = pauseMs * (0.8 + Math.random() * 0.4);
  await moveSearch(tx, booking, {
    searchRadiusStep: booking.searchRadiusStep,
    dispatchDueAt: dueIn(ms, now, booking),
  });
}

type By = { actor: Actor; reason: string | undefined };

/** The driver is off the booking before collection, by whoever's decision: the same booking searches again, and asks. */
export async function returnToSearch(
  tx: BookingTx,
  config: Config,
  booking: LockedBooking,
  by: By,
): Promise<LockedBooking> {
  await abandonOffer(tx, booking);
  const { now, exclusions } = await lookAtSearch(tx, config, booking);
  const start = searchStart(config, { now, waitMs: 0 }, booking); // they have waited in the line before
  const searching = await takeOff(tx, booking, { by, start });
  await beginSearch(tx, config, { booking: searching, exclusions });
  return searching;
}

/** The same, for a driver who is chosen already: nobody is asked. */
export async function freeForAnother(
  tx: BookingTx,
  config: Config,
  booking: LockedBooking,
  by: By,
): Promise<LockedBooking> {
  await abandonOffer(tx, booking);
  const { searchRound, askedAt } = booking;
  const start = searchStart(config, { now: await databaseNow(tx), waitMs: 0 }, booking);
  return takeOff(tx, booking, { by, start: { ...start, searchRound, askedAt } });
}

async function takeOff(
  tx: BookingTx,
  booking: LockedBooking,
  { by, start }: { by: By; start: Partial<BookingRow> },
): Promise<LockedBooking> {
  const searching = await changeStatus(tx, booking, { to: 'Searching', ...by, set: { ...start, driverId: null } });
  if (booking.driverId !== null) await endJob(tx, booking.driverId);
  return searching;
}

/** The time of a scheduled booking has come: its search begins. */
export async function releaseScheduled(tx: BookingTx, config: Config, booking: LockedBooking): Promise<void> {
  if (!(await maySearch(tx, config, booking.userId))) return waitForRoom(tx, config, booking);
  const { status: to, ...set } = searchStart(config, await turnToAsk(tx, booking), booking);
  const released = await changeStatus(tx, booking, { to, actor: DISPATCH, set });
  const { exclusions } = await lookAtSearch(tx, config, booking);
  await beginSearch(tx, config, { booking: released, exclusions });
}

/** As many of the user's bookings search as may: this one begins when one of them is over, so it is looked at again. */
async function waitForRoom(tx: BookingTx, config: Config, booking: BookingRow): Promise<void> {
  await rest(tx, config, { booking, now: await databaseNow(tx), rests: MAX_RESTS });
}

/** What the dispatcher does with a search that is due, and a decline with one that may have no open offer left. */
export async function continueSearch(tx: BookingTx, config: Config, booking: LockedBooking): Promise<void> {
  const look = await lookAtSearch(tx, config, booking);
  const { now, nextExpiry } = look;
  if (booking.searchDeadline && now >= booking.searchDeadline) return giveUp(tx, booking);
  if (nextExpiry === null) return askAgain(tx, config, { booking, look });
  if (nextExpiry > now) return moveSearch(tx, booking, { dispatchDueAt: earlier(nextExpiry, booking.searchDeadline) });
  await closeOffers(tx, booking, { as: 'expired', ifExpired: true });
  await continueSearch(tx, config, booking); // whoever let it expire is excluded now
}

async function giveUp(tx: BookingTx, booking: LockedBooking): Promise<void> {
  await closeOffers(tx, booking, { as: 'expired' });
  const reason = await whyNobody(tx, booking);
  await changeStatus(tx, booking, { to: 'No Driver Found', actor: DISPATCH, reason });
}

async function askAgain(tx: BookingTx, config: Config, { booking, look }: Step): Promise<void> {
  const question = { type: 'drivers.requested', aggregateId: booking.bookingId, version: booking.searchRound } as const;
  // Without a broker, every search asking again and again would be what everything else waits for when it is back.
  const isWaiting = look.unanswered > 0 && (await isUnpublished(tx, question));
  // Who is woken is not at rest any more, and need not wait for a turn.
  const needsNoTurn = isWaiting || !isNobodyLeft(config, booking);
  const { now, waitMs } = needsNoTurn ? { now: look.now, waitMs: 0 } : await turnToAsk(tx, booking);
  const pauseMs = isWaiting ? config.NOMINATION_TIMEOUT_MS : waitMs;
  if (pauseMs > 0) await moveSearch(tx, booking, { dispatchDueAt: dueIn(pauseMs, now, booking) });
  else await askForDrivers(tx, config, { booking, look: { ...look, now } });
}
