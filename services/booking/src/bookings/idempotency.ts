import { createHash } from 'node:crypto';
import { type Booking, DomainError, type Principal, storableText } from '@logi/contracts';
import { withNext } from '@logi/persistence';
import { z } from 'zod';
import type { BookingTx } from '../tables.ts';

export const idempotencyHeader = z.object({ 'idempotency-key': storableText(255).optional() });

type Request = { by: Principal; key: string; body: unknown };

/**
 * Makes a create safe to send twice: the key is claimed in the transaction of the effect, so a second request waits for
 * the first to commit and then gets its answer again. The body must be the parsed one, whose keys stand in the order
 * of its schema.
 */
export async function once(tx: BookingTx, request: Request, create: () => Promise<Booking>): Promise<Booking> {
  const { by, key, body } = request;
  const requestHash = createHash('sha256').update(JSON.stringify(body)).digest();
  const claimed = await tx
    .insertInto('idempotencyKey')
    .values({ role: by.role, userId: by.id, key, requestHash, response: null })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (claimed.numInsertedOrUpdatedRows === 0n) return earlierAnswer(tx, request, requestHash);
  const response = await create();
  const answered = tx
    .updateTable('idempotencyKey')
    .set({ response: JSON.stringify(response) })
    .where('role', '=', by.role)
    .where('userId', '=', by.id)
    .where('key', '=', key);
  await withNext(tx, answered);
  return response;
}

async function earlierAnswer(tx: BookingTx, { by, key }: Request, requestHash: Buffer): Promise<Booking> {
  const row = await tx
    .selectFrom('idempotencyKey')
    .select(['requestHash', 'response'])
    .where('role', '=', by.role)
    .where('userId', '=', by.id)
    .where('key', '=', key)
    .executeTakeFirstOrThrow();
  if (!row.requestHash.equals(requestHash)) throw new DomainError('idempotency_key_reused');
  return row.response as Booking; // written above, by this function
}
