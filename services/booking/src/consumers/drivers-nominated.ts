import type { EventOf } from '@logi/contracts';
import { lockBooking } from '../bookings/booking-store.ts';
import type { Config } from '../config.ts';
import { measureSurge, readDemand } from '../pricing/surge.ts';
import { knownDrivers, offerToNominated } from '../search/offer-round.ts';
import { lookAtSearch } from '../search/round-store.ts';
import type { BookingTx } from '../tables.ts';

/**
 * An answer counts if no later one has come and nobody is being asked, also when it is late and the question was asked
 * again meanwhile: dropping late answers would make a service that lags fall further behind with every round.
 */
export async function driversNominated(tx: BookingTx, config: Config, { data }: EventOf<'drivers.nominated'>) {
  const booking = await lockBooking(tx, data.booking_id);
  const { cell, vehicleType } = booking;
  const { round, available_nearby: availableDrivers, candidates } = data;
  const [demand, look, drivers] = await Promise.all([
    readDemand(tx, booking),
    lookAtSearch(tx, config, booking),
    knownDrivers(tx, candidates),
  ]);
  await measureSurge(tx, config, { cell, vehicleType, ...demand, availableDrivers });
  if (booking.status !== 'Searching' || look.nextExpiry !== null) return;
  const free = Math.max(availableDrivers, candidates.length); // those who were named may be further away
  const surroundings = { free, people: demand.openSearches };
  await offerToNominated(tx, config, booking, { round, candidates, drivers, look, ...surroundings });
}
