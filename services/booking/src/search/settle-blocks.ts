import type { Role } from '@logi/contracts';
import { lockBooking } from '../bookings/booking-store.ts';
import { type Actor, changeStatus } from '../bookings/change-status.ts';
import { type Context, commit } from '../context.ts';
import type { BlockRow } from '../tables.ts';
import { lockDrivers } from './drivers.ts';
import { closeOffers } from './offers.ts';
import { withdrawOffers } from './withdraw-offers.ts';

const BATCH = 100;
/** Not the admin's: they have asked for the block, and may be blocked themselves before it is settled. */
const BLOCKS: Actor = { role: 'system', id: 'blocks' };

type Unsettled = Pick<BlockRow, 'role' | 'sub' | 'version'>;

/** Goes on where a process ended after it had blocked somebody. */
export async function settleBlocks(ctx: Context): Promise<void> {
  const unsettled = await ctx.db
    .selectFrom('block')
    .select(['role', 'sub', 'version'])
    .where('isSettled', '=', false)
    .limit(BATCH)
    .execute();
  for (const block of unsettled) await settleBlock(ctx, block);
}

/**
 * Takes back what waits in the name of somebody who is blocked whole: a driver's open offers, a user's searches and
 * scheduled bookings. A booking that somebody has is an operator's to settle. Each in a transaction of its own.
 */
export async function settleBlock(ctx: Context, { role, sub, version }: Unsettled): Promise<void> {
  await takeBack(ctx, role, sub);
  await ctx.db
    .updateTable('block')
    .set({ isSettled: true })
    .where('role', '=', role)
    .where('sub', '=', sub)
    .where('version', '=', version)
    .execute();
}

async function takeBack(ctx: Context, role: Role, sub: string): Promise<void> {
  if (role === 'user') return cancelWaiting(ctx, sub);
  if (role !== 'driver') return;
  await commit(ctx, (tx) => lockDrivers(tx, [sub])); // whoever is reserving them began before the block
  await withdrawOffers(ctx, sub);
}

async function cancelWaiting(ctx: Context, userId: string): Promise<void> {
  const waiting = await ctx.db
    .selectFrom('booking')
    .select('bookingId')
    .where('userId', '=', userId)
    .where('status', 'in', ['Searching', 'Scheduled'])
    .execute();
  for (const { bookingId } of waiting) {
    await commit(ctx, async (tx) => {
      const row = await lockBooking(tx, bookingId);
      if (row.status !== 'Searching' && row.status !== 'Scheduled') return;
      await closeOffers(tx, row, { as: 'withdrawn' });
      await changeStatus(tx, row, { to: 'Cancelled', actor: BLOCKS, reason: 'blocked' });
    });
  }
}
