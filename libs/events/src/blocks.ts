import type { BlockEntry } from '@logi/contracts';
import type { Database } from '@logi/persistence';
import { sql } from 'kysely';

/** Lifted blocks are read at the start, too, if it was not longer ago: whoever heard of the block must hear of its end. */
const LIFTED_LATELY = '1 hour';

/** What the tables `block` of two schemas have in common; see migrations/0016_blocks.sql. */
type Row = Pick<BlockEntry, 'role' | 'sub' | 'version'> & {
  change: number;
  until: Date | null;
  tokensIssuedBefore: Date | null;
  liftedAt: Date | null;
};

export type BlockChanges = { entries: BlockEntry[]; last: number };

/** Of the blocks in the schema, what has changed since the change read last, in the order of commits; 0 reads all. */
export async function readBlockChanges<Tables>(db: Database<Tables>, after: number): Promise<BlockChanges> {
  const { rows } = await sql<Row>`
    select role, sub, version, change, until, tokens_issued_before, lifted_at from block
    where change > ${after} and (lifted_at is null or lifted_at > now() - ${LIFTED_LATELY}::interval)
    order by change`.execute(db);
  return { entries: rows.map(toBlockEntry), last: rows.at(-1)?.change ?? after };
}

/** All blocks that hold now. */
export async function readStandingBlocks<Tables>(db: Database<Tables>): Promise<BlockEntry[]> {
  const { rows } = await sql<Row>`
    select role, sub, version, change, until, tokens_issued_before, lifted_at from block
    where lifted_at is null and (until is null or until > now()) order by change`.execute(db);
  return rows.map(toBlockEntry);
}

/** A row as every process knows it. */
export function toBlockEntry({
  role,
  sub,
  version,
  until,
  tokensIssuedBefore,
  liftedAt,
}: Omit<Row, 'change'>): BlockEntry {
  return {
    ...{ role, sub, version },
    is_blocked: liftedAt === null,
    until: until?.toISOString() ?? null,
    tokens_issued_before: tokensIssuedBefore?.toISOString() ?? null,
  };
}
