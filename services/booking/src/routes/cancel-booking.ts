import {
  allowedTransitions,
  apiSchemas,
  booking,
  DomainError,
  isAssigned,
  optional,
  type Principal,
  storableText,
} from '@logi/contracts';
import { recordAct } from '@logi/events';
import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import { assertVisible, bookingPath, lockBooking, presentBooking } from '../bookings/booking-store.ts';
import { assertMayCancel } from '../bookings/caps.ts';
import { type Actor, changeStatus } from '../bookings/change-status.ts';
import type { Config } from '../config.ts';
import { type Context, commit } from '../context.ts';
import { endJob } from '../search/drivers.ts';
import { closeOffers } from '../search/offers.ts';
import { returnToSearch } from '../search/search.ts';
import type { BookingRow, BookingTx, LockedBooking } from '../tables.ts';

const cancelBody = z
  .strictObject({ reason: optional(storableText(500)) })
  .register(apiSchemas, { id: 'CancelRequest', examples: [{ reason: 'changed_plans' }] })
  .nullish();

export function cancelBooking(app: HttpApp, ctx: Context): void {
  app.post(
    '/v1/bookings/:booking_id/cancel',
    {
      config: { roles: ['user', 'driver', 'admin'] },
      schema: {
        operationId: 'cancelBooking',
        tags: ['Bookings'],
        errors: ['booking_not_found', 'illegal_transition', 'too_many_cancels'],
        summary: 'Cancel; a driver’s cancel before collection starts a new search, after collection the goods return',
        params: bookingPath,
        body: cancelBody,
        response: { 200: booking },
      },
    },
    async (request) => {
      const { params, principal, body } = request;
      const cancelled = await commit(ctx, async (tx) => {
        const row = await lockBooking(tx, params.booking_id);
        const asGivenBack = await findGivenBack(tx, row, principal);
        if (asGivenBack) return asGivenBack;
        assertVisible(row, principal);
        const changed = await cancel(tx, ctx.config, row, { actor: principal, reason: body?.reason });
        if (changed.version !== row.version) {
          const details = { from: row.status, to: changed.status, reason: body?.reason ?? null };
          recordAct(tx, request, {
            act: 'booking.cancelled',
            subject: { kind: 'booking', id: row.bookingId },
            details: { ...details, user_id: row.userId, driver_id: row.driverId },
          });
        }
        return changed;
      });
      return presentBooking(cancelled);
    },
  );
}

/**
 * The booking as it was when this driver gave it back, if they did: it is not theirs to see any more, but the answer may
 * have been lost. What has become of it since is left out.
 */
async function findGivenBack(tx: BookingTx, row: BookingRow, { role, id }: Principal): Promise<BookingRow | undefined> {
  if (role !== 'driver' || row.driverId === id) return undefined;
  const change = await tx
    .selectFrom('history')
    .selectAll()
    .where('bookingId', '=', row.bookingId)
    .where('actorRole', '=', role)
    .where('actorId', '=', id)
    .where('toStatus', '=', 'Searching')
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return change && { ...row, driverId: null, status: change.toStatus, version: change.version, updatedAt: change.at };
}

/** What a cancel comes to, in the end: there is nothing left to do. */
function isCancelled({ status }: BookingRow): boolean {
  return status === 'Cancelled' || status === 'Returning';
}

async function cancel(
  tx: BookingTx,
  config: Config,
  row: LockedBooking,
  by: { actor: Actor; reason: string | undefined },
): Promise<BookingRow> {
  if (isCancelled(row)) return row; // asked again: the first answer may have been lost
  // The table knows one way out of each status for each actor: Cancelled, back to Searching, or Returning.
  const [to] = allowedTransitions(row.status, 'cancel', by.actor.role);
  if (to !== undefined && by.actor.role === 'user') await assertMayCancel(tx, config, by.actor.id);
  switch (to) {
    case undefined:
      throw new DomainError('illegal_transition', { details: { status: row.status, allowed: [] } });
    case 'Searching':
      return returnToSearch(tx, config, row, by);
    default: {
      await closeOffers(tx, row, { as: 'withdrawn' });
      const changed = await changeStatus(tx, row, { to, ...by });
      if (!isAssigned(to) && row.driverId !== null) await endJob(tx, row.driverId);
      return changed;
    }
  }
}
