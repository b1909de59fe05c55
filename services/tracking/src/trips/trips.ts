import { DomainError, type Principal } from '@logi/contracts';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { type Subject, sightOf } from '../drivers/privacy.ts';
import type { TripRow } from '../tables.ts';

/** The newest trip of a booking, if this principal may see it by this door now; else there is nothing to find. */
export async function visibleTrip(
  ctx: Context,
  bookingId: string,
  { principal, view }: { principal: Principal; view: 'location' | 'trail' },
): Promise<TripRow> {
  if (!z.uuid().safeParse(bookingId).success) throw new DomainError('location_not_found');
  const trip = await ctx.db
    .selectFrom('trip')
    .selectAll()
    .where('bookingId', '=', bookingId)
    .orderBy('startedAt', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!trip || sightOf(principal, view, subjectOf(trip)) === 'none') throw new DomainError('location_not_found');
  return trip;
}

function subjectOf({ driverId, userId, endedAt }: TripRow): Subject {
  return { driverId, trip: { userId, isUnderWay: endedAt === null } };
}
