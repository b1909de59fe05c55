import type { EventOf } from '@logi/contracts';
import type { Logger } from 'pino';
import { lockBooking } from '../bookings/booking-store.ts';
import { DISPATCH } from '../bookings/change-status.ts';
import type { Config } from '../config.ts';
import { returnToSearch } from '../search/search.ts';
import type { BookingTx } from '../tables.ts';

/**
 * The driver is on the way to the pickup and does not come. First that is only noted, for an operator who may want to
 * call; if it goes on, the booking is searched for again, and not with this driver.
 */
export async function driverStalled(
  tx: BookingTx,
  { config, log }: { config: Config; log: Logger },
  { data }: EventOf<'driver.stalled'>,
): Promise<void> {
  const { booking_id: bookingId, driver_id: driverId, step, reason, since } = data;
  const booking = await lockBooking(tx, bookingId);
  const isStillComing = booking.status === 'Accepted' || booking.status === 'En Route to Pickup';
  if (booking.driverId !== driverId || !isStillComing) return;
  log.warn({ bookingId, driverId, reason, since, step }, 'driver does not come to the pickup');
  if (step === 'warned') return;
  await returnToSearch(tx, config, booking, { actor: DISPATCH, reason: `driver_${reason}` });
}
