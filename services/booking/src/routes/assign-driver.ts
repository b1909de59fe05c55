import { type AuditAct, allowedTransitions, apiSchemas, booking, DomainError, principalId } from '@logi/contracts';
import { recordAct } from '@logi/events';
import type { HttpApp } from '@logi/service';
import { sql } from 'kysely';
import { z } from 'zod';
import { isDriverBlocked } from '../blocks/block-store.ts';
import { bookingPath, lockBooking, presentBooking } from '../bookings/booking-store.ts';
import { type Actor, changeStatus } from '../bookings/change-status.ts';
import type { Config } from '../config.ts';
import { type Context, commit } from '../context.ts';
import { endJob, lockDrivers, startJob, workOf } from '../search/drivers.ts';
import { assertNotExcluded } from '../search/exclusions.ts';
import { abandonOffer, acceptForDriver, recordAssignment } from '../search/offers.ts';
import { freeForAnother, returnToSearch } from '../search/search.ts';
import { withdrawOffers } from '../search/withdraw-offers.ts';
import type { BookingRow, BookingTx, LockedBooking } from '../tables.ts';

const assignBody = z
  .strictObject({
    driver_id: principalId.nullable().describe('Null takes the driver off the booking and searches for another one'),
  })
  .register(apiSchemas, { id: 'AssignRequest', examples: [{ driver_id: 'dro' }, { driver_id: null }] });

export function assignDriver(app: HttpApp, ctx: Context): void {
  app.post(
    '/v1/bookings/:booking_id/assign',
    {
      config: { roles: ['admin'] },
      schema: {
        operationId: 'assignDriver',
        tags: ['Operators'],
        errors: [
          'booking_not_found',
          'driver_not_found',
          'illegal_transition',
          'driver_excluded',
          'driver_not_available',
        ],
        summary:
          'Give a booking to a driver, or take it from one before collection; after it, hand the goods over to another',
        params: bookingPath,
        body: assignBody,
        response: { 200: booking },
      },
    },
    async (request) => {
      const { params, principal, body } = request;
      const driverId = body.driver_id;
      const assigned = await commit(ctx, async (tx) => {
        const row = await lockBooking(tx, params.booking_id);
        const changed =
          driverId === null
            ? await unassign(tx, ctx.config, row, principal)
            : await assign(tx, ctx.config, row, { driverId, actor: principal });
        if (changed.version !== row.version) {
          recordAct(tx, request, {
            act: driverId === null ? 'booking.unassigned' : actOf(row),
            subject: { kind: 'booking', id: row.bookingId },
            details: { user_id: row.userId, driver_id: driverId, previous_driver_id: row.driverId },
          });
        }
        return changed;
      });
      if (driverId !== null) await withdrawOffers(ctx, driverId);
      return presentBooking(assigned);
    },
  );
}

function actOf(before: BookingRow): AuditAct {
  return isHandOver(before) ? 'booking.handed_over' : 'booking.assigned';
}

/** A driver has the goods. */
function isHandOver({ status }: BookingRow): boolean {
  return allowedTransitions(status, 'assign', 'admin').includes(status);
}

async function unassign(tx: BookingTx, config: Config, row: LockedBooking, actor: Actor): Promise<BookingRow> {
  if (row.status === 'Searching') return row;
  assertAllowed(row, 'Searching');
  return returnToSearch(tx, config, row, { actor, reason: 'unassigned' });
}

type Choice = { driverId: string; actor: Actor };

async function assign(tx: BookingTx, config: Config, row: LockedBooking, choice: Choice): Promise<BookingRow> {
  const { driverId, actor } = choice;
  if (row.driverId === driverId) return row;
  if (row.driverId !== null && isHandOver(row)) return handOver(tx, row, row.driverId, choice);
  assertAllowed(row, row.status === 'Searching' ? 'Accepted' : 'Searching');
  await assertAssignable(tx, row, driverId);
  const reassigned = { actor, reason: 'reassigned' };
  const searching = row.status === 'Searching' ? row : await freeForAnother(tx, config, row, reassigned);
  const wasOffered = await acceptForDriver(tx, searching, driverId);
  if (!wasOffered) await recordAssignment(tx, searching, driverId);
  const by = wasOffered ? 'open offer' : 'assignment';
  if (!(await startJob(tx, driverId, { booking: searching, by }))) {
    throw new DomainError('driver_not_available');
  }
  return changeStatus(tx, searching, { to: 'Accepted', actor, reason: 'assigned', wasOffered, set: { driverId } });
}

/** The goods are on board, so there is no way back to a search: they go from one driver to the other. */
async function handOver(
  tx: BookingTx,
  row: LockedBooking,
  from: string,
  { driverId, actor }: Choice,
): Promise<BookingRow> {
  await lockDrivers(tx, [from, driverId]);
  await assertAssignable(tx, row, driverId);
  await abandonOffer(tx, row);
  await recordAssignment(tx, row, driverId);
  const handedOver = await changeStatus(tx, row, { to: row.status, actor, reason: 'handed_over', set: { driverId } });
  await endJob(tx, from);
  if (!(await startJob(tx, driverId, { booking: row, by: 'assignment' }))) {
    throw new DomainError('driver_not_available');
  }
  return handedOver;
}

function assertAllowed({ status }: BookingRow, to: 'Searching' | 'Accepted'): void {
  const allowed = allowedTransitions(status, 'assign', 'admin');
  if (!allowed.includes(to)) throw new DomainError('illegal_transition', { details: { status, allowed } });
}

/** Only a driver whom tracking has seen on duty: a typing error must not send a booking to nobody. */
async function assertAssignable(tx: BookingTx, row: BookingRow, driverId: string): Promise<void> {
  await assertNotExcluded(tx, row, driverId);
  const driver = await tx
    .selectFrom('driver')
    .selectAll()
    .select(isDriverBlocked(sql`driver_id`).as('isBlocked'))
    .where('driverId', '=', driverId)
    .executeTakeFirst();
  if (!driver || driver.status === null) throw new DomainError('driver_not_found');
  const { status } = driver;
  if (driver.isBlocked || status === 'Offline' || status === 'Unreachable' || workOf(driver) === 'On Job') {
    throw new DomainError('driver_not_available', { details: { status } });
  }
}
