import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { DomainError, type Principal } from '@logi/contracts';
import { sql } from 'kysely';
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { BookingTx } from '../tables.ts';
import { type PricedShipment, type Shipment, shipmentColumns } from './shipment.ts';

/** Keeps a price for its owner. */
export async function saveQuote(
  ctx: Context,
  owner: Principal,
  quote: { shipment: Shipment; scheduledAt: Date | null; priced: PricedShipment },
): Promise<{ quoteId: string; expiresAt: Date }> {
  const { shipment, scheduledAt, priced } = quote;
  return ctx.db
    .insertInto('quote')
    .values({
      quoteId: randomUUID(),
      ownerRole: owner.role,
      ownerId: owner.id,
      ...shipmentColumns(shipment),
      scheduledAt,
      currency: priced.currency,
      priceMinor: priced.priceMinor,
      usedAt: null,
      expiresAt: sql<Date>`clock_timestamp() + make_interval(secs => ${ctx.config.QUOTE_LIFETIME_MS / 1000})`,
    })
    .returning(['quoteId', 'expiresAt'])
    .executeTakeFirstOrThrow();
}

/**
 * The price that a quote promised its owner for this very shipment, once, however rates and demand have changed since. One
 * that was made for a later pickup may be without the surge of now, so it is for that pickup alone.
 */
export async function redeemQuote(
  tx: BookingTx,
  owner: Principal,
  { quoteId, shipment, scheduledAt }: { quoteId: string | undefined; shipment: Shipment; scheduledAt: Date | null },
): Promise<{ priceMinor: number; currency: string }> {
  if (quoteId === undefined || !z.uuid().safeParse(quoteId).success) throw new DomainError('quote_not_found');
  const used = await tx
    .updateTable('quote')
    .set({ usedAt: sql`clock_timestamp()` })
    .where('quoteId', '=', quoteId)
    .where('ownerRole', '=', owner.role)
    .where('ownerId', '=', owner.id)
    .where('usedAt', 'is', null) // who comes second waits for the first, and sees it
    .where('expiresAt', '>', sql<Date>`clock_timestamp()`)
    .returningAll()
    .executeTakeFirst();
  const quote = used ?? (await refuseQuote(tx, owner, quoteId));
  const { pickupLatitude, pickupLongitude, dropoffLatitude, dropoffLongitude, vehicleType } = quote;
  const quoted = { pickupLatitude, pickupLongitude, dropoffLatitude, dropoffLongitude, vehicleType };
  const isForThisTime = quote.scheduledAt === null || quote.scheduledAt.getTime() === scheduledAt?.getTime();
  const isForThisTrip = isForThisTime && isDeepStrictEqual(quoted, shipmentColumns(shipment));
  if (!isForThisTrip) throw new DomainError('quote_mismatch');
  return { priceMinor: quote.priceMinor, currency: quote.currency };
}

/** Why it cannot be used. */
async function refuseQuote(tx: BookingTx, owner: Principal, quoteId: string): Promise<never> {
  const quote = await tx
    .selectFrom('quote')
    .select('usedAt')
    .where('quoteId', '=', quoteId)
    .where('ownerRole', '=', owner.role)
    .where('ownerId', '=', owner.id)
    .executeTakeFirst();
  if (!quote) throw new DomainError('quote_not_found');
  throw new DomainError(quote.usedAt === null ? 'quote_expired' : 'quote_used');
}
