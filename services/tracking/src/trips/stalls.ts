import { ARRIVAL_STAGES, type DriverSignal, distanceMeters, type LatLon } from '@logi/contracts';
import { appendEvent, transactWithEvents } from '@logi/events';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { TrackingTx, TripRow } from '../tables.ts';
import { approach } from './approach.ts';
import { goalOf } from './report-approaches.ts';

const SWEEP_BATCH = 200;
/** One a second of the time after which a driver is replaced; what comes after them is looked at the next time. */
const MAX_INEXACT_FIXES = 1_000;

type Stalled = {
  bookingId: string;
  driverId: string;
  version: number;
  closestAt: Date | null;
  step: 'warned' | 'replace';
  signal: DriverSignal;
  since: Date;
};

/**
 * Tells of drivers who are on the way to a pickup and do not get there: Dark, or no nearer for a while; first as a
 * warning, and later, but not before the driver had time to heed it, that another driver should be found. Whoever has
 * come near has arrived for all we know, since pickups are often pinned on the wrong side of a yard, unless they go Dark;
 * and at the pickup itself phones sleep while their drivers load. Coming nearer again clears the warning.
 */
export async function reportStalls(ctx: Context): Promise<void> {
  for (const stalled of await findStalled(ctx)) await transactWithEvents(ctx.db, (tx) => report(tx, stalled));
}

async function findStalled({ db, config }: Context): Promise<Stalled[]> {
  const ago = (ms: number) => sql`now() - make_interval(secs => ${ms / 1_000})`;
  const heedMs = Math.max(0, config.STALL_REPLACE_AFTER_MS - config.STALL_WARN_AFTER_MS);
  const { rows } = await sql<Stalled>`
    select trip.booking_id, trip.driver_id, trip.version, trip.closest_at, driver.signal, trip.progress_at as since,
      case when trip.stalled is null then 'warned' else 'replace' end as step
    from trip join driver using (driver_id)
    where trip.ended_at is null and trip.leg = 'pickup' and trip.pickup_latitude is not null
      and case when trip.stalled is null
        then driver.signal = 'Dark' or (trip.stage = 0 and trip.progress_at < ${ago(config.STALL_WARN_AFTER_MS)})
        else trip.stalled = 'warned'
          and (trip.stage = 0 or (driver.signal = 'Dark' and trip.stage < ${ARRIVAL_STAGES.length}))
          and trip.progress_at < ${ago(config.STALL_REPLACE_AFTER_MS)}
          and coalesce(trip.warned_at, trip.progress_at) < ${ago(heedMs)} end
    order by trip.booking_id limit ${SWEEP_BATCH}`.execute(db);
  return rows;
}

async function report(tx: TrackingTx, stalled: Stalled): Promise<void> {
  const { bookingId, driverId, step, signal, since } = stalled;
  const nearer = signal === 'Dark' ? undefined : await inexactProgress(tx, stalled);
  const changed = await tx
    .updateTable('trip')
    .set({
      version: stalled.version + 1,
      ...(nearer ?? { stalled: step, ...(step === 'warned' && { warnedAt: sql<Date>`now()` }) }),
    })
    .where('bookingId', '=', bookingId)
    .where('version', '=', stalled.version) // another instance was faster
    .where('closestAt', 'is not distinct from', stalled.closestAt) // or the driver, who came nearer
    .where('endedAt', 'is', null)
    .returning('version')
    .executeTakeFirst();
  if (!changed || nearer) return;
  appendEvent(tx, {
    type: 'driver.stalled',
    aggregateId: bookingId,
    version: changed.version,
    data: {
      booking_id: bookingId,
      driver_id: driverId,
      step,
      reason: signal === 'Dark' ? 'dark' : 'not_approaching',
      since: since.toISOString(),
    },
  });
}

type InexactFix = LatLon & { accuracy: number; recordedAt: Date; receivedAt: Date };

/**
 * Whether the driver comes nearer by fixes that are too inexact for the marker, such as those of a phone that has no other:
 * they are followed by nothing as they come, so they are looked at before a job is lost.
 */
async function inexactProgress(tx: TrackingTx, { bookingId, version }: Stalled): Promise<Partial<TripRow> | undefined> {
  const trip = await tx
    .selectFrom('trip')
    .selectAll()
    .where('bookingId', '=', bookingId)
    .where('version', '=', version)
    .where('endedAt', 'is', null)
    .executeTakeFirst();
  const goal = trip && goalOf(trip);
  if (!goal) return undefined;
  const { rows } = await sql<InexactFix>`
    select latitude, longitude, accuracy, recorded_at, received_at from position
    where driver_id = ${trip.driverId} and recorded_at > ${trip.closestAt ?? trip.startedAt}
      and flaw = 'inaccurate' and accuracy is not null
    order by recorded_at, seq, latitude, longitude limit ${MAX_INEXACT_FIXES}`.execute(tx);
  let { stage, closestMeters, closestAt } = trip;
  let progressAt: Date | undefined;
  for (const fix of rows) {
    const after = approach({ stage, closestMeters, closestAt }, distanceMeters(fix, goal), fix);
    ({ stage, closestMeters, closestAt } = after);
    if (after.isProgress) progressAt = fix.receivedAt;
  }
  return progressAt && { closestMeters, closestAt, progressAt, stalled: null, warnedAt: null };
}
