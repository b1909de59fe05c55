import { type ActorRole, type BookingStatus, bookingEventType, isTerminal } from '@logi/contracts';
import { appendEvent } from '@logi/events';
import { compiledOnce } from '@logi/persistence';
import { type QueryCreator, sql, type UpdateObject } from 'kysely';
import type { BookingRow, BookingTx, Tables } from '../tables.ts';
import { presentBooking } from './booking-store.ts';

export type Actor = { role: ActorRole; id: string };
export const DISPATCH: Actor = { role: 'system', id: 'dispatch' };

export type StatusChange = {
  to: BookingStatus;
  actor: Actor;
  reason?: string | undefined;
  /** An admin gives it to a driver who was being asked about it. */
  wasOffered?: boolean;
  /** Other columns that change with the status. */
  set?: UpdateObject<Tables, 'booking'>;
};

/**
 * Moves a locked booking to another status: the row, its history and its event. Whether this actor may do so was decided
 * before, by the transition table; the history's foreign key stops whatever was not.
 */
export async function changeStatus(tx: BookingTx, booking: BookingRow, change: StatusChange): Promise<BookingRow> {
  const { to, actor, reason, wasOffered, set } = change;
  const { bookingId, version: before, status: from } = booking;
  const values = { bookingId, before, from, role: actor.role, id: actor.id, reason: reason ?? null };
  const nothingDue = { searchDeadline: null, dispatchDueAt: null }; // unless the change says what is
  const [row] = await moveAndRecord(tx, { ...nothingDue, ...set, ...values, version: before + 1 }, to);
  if (!row) throw new Error(`booking ${bookingId} was changed without its lock`);
  tellChange(tx, row, { from: booking.status, previousDriverId: booking.driverId, actor, reason, wasOffered });
  return row;
}

type Values = UpdateObject<Tables, 'booking'> & {
  bookingId: string;
  before: number;
  from: BookingStatus;
  role: ActorRole;
  id: string;
  reason: string | null;
};

const moveAndRecord = compiledOnce<Tables, Values, BookingRow, BookingStatus>(
  (tx, { bookingId, before, from, role, id, reason, ...set }, status) =>
    tx
      .with('changed', (cte) =>
        cte
          .updateTable('booking')
          .set({ ...milestone(status, reason), ...set, status, updatedAt: sql`clock_timestamp()` })
          .where('bookingId', '=', bookingId)
          .where('version', '=', before)
          .returningAll(),
      )
      .with('recorded', (cte) => insertHistory(cte, { from, actor: { role, id }, reason }))
      .selectFrom('changed')
      .selectAll(),
);

/** The moments that statistics count with. A booking that searches again has not been accepted yet. */
function milestone(to: BookingStatus, endReason: string | null): UpdateObject<Tables, 'booking'> {
  const now = sql<Date>`clock_timestamp()`;
  if (to === 'Searching') return { acceptedAt: null };
  if (to === 'Accepted') return { acceptedAt: now };
  if (to === 'Goods Collected' || to === 'In Transit') {
    return { collectedAt: sql<Date>`coalesce(collected_at, clock_timestamp())` };
  }
  return isTerminal(to) ? { endedAt: now, endReason } : {};
}

type Change = { from: BookingStatus | null; actor: Actor; reason?: string | null | undefined };
type ToldChange = Change & { previousDriverId: string | null; wasOffered?: boolean | undefined };

/** The history row of a change, in the statement whose part `changed` makes it. */
export function insertHistory(
  statement: QueryCreator<Tables & { changed: Tables['booking'] }>,
  { from, actor, reason }: Change,
) {
  const row = statement
    .selectFrom('changed')
    .select(({ val }) => [
      'bookingId',
      'version',
      val(from).as('from'),
      'status',
      'driverId',
      val(actor.role).as('role'),
      val(actor.id).as('id'),
      val(reason ?? null).as('reason'),
      'updatedAt',
    ]);
  return statement
    .insertInto('history')
    .columns(['bookingId', 'version', 'fromStatus', 'toStatus', 'driverId', 'actorRole', 'actorId', 'reason', 'at'])
    .expression(row);
}

/** The event of a change that the booking row shows already. */
export function tellChange(
  tx: BookingTx,
  row: BookingRow,
  { from, previousDriverId, actor, reason, wasOffered }: ToldChange,
): void {
  const { bookingId, version, status, updatedAt } = row;
  appendEvent(tx, {
    type: bookingEventType({ previousStatus: from, status }),
    aggregateId: bookingId,
    version,
    occurredAt: updatedAt,
    data: {
      ...presentBooking(row),
      previous_status: from,
      previous_driver_id: previousDriverId,
      ...(wasOffered && { was_offered: true }),
      actor,
      reason: reason ?? null,
    },
  });
}
