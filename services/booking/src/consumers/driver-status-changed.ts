import type { EventOf } from '@logi/contracts';
import type { Config } from '../config.ts';
import { keepLabel } from '../search/drivers.ts';
import { wakeSearches } from '../search/wake-searches.ts';
import { openOffersOf, withdrawOffer } from '../search/withdraw-offers.ts';
import type { BookingTx } from '../tables.ts';

/**
 * Keeps the label that tracking gives a driver. One who goes off duty is not waited for; one who becomes free is what
 * searches nearby may be waiting for.
 */
export async function driverStatusChanged(
  tx: BookingTx,
  config: Config,
  { data }: EventOf<'driver.status_changed'>,
): Promise<void> {
  const { driver_id: driverId, status, vehicle_type: vehicleType, position } = data;
  if (status === 'Offline') {
    for (const bookingId of await openOffersOf(tx, driverId)) await withdrawOffer(tx, config, { bookingId, driverId });
  }
  if (position && vehicleType) await wakeSearches(tx, config, { ...position, vehicleType });
  await keepLabel(tx, driverId, status);
}
