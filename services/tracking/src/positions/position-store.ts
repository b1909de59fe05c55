import type { DriverSignal, DriverStatus } from '@logi/contracts';
import { connect, failpoint } from '@logi/persistence';
import type pg from 'pg';
import type { Verdict } from '../judging/belief.ts';
import { compareFixes } from '../judging/fix.ts';
import { type DriverJudgement, judgeDriver, lookAgain } from '../judging/judge-driver.ts';
import type { Shown } from '../judging/live.ts';
import type { RulesFor } from '../judging/rules.ts';
import { type Advance, type AdvancedRow, advanceLatest } from './advance-latest.ts';
import { copyPoints } from './copy-points.ts';
import type { DriverStates } from './driver-states.ts';
import type { Point } from './point.ts';
import { readWindows, type StampedState, writeJudging } from './state-rows.ts';

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
  /** Null where nobody asks, so of most. */
  status: DriverStatus | null;
  vehicleType: string | null;
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

type Judged = { before: StampedState; judgement: DriverJudgement<Point>; advance: Advance | undefined };

type WriteOptions = {
  states: DriverStates;
  rulesFor: RulesFor;
  /** Whether also drivers are told of who have no job and of whom nothing else is to be done. */
  areAllAsked: boolean;
};

/** Judges points by what is known of their drivers, and writes them in one transaction: the trail, and what is shown. */
export async function writePoints(
  pool: pg.Pool,
  points: readonly Point[],
  { states, rulesFor, areAllAsked }: WriteOptions,
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
      const written = await tryWrite(client, byDriver, { known, states, rulesFor, areAllAsked });
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
  { known, states, rulesFor, areAllAsked }: WriteOptions & { known: ReadonlyMap<string, StampedState> },
): Promise<Written | undefined> {
  const judged = new Map<string, Judged>();
  const points: Point[] = [];
  for (const [driverId, came] of byDriver) {
    const before = known.get(driverId);
    if (!before) continue;
    const judgement = judgeDriver(came, before, rulesFor(before.vehicleType));
    judged.set(driverId, { before, judgement, advance: undefined });
    for (const point of judgement.points) points.push(point);
  }
  await copyPoints(client, points);
  await lookAgainAtLate(client, judged, rulesFor);
  const after = new Map<string, StampedState>();
  const advances: Advance[] = [];
  for (const [driverId, each] of judged) {
    const state = stamp(each);
    after.set(driverId, state);
    if (each.advance) advances.push(each.advance);
  }
  const rows = advances.length === 0 ? [] : await advanceLatest(client, advances, { areAllAsked });
  if (!rows) return undefined;
  failpoint('before_commit');
  await client.query('commit');
  failpoint('after_commit');
  states.remember(after);
  const moved = rows.flatMap((row) => toMoved(row, judged.get(row.driver_id)));
  return { moved, ...heardOf(judged, { rows, moved }), verdicts: verdictsOf(judged) };
}

async function lookAgainAtLate(
  client: pg.ClientBase,
  judged: ReadonlyMap<string, Judged>,
  rulesFor: RulesFor,
): Promise<void> {
  const late: { driverId: string; from: Date }[] = [];
  for (const [driverId, { judgement }] of judged) {
    if (judgement.lookAgainFrom) late.push({ driverId, from: judgement.lookAgainFrom });
  }
  if (late.length === 0) return;
  const windows = await readWindows(client, late);
  for (const { driverId } of late) {
    const each = judged.get(driverId);
    if (!each) continue;
    const { judgement, before } = each;
    judgement.state = lookAgain(judgement.state, windows.get(driverId) ?? [], rulesFor(before.vehicleType));
  }
}

/** The state as it will stand in the row, and what is to be written for that, if anything. */
function stamp(each: Judged): StampedState {
  const { before, judgement } = each;
  const { belief, shown, stands, flaw, clock, devices } = judgement.state;
  const judging = writeJudging(judgement.state);
  const heardAt = judgement.points.at(-1)?.receivedAt;
  const isNew = shown !== null && (shown !== before.shown || judging !== before.judging);
  const known =
    isNew && heardAt ? { stamp: before.stamp + 1, judging } : { stamp: before.stamp, judging: before.judging };
  const { vehicleType } = before;
  const state = { vehicleType, ...known, belief, shown, stands, flaw, clock, devices };
  if (isNew && heardAt) each.advance = { shown, state, heardAt };
  return state;
}

/** Whoever moved is brought back by that, if they were silent. */
function heardOf(
  judged: ReadonlyMap<string, Judged>,
  { rows, moved }: { rows: readonly AdvancedRow[]; moved: readonly Moved[] },
): Pick<Written, 'written' | 'notable'> {
  const silent = new Set(rows.flatMap(({ driver_id, signal }) => (signal === 'Live' ? [] : [driver_id])));
  for (const { point } of moved) silent.delete(point.driverId);
  const written: string[] = [];
  const notable: Notable[] = [];
  for (const [driverId, { judgement, before, advance }] of judged) {
    const isWritten = advance !== undefined && !silent.has(driverId);
    if (isWritten) written.push(driverId);
    const [device] = judgement.state.devices.newestFirst;
    if (device !== undefined && device !== before.devices.newestFirst[0]) notable.push({ driverId, device });
    else if (!isWritten) notable.push({ driverId });
  }
  return { written, notable };
}

function verdictsOf(judged: ReadonlyMap<string, Judged>): Verdict[] {
  const verdicts: Verdict[] = [];
  for (const { judgement } of judged.values()) for (const verdict of judgement.verdicts) verdicts.push(verdict);
  return verdicts;
}

/** What is shown never goes back in time, also where what is believed does. */
function toMoved(row: AdvancedRow, judged: Judged | undefined): Moved[] {
  const { shown = null, stands = null } = judged?.judgement.state ?? {};
  const previous = judged?.before.shown;
  if (!shown || (previous && compareFixes(shown, previous) <= 0)) return [];
  const { booking_id: bookingId, user_id: userId, signal, is_placed: isPlaced, status } = row;
  const job = bookingId !== null && userId !== null ? { bookingId, userId, shown: shownOf(row) } : null;
  const vehicleType = judged?.before.vehicleType ?? null;
  return [{ point: shown, job, stands, signal, isPlaced, status, vehicleType }];
}

function shownOf({ job_since, on_duty_since }: AdvancedRow): Shown {
  return {
    tripStartedAt: new Date(job_since ?? 0),
    onDutySince: on_duty_since === null ? null : new Date(on_duty_since),
  };
}
