import { randomUUID } from 'node:crypto';
import type { Database, Tx } from '@logi/persistence';
import { type RawBuilder, sql } from 'kysely';
import type { Share } from '../relay.ts';

/** The queue as it was before it had shards, as long as anything may be left in it: older than all that is in them. */
export const WHOLE_QUEUE = -1;

/** What an instance holds: nobody has come after it while the number is what it was. */
export type Lease = { queue: string; number: number; fence: number };

type ShardRow = { number: number; fence: number; isMine: boolean; freeInMs: number };
export type View = { shards: ShardRow[]; share: Share };

/** An event whose shard somebody else has by now. */
export class LeaseLost extends Error {
  constructor({ queue, number }: Lease) {
    super(`shard ${number} of ${queue} is somebody else's by now`);
    this.name = 'LeaseLost';
  }
}

/** An instance's part in the shards of a queue: the rows of migrations/0019_shards.sql. */
export class ShardLeases<Tables> {
  readonly #instance = randomUUID();
  readonly #db: Database<Tables>;
  readonly #queue: string;
  readonly #leaseMs: number;

  constructor({ db, queue, leaseMs }: { db: Database<Tables>; queue: string; leaseMs: number }) {
    this.#db = db;
    this.#queue = queue;
    this.#leaseMs = leaseMs;
  }

  /** This instance is alive for as long again; who else is, and who has what. */
  async renew(): Promise<View> {
    await sql`
      with gone as (delete from shard_holder where until < clock_timestamp() - interval '1 hour')
      insert into shard_holder (instance, until)
      values (${this.#instance}, clock_timestamp() + make_interval(secs => ${this.#leaseMs / 1_000}))
      on conflict (instance) do update set until = excluded.until`.execute(this.#db);
    const { rows: shards } = await sql<ShardRow>`
      select number, fence, coalesce(holder = ${this.#instance}, false) as is_mine,
        greatest(0, coalesce(extract(epoch from until - clock_timestamp()) * 1000, 0))::float8 as free_in_ms
      from shard left join shard_holder on instance = holder where queue = ${this.#queue}
      order by number`.execute(this.#db);
    const { rows } = await sql<{ instance: string }>`
      select instance from shard_holder where until > clock_timestamp() order by instance`.execute(this.#db);
    const alive = rows.map(({ instance }) => instance);
    // Not among them, it is so slow that its time is over already.
    const index = Math.max(0, alive.indexOf(this.#instance));
    return { shards, share: { index, of: Math.max(1, alive.length) } };
  }

  /** Takes so many that nobody has, or whose holder is dead. One in which a transaction is under way is nobody's to take. */
  async take({ numbers, most }: { numbers: readonly number[]; most: number }): Promise<void> {
    await sql`
      update shard set holder = ${this.#instance}, fence = fence + 1
      where queue = ${this.#queue} and number in (
        select number from shard
        where queue = ${this.#queue} and number = any(${numbers}) and not exists (
          select from shard_holder where instance = holder and until > clock_timestamp())
        order by number limit ${most} for update skip locked)`.execute(this.#db);
  }

  async letGo({ queue, number, fence }: Lease): Promise<void> {
    await sql`
      update shard set holder = null
      where queue = ${queue} and number = ${number} and fence = ${fence}`.execute(this.#db);
  }

  /** Nothing is left in the queue as it was: its shards may be taken. */
  async endWhole({ queue, fence }: Lease): Promise<void> {
    await sql`
      delete from shard where queue = ${queue} and number = ${WHOLE_QUEUE} and fence = ${fence}`.execute(this.#db);
  }

  /** At the end: others need not wait until the time of this instance is over. */
  async leave(): Promise<void> {
    await sql`delete from shard_holder where instance = ${this.#instance}`.execute(this.#db);
  }
}

/**
 * A row, if the shard is still held, and stays so until the transaction ends: whoever would take it passes it by until
 * then. Where there is nothing to hold, a row as well.
 */
export function heldBy(lease: Lease | undefined): RawBuilder<unknown> {
  if (!lease) return sql`select`;
  const { queue, number, fence } = lease;
  return sql`select from shard where queue = ${queue} and number = ${number} and fence = ${fence} for share`;
}

export async function expectHeld<Tables>(tx: Tx<Tables>, lease: Lease): Promise<void> {
  const { rows } = await sql`${heldBy(lease)}`.execute(tx);
  if (rows.length === 0) throw new LeaseLost(lease);
}
