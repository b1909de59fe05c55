import { setTimeout } from 'node:timers/promises';
import {
  DomainError,
  parseEvent,
  QUEUES,
  redeliveryExchange,
  SHARD_KEY_HEADER,
  SUBSCRIPTIONS,
  shardKeyOf,
  type WorkQueue,
} from '@logi/contracts';
import { type DeadLetter, emptyDeadQueues, FIRST_KEY_HEADER, type Publisher } from '@logi/messaging';
import type { Database } from '@logi/persistence';
import { type RawBuilder, sql } from 'kysely';

/*
 * What operators do with messages that could not be handled. In the broker's own UI they could look (each look is a
 * delivery, and one delivered too often is dropped), move all of a queue back by a shovel (with their attempts used up),
 * or purge it (gone, and nobody knows who did it). Here they are moved to a table first, and decided there:
 *
 *   dead --(somebody looks)--> kept --(replay)---> replayed
 *                              kept --(discard)--> discarded
 *
 *   dead                 in a dead queue
 *   kept                 a row of operations.dead_letter without a fate
 *   replayed, discarded  the same row with its fate: who decided it, and when. It stays, with its body.
 *
 * A replayed message that fails again is another letter, and another row.
 */
export type Fate = 'replayed' | 'discarded';
type Decision = { fate: null; decidedBy: null; decidedAt: null } | { fate: Fate; decidedBy: string; decidedAt: Date };
export type KeptLetter = Omit<DeadLetter, 'body' | 'headers'> & { id: number } & Decision;
export type LetterFilter = {
  id?: number | undefined;
  queue?: string | undefined;
  type?: string | undefined;
  /** Any part of the reason, in capitals or not. */
  reason?: string | undefined;
  messageId?: string | undefined;
};
type Operations = Database<unknown>;

/** Whoever comes second waits. Any number that nothing else locks. */
export const OPERATORS_LOCK = 7_064_203;
const LOCK_POLL_MS = 250;
const BUSY = 'Another operator is deciding; try again in a moment';
const PAGE_ROWS = 100;

/**
 * One operator at a time, so that letters are kept in the order in which they died, and none is replayed twice.
 * `patienceMs` bounds the wait for one's turn, and never the work.
 */
export async function asOnlyOperator<Result>(
  db: Operations,
  work: (db: Operations) => Promise<Result>,
  { onWait, patienceMs = Number.POSITIVE_INFINITY }: { onWait?: () => void; patienceMs?: number } = {},
): Promise<Result> {
  // The lock belongs to one connection: when that breaks, so does the work.
  return db.connection().execute(async (connection) => {
    const tryLock = async () => {
      const { rows } = await sql<{ held: boolean }>`
        select pg_try_advisory_lock(${OPERATORS_LOCK}) as held`.execute(connection);
      return rows[0]?.held === true;
    };
    if (!(await tryLock())) {
      onWait?.();
      const deadline = Date.now() + patienceMs;
      do {
        if (Date.now() > deadline) throw new DomainError('unavailable', { message: BUSY });
        await setTimeout(LOCK_POLL_MS);
      } while (!(await tryLock()));
    }
    try {
      return await work(connection);
    } finally {
      await sql`select pg_advisory_unlock(${OPERATORS_LOCK})`.execute(connection);
    }
  });
}

/** Moves what lies in the dead queues to where it can be looked at as often as one likes. Returns how many it moved. */
export async function keepDeadLetters(db: Operations, amqpUrl: string): Promise<number> {
  let moved = 0;
  await emptyDeadQueues({
    url: amqpUrl,
    queues: Object.values(QUEUES),
    keep: async (letters) => {
      const rows = letters.map(
        ({ queue, messageId, type, reason, attempt, diedAt, headers, body }) => sql`
          (${queue}, ${clean(messageId)}, ${clean(type)}, ${clean(reason)}, ${attempt}, ${diedAt},
           ${JSON.stringify(headers)}, ${body})`,
      );
      await sql`
        insert into dead_letter (queue, message_id, type, reason, attempt, died_at, headers, body)
        values ${sql.join(rows)} on conflict do nothing`.execute(db);
      moved += letters.length;
    },
  });
  return moved;
}

/** PostgreSQL's text cannot hold the character zero. */
function clean(text: string): string {
  return text.replaceAll('\0', '\uFFFD');
}

export async function countKept(db: Operations, filter: LetterFilter): Promise<Map<string, number>> {
  const { rows } = await sql<{ queue: string; count: number }>`
    select queue, count(*) from dead_letter where fate is null and ${matches(filter)} group by queue`.execute(db);
  return new Map(rows.map(({ queue, count }) => [queue, count]));
}

/** What waits in each queue, and since when. */
export async function countWaiting(db: Operations): Promise<{ queue: string; count: number; oldest: Date }[]> {
  const { rows } = await sql<{ queue: string; count: number; oldest: Date }>`
    select queue, count(*), min(died_at) as oldest from dead_letter where fate is null group by queue order by queue`.execute(
    db,
  );
  return rows;
}

type Page = { filter: LetterFilter; isDecided: boolean; before: number | undefined; limit: number };

/** A page of those that wait, or of those that do not any more; the newest first, from just behind a letter. */
export async function pageOfLetters(db: Operations, { filter, isDecided, before, limit }: Page): Promise<KeptLetter[]> {
  const { rows } = await sql<KeptLetter>`
    select ${SUMMARY} from dead_letter
    where (fate is not null) = ${isDecided} and (${before ?? null}::bigint is null or id < ${before ?? null})
      and ${matches(filter)}
    order by id desc limit ${limit}`.execute(db);
  return rows;
}

