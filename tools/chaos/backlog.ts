import { setTimeout as sleep } from 'node:timers/promises';
import {
  deadQueue,
  EXCHANGES,
  QUEUES,
  RETRY_DELAYS,
  retryQueue,
  SHARDS,
  SUBSCRIPTIONS,
  waitingRooms,
} from '@logi/contracts';
import { connectOnce } from '@logi/persistence';
import { z } from 'zod';

const READS = 3;
/** The broker counts what is in its queues every five seconds. */
const BETWEEN_READS_MS = 2_500;

/** Not yet counted is not yet drained. */
const UNKNOWN_DEPTH = 1;

const UNPUBLISHED = `select (select count(*) from booking.outbox where published_at is null)
  + (select count(*) from tracking.outbox where published_at is null) as count`;

/** What is still to be done: events not published, and messages, ready or unacknowledged, in queues of work. */
export type Backlog = { unpublished: number; queued: number; withoutEffect: number };

/** Waits until nothing is left to do, three reads in a row. Undefined then; what was still left if that takes too long. */
export async function waitUntilDrained(
  servers: { databaseUrl: string; managementUrl: string },
  { timeoutMs }: { timeoutMs: number },
): Promise<Backlog | undefined> {
  const deadline = Date.now() + timeoutMs;
  for (let emptyReads = 0; ; await sleep(BETWEEN_READS_MS)) {
    const left = await read(servers);
    const isEmpty = left.unpublished + left.queued + left.withoutEffect === 0;
    emptyReads = isEmpty ? emptyReads + 1 : 0;
    if (emptyReads === READS) return undefined;
    if (Date.now() > deadline) return left;
  }
}

async function read({ databaseUrl, managementUrl }: { databaseUrl: string; managementUrl: string }) {
  const client = await connectOnce(databaseUrl, {});
  try {
    const unpublished = Number((await client.query(UNPUBLISHED)).rows[0]?.count);
    let withoutEffect = 0;
    for (const [queue, { service, events }] of Object.entries(SUBSCRIPTIONS)) {
      const from = service === 'booking' ? 'tracking' : 'booking';
      const { rows } = await client.query(
        `select count(*) from ${from}.outbox o where type = any($1) and not exists (
          select from ${service}.inbox i where i.consumer = $2 and i.event_id = o.event_id)`,
        [events, queue],
      );
      withoutEffect += Number(rows[0]?.count);
    }
    const depths = await readDepths(managementUrl);
    const queued = WORK_QUEUES.reduce((sum, queue) => sum + (depths.get(queue) ?? UNKNOWN_DEPTH), 0);
    return { unpublished, queued, withoutEffect };
  } finally {
    await client.end();
  }
}

const WORK_QUEUES = Object.keys(SUBSCRIPTIONS).flatMap((queue) => [
  ...waitingRooms(queue, SHARDS.default),
  ...RETRY_DELAYS.map(({ name }) => retryQueue(queue, name)),
]);

const queues = z.array(z.object({ name: z.string(), messages: z.number().optional() }));

/** Nothing that people do may end in these queues. */
export async function findDeadLetters(managementUrl: string): Promise<string[]> {
  const depths = await readDepths(managementUrl);
  const queues = [...[...Object.keys(SUBSCRIPTIONS), QUEUES.gatewayNotifications].map(deadQueue), EXCHANGES.unrouted];
  return queues.flatMap((queue) => {
    const count = depths.get(queue) ?? 0;
    return count === 0 ? [] : [`${count} messages in ${queue}`];
  });
}

/** Messages, ready and unacknowledged, in each queue whose depth the broker knows by now. */
async function readDepths(managementUrl: string): Promise<Map<string, number>> {
  const { origin, username, password } = new URL(managementUrl);
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const response = await fetch(`${origin}/api/queues`, { headers: { authorization } });
  const known = queues.parse(await response.json());
  return new Map(known.flatMap(({ name, messages }) => (messages === undefined ? [] : [[name, messages]])));
}
