import { SHARDED_QUEUES, SUBSCRIPTIONS } from '@logi/contracts';
import { connectOnce } from '@logi/persistence';
import { WHOLE_QUEUE } from './leases.ts';

/**
 * The rows by which instances share the shards; the broker has them already. `unsharded` are the queues that an older
 * version has left in the broker: those are to be emptied first. How many shards there are is decided once: with another
 * number the events of a driver would go on in another shard, beside the earlier ones. Safe to run again.
 */
export async function declareShards(
  databaseUrl: string,
  { shards, unsharded }: { shards: number; unsharded: readonly string[] },
): Promise<void> {
  const client = await connectOnce(databaseUrl, { application_name: 'migrate' });
  try {
    for (const queue of SHARDED_QUEUES) {
      const table = `${SUBSCRIPTIONS[queue].service}.shard`;
      const first = unsharded.includes(queue) ? WHOLE_QUEUE : 0;
      await client.query(
        `insert into ${table} (queue, number) select $1, generate_series($2::int, $3::int - 1)
         where not exists (select from ${table} where queue = $1) on conflict do nothing`,
        [queue, first, shards],
      );
      // Somebody has deleted it, by hand, with whatever was left in it.
      if (first !== WHOLE_QUEUE)
        await client.query(`delete from ${table} where queue = $1 and number = $2`, [queue, WHOLE_QUEUE]);
    }
  } finally {
    await client.end();
  }
}

/** Rejects where the queues have another number of shards already; also before anything is declared for the first time. */
export async function expectShards(databaseUrl: string, shards: number): Promise<void> {
  const client = await connectOnce(databaseUrl, { application_name: 'migrate' });
  try {
    for (const queue of SHARDED_QUEUES) {
      const { rows } = await client.query<{ count: number }>(
        `select count(*) from ${SUBSCRIPTIONS[queue].service}.shard where queue = $1 and number >= 0`,
        [queue],
      );
      const count = Number(rows[0]?.count);
      if (count !== 0 && count !== shards)
        throw new Error(`${queue} has ${count} shards, which stays so; WORK_QUEUE_SHARDS says ${shards}`);
    }
  } finally {
    await client.end();
  }
}
