import { DomainError, driverLabel, type LatLon } from '@logi/contracts';
import { appendEvent } from '@logi/events';
import { sql } from 'kysely';
import { FRESH_FIX_MS } from '../judging/fresh.ts';
import type { DriverRow, TrackingTx } from '../tables.ts';
import { tellSignal } from './tell-signal.ts';

/**
 * Changes what we know of a driver, and what follows from it: the label, the event if the label is another one now, and
 * where the driver is on the map. Everything that can change a label comes through here, under the lock of the row.
 */
export async function relabelDriver(
  tx: TrackingTx,
  driverId: string,
  change: Partial<Omit<DriverRow, 'driverId' | 'status' | 'version'>>,
): Promise<DriverRow> {
  await tx
    .insertInto('driver')
    .values({
      driverId,
      vehicleType: null,
      bookingId: null,
      userId: null,
      statusCallAt: null,
      wentDarkAt: null,
      onDutySince: null,
      jobSince: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const before = await tx
    .selectFrom('driver')
    .selectAll()
    .where('driverId', '=', driverId)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();
  const status = driverLabel({ ...before, ...change });
  const goesOnDuty = before.duty === 'Offline' && change.duty === 'Online';
  if (goesOnDuty) await assertNotBlocked(tx, driverId);
  const isNewLabel = status !== before.status;
  const after = await tx
    .updateTable('driver')
    .set({
      ...change,
      status,
      ...(goesOnDuty && { onDutySince: change.statusCallAt ?? new Date() }),
      ...(isNewLabel && { version: before.version + 1 }),
    })
    .where('driverId', '=', driverId)
    .returningAll()
    .executeTakeFirstOrThrow();
  if (after.vehicleType !== before.vehicleType) await beJudgedAnew(tx, driverId);
  await placeOnMap(tx, after);
  if (isNewLabel) {
    appendEvent(tx, {
      type: 'driver.status_changed',
      aggregateId: driverId,
      version: after.version,
      data: {
        driver_id: driverId,
        status,
        vehicle_type: after.vehicleType,
        position: status === 'Available' ? await placeOf(tx, driverId) : null,
      },
    });
  }
  await tellSignal(tx, before, after);
  return after;
}

/** They were not as they came in. Whoever blocks them locks the row that we have, so one of us sees the other. */
async function assertNotBlocked(tx: TrackingTx, driverId: string): Promise<void> {
  const { rows } = await sql`
    select from block where role = 'driver' and sub = ${driverId} and lifted_at is null
      and tokens_issued_before is null and (until is null or until > clock_timestamp())`.execute(tx);
  if (rows.length > 0) throw new DomainError('blocked');
}

/** Fixes are judged by the speed of the vehicle, which instances remember for as long as the stamp stays. */
async function beJudgedAnew(tx: TrackingTx, driverId: string): Promise<void> {
  await sql`update driver_latest set stamp = stamp + 1 where driver_id = ${driverId}`.execute(tx);
}

async function placeOf(tx: TrackingTx, driverId: string): Promise<LatLon | null> {
  const row = await tx
    .selectFrom('driverPlace')
    .select(['latitude', 'longitude'])
    .where('driverId', '=', driverId)
    .executeTakeFirst();
  return row ?? null;
}

/** Puts the driver on the map that matching and admins read, or takes them off it. */
async function placeOnMap(tx: TrackingTx, { driverId, status, vehicleType }: DriverRow): Promise<void> {
  if (status === 'Offline') {
    await tx.deleteFrom('driverPlace').where('driverId', '=', driverId).execute();
    return;
  }
  // A driver without a fresh fix is placed as soon as one is in; one who has a place keeps it.
  await sql`
    insert into driver_place (driver_id, vehicle_type, status, latitude, longitude)
    select driver_id, ${vehicleType}, ${status}, latitude, longitude from driver_latest latest
    where driver_id = ${driverId} and (recorded_at >= now() - make_interval(secs => ${FRESH_FIX_MS / 1_000})
      or exists (select from driver_place place where place.driver_id = latest.driver_id))
    on conflict (driver_id) do update set vehicle_type = excluded.vehicle_type, status = excluded.status,
      latitude = excluded.latitude, longitude = excluded.longitude`.execute(tx);
}
