/*
 * Devices stamp fixes by their own clocks, and some of these are wrong. A lead shows by itself: a fix cannot be from the
 * future. A lag does not: a fix that is an hour old by its time looks like the backlog of a phone that was offline, byte
 * for byte. So a lag is believed only if the message says when it was sent, or once it stays the same: a backlog that is
 * uploaded catches up, and a fix that is sent again and again ages; a clock that is slow stays slow.
 *
 *   right          what the device says is within moments of now, or older by differing lags
 *     newest fix is ahead of now                  → corrected by that lead, at once
 *     the message was sent at another time        → corrected by the difference, at once
 *     the newest fix lags                         → suspected
 *   suspected      receipts whose newest fixes lag equally
 *     another lag                                 → suspected anew
 *     three receipts and 20 s of the same lag     → corrected by it
 *   corrected      as right, by the corrected clock; a clock that has been set, or that of another phone, shows as a lead
 *                  again if it was slow, and by being right if it was fast
 */

/** Networks, queues and whole seconds make so much of a difference; nothing follows from less. */
const TOLERANCE_MS = 2_000;
/** Lags that differ by less are equal. */
const EQUAL_MS = 3_000;
/** A lag that is less does no harm. */
const LEAST_LAG_MS = 10_000;
const RUN_RECEIPTS = 3;
const RUN_MS = 20_000;
/** A clock that is wrong by more is not believed at all; see isPossible. */
const MAX_OFFSET_MS = 86_400_000;

/** All times in milliseconds. `offsetMs` is added to what the device says. */
export type Clock = { offsetMs: number; run: { lagMs: number; since: number; receipts: number } | null };
export const RIGHT_CLOCK: Clock = { offsetMs: 0, run: null };

/** What one message tells of the clock of its device: its newest fix, and when the message says that it was sent. */
export type Said = { newest: number; sentAt: number | null; receivedAt: number };

/** The clock after one more message, which is to be read by it. */
export function hearClock(clock: Clock, { newest, sentAt, receivedAt }: Said): Clock {
  const { offsetMs, run } = clock;
  if (sentAt !== null && newest <= sentAt + TOLERANCE_MS && Math.abs(receivedAt - sentAt) <= MAX_OFFSET_MS) {
    const difference = receivedAt - sentAt;
    return { offsetMs: Math.abs(difference - offsetMs) <= TOLERANCE_MS ? offsetMs : settle(difference), run: null };
  }
  const rawLagMs = receivedAt - newest;
  if (offsetMs < 0 && rawLagMs >= -TOLERANCE_MS && rawLagMs < LEAST_LAG_MS) return RIGHT_CLOCK;
  const lagMs = rawLagMs - offsetMs;
  if (lagMs < -TOLERANCE_MS) return { offsetMs: settle(offsetMs + lagMs), run: null };
  if (lagMs < LEAST_LAG_MS || lagMs + offsetMs > MAX_OFFSET_MS + EQUAL_MS) return run ? { offsetMs, run: null } : clock;
  if (!run || Math.abs(lagMs - run.lagMs) > EQUAL_MS) {
    return { offsetMs, run: { lagMs, since: receivedAt, receipts: 1 } };
  }
  const receipts = run.receipts + 1;
  if (receipts < RUN_RECEIPTS || receivedAt - run.since < RUN_MS) return { offsetMs, run: { ...run, receipts } };
  return { offsetMs: settle(offsetMs + Math.min(lagMs, run.lagMs)), run: null };
}

/** A clock that is nearly right is right. */
function settle(offsetMs: number): number {
  return Math.abs(offsetMs) <= TOLERANCE_MS ? 0 : offsetMs;
}

const YEAR_MS = 365 * 86_400_000;

/** A day ahead, or years ago, is no time of a fix: a clock that was reset, or overflowed. */
export function isPossible(time: number, now: number, retentionMs: number): boolean {
  return time <= now + MAX_OFFSET_MS && time >= now - Math.max(YEAR_MS, retentionMs);
}
