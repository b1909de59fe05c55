import {
  apiSchemas,
  type Booking,
  booking,
  DomainError,
  optional,
  type Principal,
  principalId,
  timestamp,
} from '@logi/contracts';
import { recordAct } from '@logi/events';
import { compiledOnce } from '@logi/persistence';
import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import { newBookingId } from '../bookings/booking-id.ts';
import { presentBooking } from '../bookings/booking-store.ts';
import { assertRoom } from '../bookings/caps.ts';
import { type Actor, insertHistory, tellChange } from '../bookings/change-status.ts';
import { idempotencyHeader, once } from '../bookings/idempotency.ts';
import type { Config } from '../config.ts';
import { type Context, commit } from '../context.ts';
import { redeemQuote } from '../pricing/quotes.ts';
import {
  priceShipment,
  SHIPMENT_EXAMPLE,
  type Shipment,
  shipmentBody,
  shipmentColumns,
  toShipment,
} from '../pricing/shipment.ts';
import { cellOf } from '../pricing/surge.ts';
import { databaseNow } from '../search/due.ts';
import { NOBODY_EXCLUDED } from '../search/exclusions.ts';
import { beginSearch, searchStart } from '../search/search.ts';
import { lookAtLine, turnInLine } from '../search/turns.ts';
import type { BookingRow, BookingTx, Tables } from '../tables.ts';

const createBody = shipmentBody
  .extend({
    quote_id: optional(z.string()).describe('From an estimate of the same shipment: its price holds'),
    scheduled_at: optional(timestamp),
    on_behalf_of: optional(principalId).describe('The user whose booking it is to be, where an admin makes it'),
  })
  .register(apiSchemas, {
    id: 'BookingRequest',
    examples: [SHIPMENT_EXAMPLE, { ...SHIPMENT_EXAMPLE, scheduled_at: '2026-02-01T08:00:00Z' }],
  });

const DAY_MS = 86_400_000;
/** The columns of a booking for which nothing has been done yet. */
const UNSEARCHED = {
  searchRound: 0,
  searchRadiusStep: 0,
  askedAt: null,
  offeredAt: null,
  acceptedAt: null,
  collectedAt: null,
  endedAt: null,
  endReason: null,
};

export function createBooking(app: HttpApp, ctx: Context): void {
  app.post(
    '/v1/bookings',
    {
      config: { roles: ['user', 'admin'] },
      schema: {
        operationId: 'createBooking',
        tags: ['Bookings'],
        errors: [
          'unknown_vehicle_type',
          'trip_too_long',
          'invalid_schedule',
          'quote_not_found',
          'quote_used',
          'quote_expired',
          'quote_mismatch',
          'too_many_bookings',
          'too_many_scheduled',
          'idempotency_key_reused',
        ],
        summary: 'Book a vehicle, for now or for a later pickup; an admin does so on behalf of a user',
        headers: idempotencyHeader,
        body: createBody,
        response: { 201: booking },
      },
    },
    async (request, reply) => {
      const { body, principal } = request;
      const key = request.headers['idempotency-key'];
      const { quote_id: quoteId } = body;
      const userId = userOf(principal, body.on_behalf_of);
      const shipment = toShipment(body);
      const scheduledAt = body.scheduled_at === undefined ? null : new Date(body.scheduled_at);
      // Before the transaction, which must not wait for a routing server. Whoever repeats a key gets the answer of the
      // first time, also where the shipment would be refused today.
      const pricing = quoteId === undefined ? priceShipment(ctx, shipment, scheduledAt) : undefined;
      await Promise.allSettled([pricing]);
      const created = await commit(ctx, async (tx) => {
        const create = async () => {
          const created = await insertBooking(tx, ctx.config, {
            userId,
            madeBy: principal,
            shipment,
            price: (await pricing) ?? (await redeemQuote(tx, principal, { quoteId, shipment, scheduledAt })),
            scheduledAt,
          });
          const subject = { kind: 'booking', id: created.booking_id } as const;
          recordAct(tx, request, { act: 'booking.created', subject, details: { user_id: userId } });
          return created;
        };
        return key === undefined ? create() : once(tx, { by: principal, key, body }, create);
      });
      return reply.code(201).send(created);
    },
  );
}

