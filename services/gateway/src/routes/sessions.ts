import type { AuditEntry } from '@logi/contracts';
import { type Publisher, publishAct } from '@logi/messaging';
import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import { type SessionFilter, type Sessions, session, sessionFilter } from '../operators/sessions.ts';

/** What the instances answered; `missing_instances` gave a sign of life lately and did not answer. */
const gathered = { count: z.int(), missing_instances: z.array(z.string()) };

/** Who is connected, on all instances: of one principal, of one role, or all. */
export function listSessions(app: HttpApp, sessions: Sessions): void {
  const schema = {
    querystring: sessionFilter,
    response: { 200: z.object({ items: z.array(session), ...gathered }) },
  };
  app.get('/v1/sessions', { schema, config: { roles: ['admin'] } }, async (request) => {
    const { sessions: items, count, missing } = await sessions.ask('list', request.query);
    return { items, count, missing_instances: missing };
  });
}

/** Ends sessions on all instances, after that is on record. Their tokens stay valid: whoever must stay out needs their token revoked at its issuer. */
export function endSessions(app: HttpApp, sessions: Sessions, publisher: Publisher): void {
  const filter = sessionFilter.refine(
    ({ sub, role, session_id }) => session_id !== undefined || (sub !== undefined && role !== undefined),
    'give role and sub, or session_id',
  );
  const schema = { querystring: filter, response: { 200: z.object(gathered) } };
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
