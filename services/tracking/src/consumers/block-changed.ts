import type { EventOf } from '@logi/contracts';
import { withNext } from '@logi/persistence';
import { sql } from 'kysely';
import { relabelDriver } from '../drivers/driver-label.ts';
import type { TrackingTx } from '../tables.ts';

/** Blocks are numbered in the order of their commits; any number that nothing else locks. */
const CHANGES_LOCK = 7_064_218;

/**
 * Keeps our copy of the block, from which each instance knows it. A driver who is blocked whole goes off duty, and with
 * that off the map, and is offered nothing; let in again, they go on duty themselves.
 */
export async function blockChanged(tx: TrackingTx, { data, version }: EventOf<'block.changed'>): Promise<void> {
  const { role, sub, is_blocked, until, tokens_issued_before } = data;
  await withNext(tx, sql`select pg_advisory_xact_lock(${CHANGES_LOCK})`);
  const keep = sql`
    insert into block (role, sub, version, change, until, tokens_issued_before, lifted_at)
    values (${role}, ${sub}, ${version}, nextval('block_change'), ${until}, ${tokens_issued_before},
      case when ${is_blocked}::boolean then null else clock_timestamp() end)
    on conflict (role, sub) do update set version = excluded.version, change = excluded.change, until = excluded.until,
      tokens_issued_before = excluded.tokens_issued_before, lifted_at = excluded.lifted_at`;
  await withNext(tx, keep);
  const isWhole = is_blocked && tokens_issued_before === null;
  if (role === 'driver' && isWhole) await relabelDriver(tx, sub, { duty: 'Offline' });
}