function userOf({ role, id }: Principal, onBehalfOf: string | undefined): string {
  if (role !== 'admin') {
    if (onBehalfOf === undefined || onBehalfOf === id) return id;
    throw new DomainError('forbidden', { message: 'Only an admin books on behalf of somebody else' });
  }
  if (onBehalfOf !== undefined) return onBehalfOf;
  throw new DomainError('invalid_request', {
    message: 'An admin books on behalf of a user',
    details: { in: 'body', issues: [{ path: '/on_behalf_of', message: 'is required of an admin' }] },
  });
}

type NewBooking = {
  userId: string;
  madeBy: Principal;
  shipment: Shipment;
  price: { priceMinor: number; currency: string };
  scheduledAt: Date | null;
};

async function insertBooking(tx: BookingTx, config: Config, booking: NewBooking): Promise<Booking> {
  const { userId, madeBy: actor, shipment, price, scheduledAt } = booking;
  const cell = cellOf(shipment.pickup);
  const { now, ...start } =
    scheduledAt === null
      ? await startNow(tx, config, { userId, place: { cell, vehicleType: shipment.vehicleType } })
      : await startLater(tx, config, { userId, scheduledAt });
  const row: BookingRow = {
    ...UNSEARCHED,
    bookingId: newBookingId(),
    userId,
    driverId: null,
    version: 1,
    ...shipmentColumns(shipment),
    priceMinor: price.priceMinor,
    currency: price.currency,
    cell,
    scheduledAt,
    createdAt: now,
    updatedAt: now,
    ...start,
  };
  await insertAndRecord.withNext(tx, { ...row, actorRole: actor.role, actorId: actor.id });
  tellChange(tx, row, { from: null, previousDriverId: null, actor });
  if (row.status === 'Searching') await beginSearch(tx, config, { booking: row, exclusions: NOBODY_EXCLUDED });
  return presentBooking(row);
}

type Values = BookingRow & { actorRole: Actor['role']; actorId: string };

const insertAndRecord = compiledOnce<Tables, Values, unknown>((tx, { actorRole: role, actorId: id, ...booking }) =>
  insertHistory(
    tx.with('made', (cte) => cte.insertInto('booking').values(booking)),
    booking,
    { from: null, actor: { role, id } },
  ),
);

type Now = { userId: string; place: Pick<BookingRow, 'cell' | 'vehicleType'> };

async function startNow(tx: BookingTx, config: Config, { userId, place }: Now) {
  const [line] = await Promise.all([lookAtLine(tx, place), assertRoom(tx, config, { userId, status: 'Searching' })]);
  const turn = await turnInLine(tx, place, line);
  return { ...searchStart(config, turn, { scheduledAt: null, ...UNSEARCHED }), now: turn.now };
}

/** Waits for its search without costing anything: the dispatcher finds it by its due time, and by that alone. */
async function startLater(
  tx: BookingTx,
  config: Config,
  { userId, scheduledAt }: { userId: string; scheduledAt: Date },
) {
  const [now] = await Promise.all([databaseNow(tx), assertRoom(tx, config, { userId, status: 'Scheduled' })]);
  const aheadMs = scheduledAt.getTime() - now.getTime();
  if (aheadMs <= 0 || aheadMs > config.SCHEDULE_MAX_DAYS * DAY_MS) throw new DomainError('invalid_schedule');
  const earlierMs = config.SCHEDULE_LEAD_MS + Math.random() * config.SCHEDULE_JITTER_MS;
  const dueAt = Math.max(scheduledAt.getTime() - earlierMs, now.getTime());
  return { status: 'Scheduled' as const, searchDeadline: null, dispatchDueAt: new Date(dueAt), now };
}
