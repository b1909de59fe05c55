import type { AuditAct, EventOf } from '@logi/contracts';
import { withNext } from '@logi/persistence';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Cursor } from '../cursor.ts';
import type { AuditRow, BookingTx } from '../tables.ts';

const FORGOTTEN_AT_ONCE = 5_000;

export async function keepAct(tx: BookingTx, event: EventOf<'audit.recorded'>): Promise<void> {
  const { actor, act, subject, address, details } = event.data;
  const row = {
    auditId: event.aggregate_id,
    actorRole: actor.role,
    actorId: actor.id,
    act,
    subjectKind: subject.kind,
    subjectId: subject.id,
    address,
    details: JSON.stringify(details),
    at: new Date(event.occurred_at),
  };
  await withNext(tx, tx.insertInto('audit').values(row));
}

/** What is left out does not matter. */
export type ActFilter = {
  actorId: string | undefined;
  act: AuditAct | undefined;
  subjectKind: AuditRow['subjectKind'] | undefined;
  subjectId: string | undefined;
  from: Date | undefined;
  to: Date | undefined;
};

/** A page of what was done, newest first, from just behind a cursor. */
export async function findActs(
  { db }: Context,
  { filter, after, limit }: { filter: ActFilter; after: Cursor | undefined; limit: number },
): Promise<AuditRow[]> {
  const { actorId, act, subjectKind, subjectId, from, to } = filter;
  let query = db.selectFrom('audit').selectAll();
  if (actorId !== undefined) query = query.where('actorId', '=', actorId);
  if (act !== undefined) query = query.where('act', '=', act);
  if (subjectKind !== undefined) query = query.where('subjectKind', '=', subjectKind);
  if (subjectId !== undefined) query = query.where('subjectId', '=', subjectId);
  if (from) query = query.where('at', '>=', from);
  if (to) query = query.where('at', '<', to);
  if (after) query = query.where(sql<boolean>`(at, audit_id) < (${after.at}, ${after.id}::uuid)`);
  return query.orderBy('at', 'desc').orderBy('auditId', 'desc').limit(limit).execute();
}

/** Rows of the record can only be added; those past their time go by a function of the database's owner. */
export async function forgetOldActs({ db, config }: Context): Promise<void> {
  await sql`select booking.forget_audit(now() - make_interval(days => ${config.AUDIT_RETENTION_DAYS}),
    ${FORGOTTEN_AT_ONCE})`.execute(db);
}
