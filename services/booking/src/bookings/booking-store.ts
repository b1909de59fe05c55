import {
  BOOKING_STATUSES,
  type Booking,
  type BookingStatus,
  DomainError,
  type Principal,
  toGeoPoint,
} from '@logi/contracts';
import { compiledOnce } from '@logi/persistence';
import { type ExpressionBuilder, type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { Cursor } from '../cursor.ts';
import { toAmount } from '../pricing/money.ts';
import type { BookingRow, BookingTx, LockedBooking, Tables } from '../tables.ts';

/** A booking's id in a path. What is no UUID names no booking, so it is not found rather than malformed. */
export const bookingPath = z.object({ booking_id: z.string() });
const uuid = z.uuid();

/**
 * The booking, locked until the transaction ends. Every change begins here, so all changes of one booking stand in a
 * line, and whoever holds this lock may then lock drivers.
 */
export async function lockBooking(tx: BookingTx, bookingId: string): Promise<LockedBooking> {
  if (!uuid.safeParse(bookingId).success) throw new DomainError('booking_not_found');
  const [row] = await selectForUpdate(tx, { bookingId });
  if (!row) throw new DomainError('booking_not_found');
  return row;
}

/** PostgreSQL tells it anew where it had to wait for the lock and the row is another by then, so times follow versions. */
export const LOCKED_AT = sql<Date>`clock_timestamp()`.as('lockedAt');

const selectForUpdate = compiledOnce<Tables, { bookingId: string }, LockedBooking>((tx, { bookingId }) =>
  tx.selectFrom('booking').selectAll().select(LOCKED_AT).where('bookingId', '=', bookingId).forUpdate(),
);

/** A driver is being asked about the booking, and may still say yes. */
const isOffered = (driverId: string) => sql<boolean>`exists (
  select from offer where offer.booking_id = booking.booking_id and driver_id = ${driverId} and state = 'open'
    and expires_at > clock_timestamp())`;

/** Whose bookings this principal may see: the rule stands in the query, so that no route can forget it. */
function visibleTo(principal: Principal) {
  return (where: ExpressionBuilder<Tables, 'booking'>) => {
    switch (principal.role) {
      case 'user':
        return where('userId', '=', principal.id);
      case 'driver':
        return where('driverId', '=', principal.id);
      case 'admin':
        return where.lit(true);
      default:
        return principal.role satisfies never;
    }
  };
}

/** The same rule for a row at hand. Somebody else's booking is not found, which tells less than a refusal would. */
export function assertVisible(row: BookingRow, { role, id }: Principal): void {
  const isTheirs = role === 'admin' || (role === 'user' ? row.userId === id : row.driverId === id);
  if (!isTheirs) throw new DomainError('booking_not_found');
}

/** `asOffered` also finds what a driver is only being asked about. */
export async function findBooking(
  ctx: Context,
  bookingId: string,
  principal: Principal,
  { asOffered = false } = {},
): Promise<BookingRow> {
  if (!uuid.safeParse(bookingId).success) throw new DomainError('booking_not_found');
  const row = await ctx.db
    .selectFrom('booking')
    .selectAll()
    .where('bookingId', '=', bookingId)
    .where((where) =>
      asOffered && principal.role === 'driver'
        ? where.or([visibleTo(principal)(where), isOffered(principal.id)])
        : visibleTo(principal)(where),
    )
    .executeTakeFirst();
  if (!row) throw new DomainError('booking_not_found');
  return row;
}

/** What is left out does not matter. Times are those of creation. */
export type BookingFilter = {
  statuses?: readonly BookingStatus[] | undefined;
  userId?: string | undefined;
  driverId?: string | undefined;
  vehicleType?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
};

type Page = { filter: BookingFilter; after: Cursor | undefined; limit: number };

/** A page of the principal's bookings, newest first, from just behind a cursor. */
export async function listBookings(ctx: Context, principal: Principal, page: Page): Promise<BookingRow[]> {
  const { statuses, userId, driverId, vehicleType } = page.filter;
  const isOfAll = principal.role === 'admin' && userId === undefined && driverId === undefined;
  if (isOfAll && (statuses ?? vehicleType) !== undefined) return listByKind(ctx, page);
  let query = ctx.db.selectFrom('booking').selectAll().where(visibleTo(principal)).where(isWithin(page));
  // Not `in`: filters that exclude each other leave no status, and an empty list is no SQL.
  if (statuses) query = query.where('status', '=', sql<BookingStatus>`any(${statuses}::text[])`);
  if (userId !== undefined) query = query.where('userId', '=', userId);
  if (driverId !== undefined) query = query.where('driverId', '=', driverId);
  if (vehicleType !== undefined) query = query.where('vehicleType', '=', vehicleType);
  return query.orderBy('createdAt', 'desc').orderBy('bookingId', 'desc').limit(page.limit).execute();
}

function isWithin({ filter: { from, to }, after }: Page): RawBuilder<boolean> {
  const conditions = [
    ...(from ? [sql`created_at >= ${from}`] : []),
    ...(to ? [sql`created_at < ${to}`] : []),
    ...(after ? [sql`(created_at, booking_id) < (${after.at}, ${after.id}::uuid)`] : []),
  ];
  return conditions.length === 0 ? sql`true` : sql`${sql.join(conditions, sql` and `)}`;
}

/**
 * Of everybody's. Rare ones among millions are not looked for in the order of time: for each pair of status and vehicle type its
 * newest are taken from the index, and the newest of those.
 */
async function listByKind(ctx: Context, page: Page): Promise<BookingRow[]> {
  const { statuses = BOOKING_STATUSES, vehicleType } = page.filter;
  const newest = sql`order by created_at desc, booking_id desc limit ${page.limit}`;
  const { rows } = await sql<BookingRow>`
    select booking.* from unnest(${statuses}::text[]) as wanted (status)
    cross join (select vehicle_type from vehicle_type
      where ${vehicleType === undefined ? sql`true` : sql`vehicle_type = ${vehicleType}`}) as type
    cross join lateral (
      select * from booking
      where booking.status = wanted.status and booking.vehicle_type = type.vehicle_type and ${isWithin(page)} ${newest}
    ) booking ${newest}`.execute(ctx.db);
  return rows;
}

/** What a driver is told who is asked about it: as `new_booking_request` says it. */
export function presentRequest(row: BookingRow) {
  const { booking_id, user_id, pickup_location, dropoff_location, vehicle_type, price_estimate, currency } =
    presentBooking(row);
  return { booking_id, user_id, pickup_location, dropoff_location, vehicle_type, price_estimate, currency };
}

/** The one place where a row becomes what the API and the events show. */
export function presentBooking(row: BookingRow): Booking {
  return {
    booking_id: row.bookingId,
    user_id: row.userId,
    driver_id: row.driverId,
    status: row.status,
    version: row.version,
    pickup_location: toGeoPoint({ latitude: row.pickupLatitude, longitude: row.pickupLongitude }),
    dropoff_location: toGeoPoint({ latitude: row.dropoffLatitude, longitude: row.dropoffLongitude }),
    vehicle_type: row.vehicleType,
    price_estimate: toAmount(row.priceMinor, row.currency),
    currency: row.currency,
    scheduled_at: row.scheduledAt?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}
