import { type AuditEntry, apiSchemas } from '@logi/contracts';
import { type Publisher, publishAct } from '@logi/messaging';
import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import { type SessionFilter, type Sessions, session, sessionFilter } from '../operators/sessions.ts';

/** What the instances answered; `missing_instances` gave a sign of life lately and did not answer. */
const gathered = { count: z.int(), missing_instances: z.array(z.string()) };

const sessionList = z.object({ items: z.array(session), ...gathered }).register(apiSchemas, {
  id: 'Sessions',
  examples: [
    {
      items: [
        {
          session_id: '0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d16',
          instance_id: '0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d17',
          role: 'user',
          sub: 'ana',
          address: '203.0.113.7',
          protocol: 'logi.v2',
          connected_at: '2026-01-31T12:00:00.000Z',
          expires_at: '2026-01-31T13:00:00.000Z',
          acked_id: null,
          queued_events: 0,
          queued_bytes: 0,
        },
      ],
      count: 1,
      missing_instances: [],
    },
  ],
});
/** A name that is mistyped must not mean all of them. */
const asked = z.strictObject(sessionFilter.shape);
const ended = z
  .object(gathered)
  .register(apiSchemas, { id: 'EndedSessions', examples: [{ count: 1, missing_instances: [] }] });

/** Who is connected, on all instances: of one principal, of one role, or all. */
export function listSessions(app: HttpApp, sessions: Sessions): void {
  const schema = {
    operationId: 'listSessions',
    tags: ['Operators' as const],
    summary: 'Who is connected, on all instances: of one principal, of one role, or all',
    querystring: asked,
    response: { 200: sessionList },
  };
  app.get('/v1/sessions', { schema, config: { roles: ['admin'] } }, async (request) => {
    const { sessions: items, count, missing } = await sessions.ask('list', request.query);
    return { items, count, missing_instances: missing };
  });
}

/** Ends sessions on all instances, after that is on record. Their tokens stay valid: whoever must stay out needs their token revoked at its issuer. */
export function endSessions(app: HttpApp, sessions: Sessions, publisher: Publisher): void {
  const filter = asked.refine(
    ({ sub, role, session_id }) => session_id !== undefined || (sub !== undefined && role !== undefined),
    'give role and sub, or session_id',
  );
  const schema = {
    operationId: 'endSessions',
    tags: ['Operators' as const],
    summary: 'End sessions on all instances: of a principal, or one. Their tokens stay valid',
    querystring: filter,
    response: { 200: ended },
  };
  app.delete('/v1/sessions', { schema, config: { roles: ['admin'] } }, async (request) => {
    const { query, principal, address } = request;
    await publishAct(publisher, {
      actor: { role: 'admin', id: principal.id },
      act: 'sessions.ended',
      subject: subjectOf(query),
      address,
      details: query,
    });
    const { count, missing } = await sessions.ask('kick', query);
    return { count, missing_instances: missing };
  });
}

function subjectOf({ role, sub, session_id: id = '' }: SessionFilter): AuditEntry['subject'] {
  return role !== undefined && sub !== undefined ? { kind: role, id: sub } : { kind: 'session', id };
}
