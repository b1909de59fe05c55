import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import { type Sessions, session, sessionFilter } from '../operators/sessions.ts';

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

/** Ends sessions on all instances. Their tokens stay valid: whoever must stay out needs their token revoked at its issuer. */
export function endSessions(app: HttpApp, sessions: Sessions): void {
  const filter = sessionFilter.refine(
    ({ sub, role, session_id }) => session_id !== undefined || (sub !== undefined && role !== undefined),
    'give role and sub, or session_id',
  );
  const schema = { querystring: filter, response: { 200: z.object(gathered) } };
  app.delete('/v1/sessions', { schema, config: { roles: ['admin'] } }, async (request) => {
    const { count, missing } = await sessions.ask('kick', request.query);
    return { count, missing_instances: missing };
  });
}