/** Those without a fate, by queue, in the order in which they died. */
export async function listKept(
  db: Operations,
  { limit, ...filter }: LetterFilter & { limit: number },
): Promise<KeptLetter[]> {
  const { rows } = await sql<KeptLetter>`
    select ${SUMMARY} from dead_letter where fate is null and ${matches(filter)}
    order by queue, id limit ${limit}`.execute(db);
  return rows;
}

/** The newest decisions first: the operators' audit. */
export async function listDecided(
  db: Operations,
  { limit, ...filter }: LetterFilter & { limit: number },
): Promise<KeptLetter[]> {
  const { rows } = await sql<KeptLetter>`
    select ${SUMMARY} from dead_letter where fate is not null and ${matches(filter)}
    order by decided_at desc, id desc limit ${limit}`.execute(db);
  return rows;
}

export type WholeLetter = KeptLetter & Pick<DeadLetter, 'headers' | 'body'>;

export async function findLetter(db: Operations, id: number): Promise<WholeLetter | undefined> {
  const { rows } = await sql<WholeLetter>`select ${SUMMARY}, headers, body from dead_letter where id = ${id}`.execute(
    db,
  );
  return rows[0];
}

/** Every letter that this message has been, the newest first. */
export async function findLetters(db: Operations, messageId: string): Promise<WholeLetter[]> {
  const { rows } = await sql<WholeLetter>`
    select ${SUMMARY}, headers, body from dead_letter where message_id = ${messageId}
    order by id desc limit ${PAGE_ROWS}`.execute(db);
  return rows;
}

export type Deciding = { filter: LetterFilter; limit?: number | undefined; by: string };

/**
 * Sends letters back to their queues, in order, each with its attempts before it. The row gets its fate after the
 * broker's confirm. If that cannot be written, the letter is sent once more next time, and the inbox knows it already.
 * One at a time: what follows a letter that the broker refuses must not get there before it.
 */
export async function replayKept(
  db: Operations,
  { filter, limit = Infinity, by, publisher }: Deciding & { publisher: Publisher },
): Promise<{ replayed: number; failure: string | undefined }> {
  let replayed = 0;
  for (let after = 0; replayed < limit; ) {
    const { rows } = await sql<{ id: number }>`
      select id from dead_letter where fate is null and id > ${after} and ${ofWorkQueue} and ${matches(filter)}
      order by id limit ${Math.min(PAGE_ROWS, limit - replayed)}`.execute(db);
    if (rows.length === 0) break;
    for (const { id } of rows) {
      const failure = await sendAgain(db, id, publisher);
      if (failure !== undefined) return { replayed, failure };
      await decide(db, { fate: 'replayed', by, which: sql`id = ${id}` });
      replayed += 1;
      after = id;
    }
  }
  return { replayed, failure: undefined };
}

async function sendAgain(db: Operations, id: number, publisher: Publisher): Promise<string | undefined> {
  const { rows } = await sql<Pick<DeadLetter, 'messageId' | 'type' | 'body'> & { queue: WorkQueue }>`
    select message_id, type, body, queue from dead_letter where id = ${id}`.execute(db);
  const [letter] = rows;
  if (!letter) return 'somebody removed it';
  const { messageId, type, body, queue } = letter;
  const exchange = redeliveryExchange(SUBSCRIPTIONS[queue].service);
  // Nothing else travels on: not the attempts, which begin anew, nor the broker's `x-death`, by which it sees circles.
  const key = shardKeyIn(body);
  const headers = { [FIRST_KEY_HEADER]: type, ...(key !== undefined && { [SHARD_KEY_HEADER]: key }) };
  const [failure] = await publisher.publish([{ exchange, routingKey: queue, body, messageId, type, headers }]);
  return failure;
}

/** A letter without a key would come into another shard than what follows it. */
function shardKeyIn(body: Buffer): string | undefined {
  try {
    return shardKeyOf(parseEvent(JSON.parse(body.toString('utf8'))));
  } catch {
    return undefined; // malformed, and dead again soon
  }
}

/** Returns how many were discarded. The rows keep the bodies. */
export async function discardKept(db: Operations, { filter, limit, by }: Deciding): Promise<number> {
  const oldest = sql`id in (
    select id from dead_letter where fate is null and ${matches(filter)} order by id limit ${limit ?? null})`;
  return decide(db, { fate: 'discarded', by, which: oldest });
}

async function decide(
  db: Operations,
  { fate, by, which }: { fate: Fate; by: string; which: RawBuilder<unknown> },
): Promise<number> {
  const result = await sql`
    update dead_letter set fate = ${fate}, decided_by = ${by}, decided_at = now()
    where fate is null and ${which}`.execute(db);
  return Number(result.numAffectedRows ?? 0);
}

/** A stream keeps its messages, and a gateway that starts reads them again; there is no queue to send them back to. */
export function isReplayable(queue: string): boolean {
  return Object.hasOwn(SUBSCRIPTIONS, queue);
}
const ofWorkQueue = sql`queue = any(${Object.keys(SUBSCRIPTIONS)})`;

const SUMMARY = sql`id, queue, message_id, type, reason, attempt, died_at, fate, decided_by, decided_at`;

function matches({ id, queue, type, reason, messageId }: LetterFilter): RawBuilder<unknown> {
  return sql`(${id ?? null}::bigint is null or id = ${id ?? null})
    and (${queue ?? null}::text is null or queue = ${queue ?? null})
    and (${type ?? null}::text is null or type = ${type ?? null})
    and (${messageId ?? null}::text is null or message_id = ${messageId ?? null})
    and (${reason ?? null}::text is null or strpos(lower(reason), lower(${reason ?? null})) > 0)`;
}
