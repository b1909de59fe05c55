import type { EventOf } from '@logi/contracts';
import { lockBooking } from '../bookings/booking-store.ts';
import type { Config } from '../config.ts';
import { measureSurge } from '../pricing/surge.ts';
import { offerToNominated } from '../search/offer-round.ts';
import { nextExpiry } from '../search/offers.ts';
import type { BookingTx } from '../tables.ts';

/**
 * An answer counts if no later one has come and nobody is being asked, also when it is late and the question was asked
 * again meanwhile: dropping late answers would make a service that lags fall further behind with every round.
 */
export async function driversNominated(tx: BookingTx, config: Config, { data }: EventOf<'drivers.nominated'>) {
  const booking = await lockBooking(tx, data.booking_id);
  const { cell, vehicleType } = booking;
  await measureSurge(tx, config, { cell, vehicleType, availableDrivers: data.available_nearby });
  if (booking.status !== 'Searching' || (await nextExpiry(tx, booking)) !== undefined) return;
  await offerToNominated(tx, config, booking, data);
}
