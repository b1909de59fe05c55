import type { AuditAct } from '@logi/contracts';
import { type Act, type Caller, recordAct, transactWithEvents } from '@logi/events';
import type { Database } from '@logi/persistence';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Tables } from '../tables.ts';

type Look = Act & { act: Extract<AuditAct, `${string}.read`> };

/**
 * Puts on record that an admin has looked where somebody is or was; before the answer, which is refused if it cannot be.
 * Screens look every few seconds, so there is one record for each admin, subject and hour.
 */
export async function recordLook(ctx: Context, caller: Caller, look: Look): Promise<void> {
  const { role, id } = caller.principal;
  if (role !== 'admin') return;
  await transactWithEvents(ctx.db, async (tx) => {
    const { kind, id: subjectId } = look.subject;
    const first = await sql`
      insert into audited_look (admin_id, act, subject, hour)
      values (${id}, ${look.act}, ${`${kind} ${subjectId}`}, date_trunc('hour', now(), 'UTC'))
      on conflict do nothing`.execute(tx);
    if (first.numAffectedRows === 1n) recordAct(tx, caller, look);
  });
}

/** What was looked at in hours that are over is on record, and not asked for again. */
export async function forgetLooks(db: Database<Tables>): Promise<void> {
  await sql`delete from audited_look where hour < date_trunc('hour', now(), 'UTC')`.execute(db);
}
