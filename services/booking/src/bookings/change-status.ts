import { type ActorRole, type BookingStatus, bookingEventType, isTerminal } from '@logi/contracts';
import { appendEvent } from '@logi/events';
import { compiledOnce } from '@logi/persistence';
import type { QueryCreator } from 'kysely';
import type { BookingRow, BookingTx, LockedBooking, Tables } from '../tables.ts';
import { presentBooking } from './booking-store.ts';

export type Actor = { role: ActorRole; id: string };
export const DISPATCH: Actor = { role: 'system', id: 'dispatch' };

export type StatusChange = {
  to: BookingStatus;
  actor: Actor;
  reason?: string | null | undefined;
  /** An admin gives it to a driver who was being asked about it. */
  wasOffered?: boolean;
  /** Other columns that change with the status. */
  set?: Partial<BookingRow>;
};

/**
 * Moves a locked booking to another status: the row, its history and its event. Whether this actor may do so was decided
 * before, by the transition table; the history's foreign key stops whatever was not, and its primary key whoever has no lock.
 * All of the row is known beforehand, so nobody waits for it.
 */
export async function changeStatus(
  tx: BookingTx,
  booking: LockedBooking,
  { to: status, actor, reason = null, wasOffered, set }: StatusChange,
): Promise<LockedBooking> {
  const { bookingId, driverId, version: before, status: from, lockedAt: updatedAt } = booking;
  const nothingDue = { searchDeadline: null, dispatchDueAt: null }; // unless the change says what is
  const kept = { driverId, ...nothingDue, ...milestone(booking, status, reason) };
  const changed = { ...kept, ...set, status, version: before + 1, updatedAt };
  await moveAndRecord.withNext(tx, { ...changed, bookingId, before, from, role: actor.role, id: actor.id, reason });
  const row = { ...booking, ...changed };
  tellChange(tx, row, { from, previousDriverId: driverId, actor, reason, wasOffered });
  return row;
}

type Values = Partial<BookingRow> &
  Recorded & { before: number; from: BookingStatus; role: ActorRole; id: string; reason: string | null };

const moveAndRecord = compiledOnce<Tables, Values, unknown>(
  (tx, { bookingId, before, from, role, id, reason, ...set }) => {
    const changing = tx.with('changed', (cte) =>
      cte.updateTable('booking').set(set).where('bookingId', '=', bookingId).where('version', '=', before),
    );
    return insertHistory(changing, { bookingId, ...set }, { from, actor: { role, id }, reason });
  },
);

/** The moments that statistics count with. A booking that searches again has not been accepted yet. */
function milestone(
  { lockedAt: now, collectedAt }: LockedBooking,
  to: BookingStatus,
  endReason: string | null,
): Partial<BookingRow> {
  if (to === 'Searching') return { acceptedAt: null };
  if (to === 'Accepted') return { acceptedAt: now };
  if (to === 'Goods Collected' || to === 'In Transit') return { collectedAt: collectedAt ?? now };
  return isTerminal(to) ? { endedAt: now, endReason } : {};
}

type Change = { from: BookingStatus | null; actor: Actor; reason?: string | null | undefined };
type ToldChange = Change & { previousDriverId: string | null; wasOffered?: boolean | undefined };

type Recorded = Pick<BookingRow, 'bookingId' | 'version' | 'status' | 'driverId' | 'updatedAt'>;

/** The history row of a change, in the statement that makes it. */
export function insertHistory(
  statement: Pick<QueryCreator<Tables>, 'insertInto'>,
  { bookingId, version, status, driverId, updatedAt }: Recorded,
  { from, actor, reason }: Change,
) {
  return statement.insertInto('history').values({
    bookingId,
    version,
    fromStatus: from,
    toStatus: status,
    driverId,
    actorRole: actor.role,
    actorId: actor.id,
    reason: reason ?? null,
    at: updatedAt,
  });
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
