import { DomainError, driverLabel, type LatLon } from '@logi/contracts';
import { appendEvent } from '@logi/events';
import { compiledOnce, withNext } from '@logi/persistence';
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
  const set = {
    ...change,
    status,
    ...(goesOnDuty && { onDutySince: change.statusCallAt ?? new Date() }),
    ...(isNewLabel && { version: before.version + 1 }),
  };
  await updateDriver.withNext(tx, { driverId, ...set });
  const after = { ...before, ...set };
  if (after.vehicleType !== before.vehicleType) await beJudgedAnew(tx, driverId);
  const isAvailableAgain = isNewLabel && status === 'Available';
  const position = isAvailableAgain ? await placeAndFind(tx, after) : null;
  // Being taken moves nobody: where the label stays, the place does.
  if (!isAvailableAgain && (isNewLabel || change.work === undefined)) await placeOnMap(tx, after);
  if (isNewLabel) {
    appendEvent(tx, {
      type: 'driver.status_changed',
      aggregateId: driverId,
      version: after.version,
      data: {
        driver_id: driverId,
        status,
        vehicle_type: after.vehicleType,
        position,
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

const updateDriver = compiledOnce<Tables, Values, unknown>((tx, { driverId, ...set }) =>
  tx.updateTable('driver').set(set).where('driverId', '=', driverId),
);

/** Of two who add the same one, the second waits for the first, and finds their row. */
async function addDriver(tx: TrackingTx, driverId: string): Promise<DriverRow> {
  const adding = tx
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
    .onConflict((conflict) => conflict.doNothing());
  await withNext(tx, adding);
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
  await withNext(tx, sql`update driver_latest set stamp = stamp + 1 where driver_id = ${driverId}`);
}

type Placed = Pick<DriverRow, 'driverId' | 'status' | 'vehicleType'>;

/** Puts the driver on the map that matching and admins read, or takes them off it. */
async function placeOnMap(tx: TrackingTx, { driverId, status, vehicleType }: Placed): Promise<void> {
  if (status === 'Offline') await deletePlace.withNext(tx, { driverId });
  else await upsertPlace.withNext(tx, { driverId, status, vehicleType });
}

/** The same of one who is not Offline; where they are on it now. */
async function placeAndFind(tx: TrackingTx, { driverId, status, vehicleType }: Placed): Promise<LatLon | null> {
  const [place] = await upsertPlace(tx, { driverId, status, vehicleType });
  return place ?? null;
}

const deletePlace = compiledOnce<Tables, Pick<Placed, 'driverId'>, unknown>((tx, { driverId }) =>
  tx.deleteFrom('driverPlace').where('driverId', '=', driverId),
);

// A driver without a fresh fix is placed as soon as one is in; one who has a place keeps it.
const upsertPlace = compiledOnce<Tables, Placed, LatLon>(
  (_tx, { driverId, status, vehicleType }) => sql<LatLon>`
    insert into driver_place (driver_id, vehicle_type, status, latitude, longitude)
    select driver_id, ${vehicleType}, ${status}, latitude, longitude from driver_latest latest
    where driver_id = ${driverId} and (recorded_at >= now() - make_interval(secs => ${FRESH_FIX_MS / 1_000})
      or exists (select from driver_place place where place.driver_id = latest.driver_id))
    on conflict (driver_id) do update set vehicle_type = excluded.vehicle_type, status = excluded.status,
      latitude = excluded.latitude, longitude = excluded.longitude
    returning latitude, longitude`,
);
