import type { EventOf } from '@logi/contracts';
import { keepAct } from '../audit/audit-store.ts';
import type { BookingTx } from '../tables.ts';

/** What the operator's people did, in whichever service; our own acts come this way, too, so that there is one. */
export async function auditRecorded(tx: BookingTx, event: EventOf<'audit.recorded'>): Promise<void> {
  await keepAct(tx, event);
}
