import type { DriverSignal } from '@logi/contracts';
import { transactWithEvents } from '@logi/events';
import { withNext } from '@logi/persistence';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { MAX_PLACE_AGE_MS } from '../judging/fresh.ts';
import type { TrackingTx } from '../tables.ts';
import { relabelDriver } from './driver-label.ts';
import { signalBySilence } from './heard.ts';

const SWEEP_BATCH = 500;

/**
 * Lets the signal of silent drivers fade: Live, then Stale, then Dark, by the time since they were last heard of. Coming
 * back is not its business: the next sign makes a driver Live as it is written.
 */
export async function fadeSignals(ctx: Context): Promise<void> {
  for (const driverId of await fadedDrivers(ctx)) await transactWithEvents(ctx.db, (tx) => fade(tx, ctx, driverId));
}

/** Takes drivers off the map whose fix is so old that they can be anywhere; not those who stood. */
export async function dropOldPlaces({ db }: Pick<Context, 'db'>): Promise<void> {
  await sql`
    delete from driver_place place using driver_latest latest
    where latest.driver_id = place.driver_id and latest.stands = false
      and latest.recorded_at < now() - make_interval(secs => ${MAX_PLACE_AGE_MS / 1_000})`.execute(db);
}

async function fadedDrivers(ctx: Context): Promise<string[]> {
  const { rows } = await sql<{ driverId: string }>`
    select driver.driver_id from driver left join driver_latest latest using (driver_id)
      left join driver_heard heard using (driver_id)
    where (driver.duty = 'Online' or driver.work = 'On Job') and driver.signal <> 'Dark'
      and driver.signal <> ${signalBySilence(ctx.config)}
    limit ${SWEEP_BATCH}`.execute(ctx.db);
  return rows.map((row) => row.driverId);
}

/** Judges once more under the lock: a sign may have come since the sweep looked. */
async function fade(tx: TrackingTx, ctx: Context, driverId: string): Promise<void> {
  await withNext(tx, sql`select from driver where driver_id = ${driverId} for no key update`);
  const { rows } = await sql<{ signal: DriverSignal }>`
    select ${signalBySilence(ctx.config)} as signal
    from driver left join driver_latest latest using (driver_id) left join driver_heard heard using (driver_id)
    where driver.driver_id = ${driverId}`.execute(tx);
  const signal = rows[0]?.signal;
  if (signal) await relabelDriver(tx, driverId, { signal, ...(signal === 'Dark' && { wentDarkAt: new Date() }) });
}
