import type { DriverSignal } from '@logi/contracts';
import { type Expression, sql } from 'kysely';
import { type Context, commit } from '../context.ts';
import type { TrackingTx } from '../tables.ts';
import { relabelDriver } from './driver-label.ts';

const SWEEP_BATCH = 500;
const DARK_AGAIN_FACTOR = 1.5;
const DARK_MEMORY_MS = 900_000;

/**
 * Lets the signal of silent drivers fade: Live, then Stale, then Dark, by the time since their last sign of life. Coming
 * back is not its business: the next point makes a driver Live in the transaction that stores it.
 */
export async function fadeSignals(ctx: Context): Promise<void> {
  for (const driverId of await fadedDrivers(ctx)) await commit(ctx, (tx) => fade(tx, ctx, driverId));
}

/**
 * The signal that a driver's silence amounts to, in SQL. Whoever has been Dark a while ago may be silent for longer
 * before being Dark again: an app that reports every 125 s would otherwise come and go with each report.
 */
function signalBySilence({ config }: Context) {
  const heardWithin = (ms: Expression<number>) =>
    sql`greatest(latest.heard_at, driver.status_call_at) > now() - make_interval(secs => ${ms} / 1000.0)`;
  const darkAfterMs = sql<number>`case
    when driver.went_dark_at > now() - make_interval(secs => ${DARK_MEMORY_MS / 1000})
    then ${config.SIGNAL_DARK_AFTER_MS * DARK_AGAIN_FACTOR}::float8 else ${config.SIGNAL_DARK_AFTER_MS}::float8 end`;
  return sql<DriverSignal>`case
    when ${heardWithin(sql`${config.SIGNAL_STALE_AFTER_MS}::float8`)} then 'Live'
    when ${heardWithin(darkAfterMs)} then 'Stale'
    else 'Dark' end`;
}

async function fadedDrivers(ctx: Context): Promise<string[]> {
  const { rows } = await sql<{ driverId: string }>`
    select driver.driver_id from driver left join driver_latest latest using (driver_id)
    where (driver.duty = 'Online' or driver.work = 'On Job') and driver.signal <> 'Dark'
      and driver.signal <> ${signalBySilence(ctx)}
    limit ${SWEEP_BATCH}`.execute(ctx.db);
  return rows.map((row) => row.driverId);
}

/** Judges once more under the lock: a point may have come since the sweep looked. */
async function fade(tx: TrackingTx, ctx: Context, driverId: string): Promise<void> {
  await sql`select from driver where driver_id = ${driverId} for no key update`.execute(tx);
  const { rows } = await sql<{ signal: DriverSignal }>`
    select ${signalBySilence(ctx)} as signal
    from driver left join driver_latest latest using (driver_id) where driver.driver_id = ${driverId}`.execute(tx);
  const signal = rows[0]?.signal;
  if (signal) await relabelDriver(tx, driverId, { signal, ...(signal === 'Dark' && { wentDarkAt: new Date() }) });
}
