import { randomUUID } from 'node:crypto';
import {
  apiSchemas,
  DomainError,
  optional,
  type Principal,
  principalId,
  role,
  storableText,
  timestamp,
} from '@logi/contracts';
import { appendEvent, toBlockEntry } from '@logi/events';
import { withNext } from '@logi/persistence';
import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { BlockRow, BookingTx } from '../tables.ts';

/** Every process keeps all of them in memory, and a snapshot of them is to fit into the stream several times. */
const MAX_BLOCKS = 20_000;
/** Blocks are numbered in the order of their commits; any number that nothing else locks. */
const CHANGES_LOCK = 7_064_217;

export const BLOCK_EXAMPLE = {
  role: 'driver' as const,
  sub: 'eve',
  reason: 'does not come',
  until: null,
  tokens_issued_before: null,
  blocked_by: 'ops',
  blocked_at: '2026-01-31T12:02:00.000Z',
};
export const block = z
  .object({
    role,
    sub: z.string(),
    reason: z.string().nullable(),
    until: timestamp.nullable().describe('When it ends by itself'),
    tokens_issued_before: timestamp
      .nullable()
      .describe('Null: the principal is refused whole. Else, only older tokens'),
    blocked_by: z.string().describe('The admin’s id'),
    blocked_at: timestamp,
  })
  .register(apiSchemas, { id: 'Block', examples: [BLOCK_EXAMPLE] });

export const blockBody = z
  .strictObject({
    reason: optional(storableText(500)),
    until: optional(timestamp.refine((text) => Date.parse(text) > Date.now(), 'must be in the future')),
    tokens_issued_before: optional(timestamp),
  })
  .register(apiSchemas, { id: 'BlockRequest', examples: [{ reason: 'does not come', until: '2099-01-01T00:00:00Z' }] })
  .nullish();
type Terms = Partial<NonNullable<z.infer<typeof blockBody>>> | null | undefined;

/** Whom a block is of. */
export const blockOf = z.strictObject({ role, sub: principalId });
type BlockOf = z.infer<typeof blockOf>;

/** Of a row of `block`: it holds, and for all tokens. */
const STANDS = sql`block.lifted_at is null and (block.until is null or block.until > clock_timestamp())`;
const IS_WHOLE = sql`block.tokens_issued_before is null`;

/** In SQL: this driver is refused whole. */
export function isDriverBlocked(driverId: RawBuilder<string>): RawBuilder<boolean> {
  return sql`exists (select from block where role = 'driver' and sub = ${driverId} and ${STANDS} and ${IS_WHOLE})`;
}

/**
 * Blocks a principal, in place of a block that there is. Whatever they are committing at this moment is waited for; what
 * follows it is refused. A first block has a version above all others: the row of an earlier one may have been given
 * another name, by erasing the person, and processes remember how far it had come.
 */
export async function putBlock(tx: BookingTx, who: BlockOf, { by, terms }: { by: Principal; terms: Terms }) {
  const { reason = null, until = null, tokens_issued_before: issuedBefore = null } = terms ?? {};
  const isWhole = issuedBefore === null;
  if (isWhole && by.role === who.role && by.id === who.sub) throw new DomainError('own_block');
  await withNext(tx, sql`select pg_advisory_xact_lock(principal_lock(${who.role}, ${who.sub}))`);
  await withNext(tx, sql`select pg_advisory_xact_lock(${CHANGES_LOCK})`);
  await assertRoom(tx, who);
  const { rows } = await sql<BlockRow>`
    insert into block (role, sub, block_id, version, change, reason, until, tokens_issued_before, blocked_by, blocked_at,
      is_settled)
    values (${who.role}, ${who.sub}, ${randomUUID()}, (select coalesce(max(version), 0) + 1 from block),
      nextval('block_change'), ${reason}, ${until}, ${issuedBefore},
      ${by.id}, clock_timestamp(),
      ${!isWhole || who.role === 'admin'})
    on conflict (role, sub) do update set version = block.version + 1, change = excluded.change,
      reason = excluded.reason, until = excluded.until, tokens_issued_before = excluded.tokens_issued_before,
      blocked_by = excluded.blocked_by, blocked_at = excluded.blocked_at, lifted_at = null,
      is_settled = excluded.is_settled
    returning *`.execute(tx);
  return tell(tx, rows);
}

/** Undefined where there is nothing to lift. */
export async function liftBlock(tx: BookingTx, { role, sub }: BlockOf): Promise<BlockRow | undefined> {
  await withNext(tx, sql`select pg_advisory_xact_lock(${CHANGES_LOCK})`);
  const { rows } = await sql<BlockRow>`
    update block set version = version + 1, change = nextval('block_change'), lifted_at = clock_timestamp(),
      is_settled = true
    where role = ${role} and sub = ${sub} and lifted_at is null
    returning *`.execute(tx);
  return rows.length === 0 ? undefined : tell(tx, rows);
}

/** The blocks that hold, newest first, from just behind a cursor. */
export async function listBlocks(
  { db }: Pick<Context, 'db'>,
  { before, limit }: { before: number | undefined; limit: number },
): Promise<BlockRow[]> {
  const { rows } = await sql<BlockRow>`
    select * from block where ${STANDS} and change < ${before ?? Number.MAX_SAFE_INTEGER}
    order by change desc limit ${limit}`.execute(db);
  return rows;
}

export function presentBlock(row: BlockRow): z.infer<typeof block> {
  return {
    role: row.role,
    sub: row.sub,
    reason: row.reason,
    until: row.until?.toISOString() ?? null,
    tokens_issued_before: row.tokensIssuedBefore?.toISOString() ?? null,
    blocked_by: row.blockedBy,
    blocked_at: row.blockedAt.toISOString(),
  };
}

/** Who is blocked already takes no more of it. */
async function assertRoom(tx: BookingTx, { role, sub }: BlockOf): Promise<void> {
  const { rows } = await sql`
    select where not exists (select from block where role = ${role} and sub = ${sub} and ${STANDS})
      and exists (select from block where ${STANDS} offset ${MAX_BLOCKS - 1})`.execute(tx);
  if (rows.length > 0) throw new DomainError('too_many_blocks', { details: { max: MAX_BLOCKS } });
}

function tell(tx: BookingTx, [row]: BlockRow[]): BlockRow {
  if (!row) throw new Error('a block was not written'); // the statement returns what it wrote
  const { version, ...data } = toBlockEntry(row);
  appendEvent(tx, { type: 'block.changed', aggregateId: row.blockId, version, data });
  return row;
}
