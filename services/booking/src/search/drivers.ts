import { type DriverStatus, type DriverWork, isAssigned, toGeoPoint } from '@logi/contracts';
import { appendEvent } from '@logi/events';
import { compiledOnce, withNext } from '@logi/persistence';
import { sql, type UpdateObject } from 'kysely';
import { isDriverBlocked } from '../blocks/block-store.ts';
import type { BookingRow, BookingTx, DriverRow, Tables } from '../tables.ts';

/** Whether a driver is taken, as tracking and the screens know it. */
export function workOf(driver: Pick<DriverRow, 'jobBookingId' | 'openOffers'>): DriverWork {
  if (driver.jobBookingId !== null) return 'On Job';
  return driver.openOffers > 0 ? 'Reserved' : 'Free';
}

/**
 * Takes a free driver for an offer. False when the driver is taken, being taken right now, off duty, out of reach or
 * blocked, or when no label of theirs has been heard: tracking nominates, and a nominee nobody has ever heard of is none. One who has just
 * come on duty may be nominated a moment before; the label that follows wakes the search.
 */
export async function reserveDriver(tx: BookingTx, driverId: string, maxOpenOffers: number): Promise<boolean> {
  // Never waits for a lock, so searches that want the same drivers in another order cannot deadlock.
  const [driver] = await reserveFree(tx, { driverId, maxOpenOffers });
  if (!driver) return false;
  if (driver.openOffers === 1) tellWork(tx, driver);
  return true;
}

const reserveFree = compiledOnce<Tables, { driverId: string; maxOpenOffers: number }, DriverRow>(
  (tx, { driverId, maxOpenOffers }) =>
    updateWork(tx, driverId, { openOffers: sql`open_offers + 1`, offersMade: sql`offers_made + 1` }).where(
      'driverId',
      '=',
      (where) =>
        where
          .selectFrom('driver')
          .select('driverId')
          .where('driverId', '=', driverId)
          .where('jobBookingId', 'is', null)
          .where('openOffers', '<', maxOpenOffers)
          .where((free) => free.not(isDriverBlocked(sql`driver.driver_id`)))
          .where('status', 'in', ['Available', 'Busy']) // Busy by whose job or offer is over: that is ours to know
          .forUpdate()
          .skipLocked(),
    ),
);

/** An offer to the driver was closed without being accepted. */
export async function releaseOffer(tx: BookingTx, driverId: string): Promise<void> {
  const driver = await updateWork(tx, driverId, { openOffers: sql`open_offers - 1` }).executeTakeFirstOrThrow();
  if (driver.openOffers === 0 && driver.jobBookingId === null) tellWork(tx, driver);
}

/** Locked in one order, so that two transactions that need the same two cannot deadlock. */
export async function lockDrivers(tx: BookingTx, driverIds: readonly string[]): Promise<void> {
  const inOrder = tx.selectFrom('driver').select('driverId').where('driverId', 'in', driverIds).orderBy('driverId');
  await withNext(tx, inOrder.forUpdate());
}

type Taking = 'open offer' | 'expired offer' | 'assignment';

/** The driver takes the booking on: by an offer, open or expired, or by an admin's choice. False when they have a job. */
export async function startJob(
  tx: BookingTx,
  driverId: string,
  { booking, by }: { booking: BookingRow; by: Taking },
): Promise<boolean> {
  const [driver] = await takeOn(tx, { driverId, bookingId: booking.bookingId }, by);
  if (!driver) return false;
  tellWork(tx, driver, booking);
  return true;
}

const takeOn = compiledOnce<Tables, { driverId: string; bookingId: string }, DriverRow, Taking>(
  (tx, { driverId, bookingId }, by) =>
    updateWork(tx, driverId, {
      jobBookingId: bookingId,
      ...(by === 'open offer' && { openOffers: sql<number>`open_offers - 1` }),
      ...(by !== 'assignment' && { offersAccepted: sql<number>`offers_accepted + 1` }),
    }).where('jobBookingId', 'is', null),
);

/** The driver has no more to do with this booking. */
export async function endJob(tx: BookingTx, driverId: string): Promise<void> {
  const [driver] = await becomeFree(tx, { driverId });
  if (!driver) throw new Error('a driver with a job is not known');
  tellWork(tx, driver);
}

const becomeFree = compiledOnce<Tables, { driverId: string }, DriverRow>((tx, { driverId }) =>
  updateWork(tx, driverId, { jobBookingId: null, freeSince: sql`clock_timestamp()` }),
);

/** Drivers become known to booking by their label. */
export async function keepLabel(tx: BookingTx, driverId: string, status: DriverStatus): Promise<void> {
  await upsertLabel.withNext(tx, { driverId, status });
}

const upsertLabel = compiledOnce<Tables, { driverId: string; status: DriverStatus }, unknown>((tx, driver) =>
  tx
    .insertInto('driver')
    .values(driver)
    .onConflict((conflict) => conflict.column('driverId').doUpdateSet({ status: driver.status })),
);

type Change = UpdateObject<Tables, 'driver'>;

function updateWork(tx: BookingTx, driverId: string, change: Change) {
  return tx
    .updateTable('driver')
    .set({ ...change, workVersion: sql`work_version + 1` })
    .where('driverId', '=', driverId)
    .returningAll();
}

/** Tells that being taken is another thing now. The booking is named with a job. */
function tellWork(tx: BookingTx, driver: DriverRow, job?: BookingRow): void {
  appendEvent(tx, {
    type: 'driver.work_changed',
    aggregateId: driver.driverId,
    version: driver.workVersion,
    data: {
      driver_id: driver.driverId,
      work: workOf(driver),
      booking_id: job?.bookingId ?? null,
      user_id: job?.userId ?? null,
      ...(job && {
        pickup_location: toGeoPoint({ latitude: job.pickupLatitude, longitude: job.pickupLongitude }),
        dropoff_location: toGeoPoint({ latitude: job.dropoffLatitude, longitude: job.dropoffLongitude }),
        booking_status: isAssigned(job.status) ? job.status : 'Accepted',
      }),
    },
  });
}
