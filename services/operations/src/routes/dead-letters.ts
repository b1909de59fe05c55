import { apiSchemas, DomainError, type ErrorCode, QUEUES, storableText, timestamp } from '@logi/contracts';
import { countWaiting, type Fate, findLetter, findLetters, pageOfLetters } from '@logi/events';
import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { decideLetter } from '../letters/decide.ts';
import { DeadQueues } from '../letters/letters.ts';
import { LETTER_EXAMPLE, letterSummary, presentLetter, presentWhole, wholeLetter } from '../letters/present.ts';

const PATH = '/v1/dead-letters';
const MAX_PAGE = 200;
const MAX_FILTER_CHARACTERS = 200;

const letterId = z.strictObject({ id: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER) });
const text = storableText(MAX_FILTER_CHARACTERS).optional();
const isTrue = z
  .enum(['true', 'false'])
  .default('false')
  .transform((given) => given === 'true');

const listQuery = z.strictObject({
  state: z.enum(['waiting', 'decided']).default('waiting'),
  queue: z.enum(Object.values(QUEUES)).optional(),
  type: text,
  /** Any part of the reason. */
  reason: text,
  message_id: text,
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(50),
  cursor: z.coerce.number().int().positive().optional(),
});
const count = z.object({ queue: z.string(), count: z.int(), oldest_died_at: timestamp });
const decided = z.object({ dry_run: z.boolean(), letter: letterSummary }).register(apiSchemas, {
  id: 'DecidedDeadLetter',
  examples: [{ dry_run: true, letter: LETTER_EXAMPLE }],
});
const letters = z
  .object({
    items: z.array(letterSummary),
    next_cursor: z.string().nullable(),
    counts: z.array(count),
    is_current: z.boolean().describe('False where the broker, or another operator, kept us from looking for more'),
  })
  .register(apiSchemas, {
    id: 'DeadLetters',
    examples: [
      {
        items: [LETTER_EXAMPLE],
        next_cursor: null,
        counts: [{ queue: LETTER_EXAMPLE.queue, count: 1, oldest_died_at: LETTER_EXAMPLE.died_at }],
        is_current: true,
      },
    ],
  });

type DecisionCall = {
  path: string;
  fate: Fate;
  operationId: string;
  summary: string;
  errors: readonly ErrorCode[];
};
const OF_BOTH = ['dead_letter_not_found', 'dead_letter_decided'] as const;
const DECISIONS: readonly DecisionCall[] = [
  {
    path: 'replay',
    fate: 'replayed',
    operationId: 'replayDeadLetter',
    summary: 'Send it to its queue again; a second time does nothing',
    errors: [...OF_BOTH, 'dead_letter_not_replayable'],
  },
  {
    path: 'discard',
    fate: 'discarded',
    operationId: 'discardDeadLetter',
    summary: 'Put it aside for good; it stays on record, with its body',
    errors: OF_BOTH,
  },
];

/** What could not be handled, and what is decided about it. */
export function deadLetters(app: HttpApp, ctx: Context): void {
  const queues = new DeadQueues(ctx);
  listLetters(app, ctx, queues);
  app.get(
    `${PATH}/:id`,
    {
      config: { roles: ['admin'] },
      schema: {
        operationId: 'getDeadLetter',
        tags: ['Console'],
        errors: ['dead_letter_not_found'],
        summary: 'A dead letter whole: headers, body, and what this message has been through',
        params: letterId,
        response: { 200: wholeLetter },
      },
    },
    async ({ params: { id } }) => {
      const letter = await findLetter(ctx.db, id);
      if (!letter) throw new DomainError('dead_letter_not_found');
      return presentWhole(letter, await findLetters(ctx.db, letter.messageId));
    },
  );
  for (const { path, fate, operationId, summary, errors } of DECISIONS) {
    app.post(
      `${PATH}/:id/${path}`,
      {
        config: { roles: ['admin'] },
        schema: {
          operationId,
          tags: ['Console'],
          errors,
          summary,
          params: letterId,
          querystring: z.strictObject({ dry_run: isTrue }),
          response: { 200: decided },
        },
      },
      async ({ params: { id }, query: { dry_run: dryRun }, principal: by, address }) => ({
        dry_run: dryRun,
        letter: presentLetter(await decideLetter(ctx, { id, fate, dryRun, by, address })),
      }),
    );
  }
}

function listLetters(app: HttpApp, ctx: Context, queues: DeadQueues): void {
  app.get(
    PATH,
    {
      config: { roles: ['admin'] },
      schema: {
        operationId: 'listDeadLetters',
        tags: ['Console'],
        summary: 'Messages that could not be handled, newest first, and how many wait for a decision in each queue',
        querystring: listQuery,
        response: { 200: letters },
      },
    },
    async ({ query: { state, limit, cursor, message_id: messageId, ...filter } }) => {
      const is_current = await queues.keepAll();
      const rows = await pageOfLetters(ctx.db, {
        filter: { ...filter, messageId },
        isDecided: state === 'decided',
        before: cursor,
        limit: limit + 1,
      });
      const page = rows.slice(0, limit);
      const counts = await countWaiting(ctx.db);
      return {
        items: page.map(presentLetter),
        next_cursor: rows.length > limit ? String(page.at(-1)?.id) : null,
        counts: counts.map(({ queue, count, oldest }) => ({ queue, count, oldest_died_at: oldest.toISOString() })),
        is_current,
      };
    },
  );
}
