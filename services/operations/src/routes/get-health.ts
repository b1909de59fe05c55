import { apiSchemas, timestamp } from '@logi/contracts';
import { countWaiting } from '@logi/events';
import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { type Facts, gatherFacts, queueFacts, serviceFacts } from '../health/facts.ts';
import { type Finding, finding, findings } from '../health/findings.ts';

/** However many look, the services are asked so often. */
const FRESH_MS = 1_000;

const health = z
  .object({
    checked_at: timestamp,
    findings: z.array(finding),
    services: z.array(serviceFacts),
    has_database: z.boolean(),
    has_broker: z.boolean(),
    queues: z.array(queueFacts),
    /** Dead letters that somebody has looked at, and nobody has decided about. */
    waiting_letters: z.int(),
  })
  .register(apiSchemas, {
    id: 'Health',
    examples: [
      {
        checked_at: '2026-01-31T12:00:00.000Z',
        findings: [
          {
            level: 'act',
            code: 'no_consumer',
            about: 'tracking.booking-events',
            says: 'Nobody takes from tracking.booking-events, where 3 messages wait.',
            to_do: 'Look whether the service of that name runs and reaches the broker.',
          },
        ],
        services: [
          {
            service: 'booking',
            state: 'ready',
            reason: null,
            outbox_oldest_seconds: 0,
            stream_lag_seconds: null,
            open_sockets: null,
          },
        ],
        has_database: true,
        has_broker: true,
        queues: [{ queue: 'tracking.booking-events', kind: 'work', exists: true, messages: 3, consumers: 0 }],
        waiting_letters: 0,
      },
    ],
  });

/** How everything is, as far as it can be seen from here, and what to do about it. */
export function getHealth(app: HttpApp, ctx: Context): void {
  let last: { at: number; facts: Promise<Facts> } | undefined;
  app.get(
    '/v1/health',
    {
      config: { roles: ['admin'] },
      schema: {
        operationId: 'getHealth',
        tags: ['Console'],
        summary: 'Each service, server and queue, and in words what is not as it should be',
        response: { 200: health },
      },
    },
    async () => {
      if (!last || Date.now() - last.at > FRESH_MS) last = { at: Date.now(), facts: gatherFacts(ctx) };
      const { at } = last;
      const facts = await last.facts;
      const waiting = facts.hasDatabase ? await countWaiting(ctx.db).catch(() => []) : [];
      const count = waiting.reduce((sum, { count }) => sum + count, 0);
      return {
        checked_at: new Date(at).toISOString(),
        findings: [...lettersWaiting(count), ...findings(facts)],
        services: facts.services,
        has_database: facts.hasDatabase,
        has_broker: facts.queues !== undefined,
        queues: facts.queues ?? [],
        waiting_letters: count,
      };
    },
  );
}

function lettersWaiting(count: number): Finding[] {
  if (count === 0) return [];
  const says = `${count.toLocaleString('en')} dead letter${count === 1 ? ' waits' : 's wait'} for a decision.`;
  const to_do = 'Open Dead letters: the reason says what to mend. Then replay, or discard.';
  return [{ level: 'act', code: 'letters_waiting', about: 'dead letters', says, to_do }];
}
