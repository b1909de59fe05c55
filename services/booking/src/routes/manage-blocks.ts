import { apiSchemas, DomainError } from '@logi/contracts';
import { recordAct, toBlockEntry } from '@logi/events';
import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import {
  BLOCK_EXAMPLE,
  block,
  blockBody,
  blockOf,
  liftBlock,
  listBlocks,
  presentBlock,
  putBlock,
} from '../blocks/block-store.ts';
import { type Context, commit } from '../context.ts';
import { pageOf } from '../cursor.ts';
import { settleBlock } from '../search/settle-blocks.ts';
import type { BlockRow } from '../tables.ts';

const PATH = '/v1/blocks';
const MAX_PAGE = 100;
const blocks = z
  .object({ items: z.array(block), next_cursor: z.string().nullable() })
  .register(apiSchemas, { id: 'BlockPage', examples: [{ items: [BLOCK_EXAMPLE], next_cursor: null }] });
const place = z.coerce.number().int().positive();

/** Puts somebody out, and lets them in again. From the answer on, nothing that they ask has an effect here. */
export function manageBlocks(app: HttpApp, ctx: Context): void {
  app.put(
    PATH,
    {
      config: { roles: ['admin'] },
      schema: {
        operationId: 'putBlock',
        tags: ['Operators'],
        errors: ['own_block', 'too_many_blocks'],
        summary:
          'Block a principal whole, or with `tokens_issued_before` their older tokens; replaces an earlier block',
        querystring: blockOf,
        body: blockBody,
        response: { 200: block },
      },
    },
    async (request) => {
      const { query, body, principal } = request;
      const row = await commit(ctx, async (tx) => {
        const put = await putBlock(tx, query, { by: principal, terms: body });
        recordAct(tx, request, { act: 'principal.blocked', subject: subjectOf(put), details: body ?? {} });
        return put;
      });
      ctx.blocks.learn(toBlockEntry(row));
      // If it does not come to its end, it is taken up again.
      if (!row.isSettled)
        await settleBlock(ctx, row).catch((err: unknown) => ctx.log.warn({ err }, 'block not settled yet'));
      return presentBlock(row);
    },
  );
  app.delete(
    PATH,
    {
      config: { roles: ['admin'] },
      schema: {
        operationId: 'liftBlock',
        tags: ['Operators'],
        summary: 'Lift a block; also where there is none',
        querystring: blockOf,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const row = await commit(ctx, async (tx) => {
        const lifted = await liftBlock(tx, request.query);
        if (lifted) recordAct(tx, request, { act: 'principal.unblocked', subject: subjectOf(lifted) });
        return lifted;
      });
      if (row) ctx.blocks.learn(toBlockEntry(row));
      return reply.code(204).send(null);
    },
  );
  app.get(
    PATH,
    {
      config: { roles: ['admin'] },
      schema: {
        operationId: 'listBlocks',
        tags: ['Operators'],
        summary: 'Blocks that hold, newest first',
        querystring: z.strictObject({
          limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(20),
          cursor: z.string().max(64).optional(),
        }),
        response: { 200: blocks },
      },
    },
    async ({ query: { limit, cursor } }) => {
      const before = cursor === undefined ? undefined : readPlace(cursor);
      const rows = await listBlocks(ctx, { before, limit: limit + 1 });
      const { page, next_cursor } = pageOf(rows, limit, writePlace);
      return { items: page.map(presentBlock), next_cursor };
    },
  );
}

function subjectOf({ role, sub }: BlockRow) {
  return { kind: role, id: sub };
}

/** Blocks stand in the order of their changes, so a cursor is the number of one. */
function writePlace({ change }: BlockRow): string {
  return Buffer.from(String(change)).toString('base64url');
}

function readPlace(text: string): number {
  const { success, data } = place.safeParse(Buffer.from(text, 'base64url').toString('utf8'));
  if (!success) throw new DomainError('invalid_request', { message: 'cursor is not one of ours' });
  return data;
}
