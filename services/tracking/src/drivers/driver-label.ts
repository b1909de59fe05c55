import { DomainError, driverLabel, type LatLon } from '@logi/contracts';
import { appendEvent } from '@logi/events';
import { compiledOnce } from '@logi/persistence';
import { sql, type UpdateObject } from 'kysely';
import { FRESH_FIX_MS } from '../judging/fresh.ts';
import type { DriverRow, Tables, TrackingTx } from '../tables.ts';
import { tellSignal } from './tell-signal.ts';

/**
 * Changes what we know of a driver, and what follows from it: the label, the event if the label is another one now, and
 * where the driver is on the map. Everything that can change a label comes through here, under the lock of the row.
 */
export async function relabelDriver(
  tx: TrackingTx,
  driverId: string,
  change: Partial<Omit<DriverRow, 'driverId' | 'status' | 'version'>>,
): Promise<{ before: DriverRow; after: DriverRow }> {
  const before = (await lockDriver(tx, driverId)) ?? (await addDriver(tx, driverId));
  const status = driverLabel({ ...before, ...change });
  const goesOnDuty = before.duty === 'Offline' && change.duty === 'Online';
  if (goesOnDuty) await assertNotBlocked(tx, driverId);
  const isNewLabel = status !== before.status;
  const [after] = await updateDriver(tx, {
    driverId,
    ...change,
    status,
    ...(goesOnDuty && { onDutySince: change.statusCallAt ?? new Date() }),
    ...(isNewLabel && { version: before.version + 1 }),
  });
  if (!after) throw new Error('a driver is gone while they are locked');
  if (after.vehicleType !== before.vehicleType) await beJudgedAnew(tx, driverId);
  // Being taken moves nobody: where the label stays, the place does.
  const place = isNewLabel || change.work === undefined ? await placeOnMap(tx, after) : null;
  if (isNewLabel) {
    appendEvent(tx, {
      type: 'driver.status_changed',
      aggregateId: driverId,
      version: after.version,
      data: {
        driver_id: driverId,
        status,
        vehicle_type: after.vehicleType,
        position: status === 'Available' ? place : null,
      },
    });
  }
  await tellSignal(tx, before, after);
  return { before, after };
}

async function lockDriver(tx: TrackingTx, driverId: string): Promise<DriverRow | undefined> {
  const [row] = await selectForUpdate(tx, { driverId });
  return row;
}

const selectForUpdate = compiledOnce<Tables, { driverId: string }, DriverRow>((tx, { driverId }) =>
  tx.selectFrom('driver').selectAll().where('driverId', '=', driverId).forNoKeyUpdate(),
);

type Values = UpdateObject<Tables, 'driver'> & { driverId: string };

const updateDriver = compiledOnce<Tables, Values, DriverRow>((tx, { driverId, ...set }) =>
  tx.updateTable('driver').set(set).where('driverId', '=', driverId).returningAll(),
);

/** Of two who add the same one, the second waits for the first, and finds their row. */
async function addDriver(tx: TrackingTx, driverId: string): Promise<DriverRow> {
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
  const added = await lockDriver(tx, driverId);
  if (!added) throw new Error('a driver is gone again');
  return added;
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

/** Puts the driver on the map that matching and admins read, or takes them off it. Where they are on it now. */
async function placeOnMap(tx: TrackingTx, { driverId, status, vehicleType }: DriverRow): Promise<LatLon | null> {
  if (status === 'Offline') {
    await tx.deleteFrom('driverPlace').where('driverId', '=', driverId).execute();
    return null;
  }
  // A driver without a fresh fix is placed as soon as one is in; one who has a place keeps it.
  const { rows } = await sql<LatLon>`
    insert into driver_place (driver_id, vehicle_type, status, latitude, longitude)
    select driver_id, ${vehicleType}, ${status}, latitude, longitude from driver_latest latest
    where driver_id = ${driverId} and (recorded_at >= now() - make_interval(secs => ${FRESH_FIX_MS / 1_000})
      or exists (select from driver_place place where place.driver_id = latest.driver_id))
    on conflict (driver_id) do update set vehicle_type = excluded.vehicle_type, status = excluded.status,
      latitude = excluded.latitude, longitude = excluded.longitude
    returning latitude, longitude`.execute(tx);
  return rows[0] ?? null;
}
