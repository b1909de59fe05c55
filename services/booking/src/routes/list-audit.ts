import { apiSchemas, auditEntry, storableText, timestamp } from '@logi/contracts';
import type { HttpApp } from '@logi/service';
import { z } from 'zod';
import { findActs } from '../audit/audit-store.ts';
import type { Context } from '../context.ts';
import { pageOf, readCursor, writeCursor } from '../cursor.ts';
import type { AuditRow } from '../tables.ts';

const MAX_PAGE = 100;
const MAX_ID_CHARACTERS = 300;
const { act, subject } = auditEntry.shape;

const auditQuery = z.strictObject({
  /** The `sub` of an admin, or the name of an operator. */
  actor: storableText(MAX_ID_CHARACTERS).optional(),
  act: act.optional(),
  subject_kind: subject.shape.kind.optional(),
  subject_id: storableText(MAX_ID_CHARACTERS).optional(),
  from: timestamp.optional(),
  to: timestamp.optional(),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(20),
  cursor: z.string().max(512).optional(),
});

const entry = z.object({ audit_id: z.uuid(), at: timestamp, ...auditEntry.shape, act: z.string() });

const auditPage = z.object({ items: z.array(entry), next_cursor: z.string().nullable() }).register(apiSchemas, {
  id: 'AuditPage',
  examples: [
    {
      items: [
        {
          audit_id: '0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d15',
          at: '2026-01-31T12:02:00.000Z',
          actor: { role: 'admin', id: 'ops' },
          act: 'booking.cancelled',
          subject: { kind: 'booking', id: '0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d11' },
          address: '203.0.113.7',
          details: { reason: 'duplicate' },
        },
      ],
      next_cursor: null,
    },
  ],
});

export function listAudit(app: HttpApp, ctx: Context): void {
  app.get(
    '/v1/audit',
    {
      config: { roles: ['admin'] },
      schema: {
        operationId: 'listAudit',
        tags: ['Operators'],
        summary: 'What the operator’s people did, newest first: who, what, to whom, from where, and when',
        querystring: auditQuery,
        response: { 200: auditPage },
      },
    },
    async ({ query }) => {
      const { actor, act, subject_kind, subject_id, from, to, limit, cursor } = query;
      const rows = await findActs(ctx, {
        filter: {
          ...{ actorId: actor, act, subjectKind: subject_kind, subjectId: subject_id },
          from: from === undefined ? undefined : new Date(from),
          to: to === undefined ? undefined : new Date(to),
        },
        after: cursor === undefined ? undefined : readCursor(cursor),
        limit: limit + 1,
      });
      const { page, next_cursor } = pageOf(rows, limit, ({ at, auditId: id }) => writeCursor({ at, id }));
      return { items: page.map(present), next_cursor };
    },
  );
}

/** Rows outlive the code that wrote them: an act that is no more is still shown. */
function present(row: AuditRow) {
  return {
    audit_id: row.auditId,
    at: row.at.toISOString(),
    actor: { role: row.actorRole, id: row.actorId },
    act: row.act,
    subject: { kind: row.subjectKind, id: row.subjectId },
    address: row.address,
    details: row.details,
  };
}
