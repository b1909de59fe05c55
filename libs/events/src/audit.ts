import { randomUUID } from 'node:crypto';
import type { AuditEntry, Principal } from '@logi/contracts';
import type { Tx } from '@logi/persistence';
import { appendEvent } from './outbox.ts';

/** Who makes a call, and from where: a request knows. */
export type Caller = { principal: Principal; address: string };
export type Act = Pick<AuditEntry, 'act' | 'subject'> & { details?: AuditEntry['details'] };

/**
 * Puts what an admin does on record, in the transaction in which they do it. Users and drivers may make some of the same
 * calls; what they do stands in the history of their bookings.
 */
export function recordAct<Tables>(tx: Tx<Tables>, { principal, address }: Caller, act: Act): void {
  const { role, id } = principal;
  if (role !== 'admin') return;
  appendEvent(tx, {
    type: 'audit.recorded',
    aggregateId: randomUUID(),
    version: 1,
    data: { details: {}, ...act, actor: { role, id }, address },
  });
}
