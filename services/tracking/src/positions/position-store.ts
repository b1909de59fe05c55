import type { DriverSignal } from '@logi/contracts';
import { connect, failpoint } from '@logi/persistence';
import type pg from 'pg';
import type { Verdict } from '../judging/belief.ts';
import { compareFixes } from '../judging/fix.ts';
import { type DriverJudgement, type JudgingRules, judgeDriver, lookAgain } from '../judging/judge-driver.ts';
import type { Shown } from '../judging/live.ts';
import { type Advance, type AdvancedRow, advanceLatest } from './advance-latest.ts';
import { copyPoints } from './copy-points.ts';
import { type DriverStates, readWindows, type StampedState, writeJudging } from './driver-states.ts';
import type { Point } from './point.ts';

/** The first goes by what is remembered, the others by what is read under locks: only a driver's first row has none. */
const MAX_TRIES = 5;

/** A driver who is now elsewhere, or at another time, and of whom more than that is to be told or done. */
export type Moved = {
  point: Point;
  /** The job at hand, if there is one. */
  job: { bookingId: string; userId: string; shown: Shown } | null;
  stands: boolean | null;
  signal: DriverSignal;
  /** False for a driver who should be on the map and is not yet. */
  isPlaced: boolean;
};

export type Notable = { driverId: string; device?: string | null };

export type Written = {
  moved: Moved[];
  /** Of whom it is written that they were heard of, and who are Live or will be by having moved. */
  written: string[];
  /** The others, and who has another device now: then it is named. */
  notable: Notable[];
  verdicts: Verdict[];
};

type Judged = DriverJudgement<Point> & { before: StampedState };

/** Judges points by what is known of their drivers, and writes them in one transaction: the trail, and what is shown. */
export async function writePoints(
  pool: pg.Pool,
  points: readonly Point[],
  { states, rules }: { states: DriverStates; rules: JudgingRules },
): Promise<Written> {
  const byDriver = Map.groupBy(points, ({ driverId }) => driverId);
  const client = await connect(pool);
  let isWhole = false;
  try {
    for (let tries = 1; ; tries += 1) {
      await client.query('begin');
      const driverIds = [...byDriver.keys()];
      const now = Date.now();
      const known = await (tries === 1 ? states.of(client, driverIds, now) : states.locked(client, driverIds, now));
      const written = await tryWrite(client, byDriver, { known, states, rules });
      if (written) {
        isWhole = true;
        return written;
      }
      await client.query('rollback');
      if (tries === MAX_TRIES) throw new Error('drivers are written of faster than they can be judged');
    }
  } finally {
    if (!isWhole) states.forget(byDriver.keys()); // what became of the rows is not known
    client.release(!isWhole); // a connection in an unknown state is not used again
  }
}

async function tryWrite(
  client: pg.ClientBase,
  byDriver: ReadonlyMap<string, Point[]>,
  { known, states, rules }: { known: ReadonlyMap<string, StampedState>; states: DriverStates; rules: JudgingRules },
): Promise<Written | undefined> {
  const judged = new Map<string, Judged>();
  for (const [driverId, came] of byDriver) {
    const before = known.get(driverId);
    if (before) judged.set(driverId, { ...judgeDriver(came, before, rules), before });
  }
  await copyPoints(
    client,
    [...judged.values()].flatMap(({ points }) => points),
  );
  const late = [...judged.values()].filter(({ lookAgainFrom }) => lookAgainFrom !== null);
  if (late.length > 0) await lookAgainAtLate(client, late, rules);
  const after = new Map<string, StampedState>();
  const advances: Advance[] = [];
  for (const [driverId, each] of judged) {
    const { state, advance } = stampOf(each);
    after.set(driverId, state);
    if (advance) advances.push(advance);
  }
  const rows = advances.length === 0 ? [] : await advanceLatest(client, advances);
  if (!rows) return undefined;
  failpoint('before_commit');
  await client.query('commit');
  failpoint('after_commit');
  states.remember(after);
  const moved = rows.flatMap((row) => toMoved(row, judged.get(row.driver_id)));
  // Whoever moved is brought back by that.
  const silent = new Set(rows.flatMap(({ driver_id, signal }) => (signal === 'Live' ? [] : [driver_id])));
  for (const { point } of moved) silent.delete(point.driverId);
  const written = advances.flatMap(({ shown: { driverId } }) => (silent.has(driverId) ? [] : [driverId]));
  return {
    moved,
    written,
    notable: notableOf(judged, new Set(written)),
    verdicts: [...judged.values()].flatMap(({ verdicts }) => verdicts),
  };
}

async function lookAgainAtLate(client: pg.ClientBase, late: Judged[], rules: JudgingRules): Promise<void> {
  const windows = await readWindows(
    client,
    late.flatMap(({ lookAgainFrom, points: [point] }) =>
      lookAgainFrom && point ? [{ driverId: point.driverId, from: lookAgainFrom }] : [],
    ),
  );
  for (const each of late) {
    const sorted = windows.get(each.points[0]?.driverId ?? '') ?? [];
    each.state = lookAgain(each.state, sorted, rules);
  }
}

/** The state as it will stand in the row, and what is to be written for that, if anything. */
function stampOf({ state, before, points }: Judged): { state: StampedState; advance: Advance | undefined } {
  const judging = writeJudging(state);
  const heardAt = points.at(-1)?.receivedAt;
  if (!state.shown || !heardAt || (state.shown === before.shown && judging === before.judging)) {
    return { state: { ...state, stamp: before.stamp, judging: before.judging }, advance: undefined };
  }
  const after = { ...state, stamp: before.stamp + 1, judging };
  return { state: after, advance: { shown: state.shown, state: after, heardAt } };
}

function notableOf(judged: ReadonlyMap<string, Judged>, written: ReadonlySet<string>): Notable[] {
  const notable: Notable[] = [];
  for (const [driverId, { state, before }] of judged) {
    const [device] = state.devices.newestFirst;
    if (device !== undefined && device !== before.devices.newestFirst[0]) notable.push({ driverId, device });
    else if (!written.has(driverId)) notable.push({ driverId });
  }
  return notable;
}

/** What is shown never goes back in time, also where what is believed does. */
function toMoved(row: AdvancedRow, judged: Judged | undefined): Moved[] {
  const { shown = null, stands = null } = judged?.state ?? {};
  const previous = judged?.before.shown;
  if (!shown || (previous && compareFixes(shown, previous) <= 0)) return [];
  const { booking_id: bookingId, user_id: userId, signal, is_placed: isPlaced } = row;
  const job = bookingId !== null && userId !== null ? { bookingId, userId, shown: shownOf(row) } : null;
  return [{ point: shown, job, stands, signal, isPlaced }];
}

function shownOf({ job_since, on_duty_since }: AdvancedRow): Shown {
  return {
    tripStartedAt: new Date(job_since ?? 0),
    onDutySince: on_duty_since === null ? null : new Date(on_duty_since),
  };
}
