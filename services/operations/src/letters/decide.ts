import { type AuditAct, DomainError, type Principal } from '@logi/contracts';
import {
  asOnlyOperator,
  discardKept,
  type Fate,
  findLetter,
  isReplayable,
  type KeptLetter,
  replayKept,
} from '@logi/events';
import { publishAct } from '@logi/messaging';
import type { Context } from '../context.ts';

/** How long another operator's decision is waited for. */
const TURN_WAIT_MS = 5_000;
const ACTS: Record<Fate, AuditAct> = { replayed: 'dead_letters.replayed', discarded: 'dead_letters.discarded' };

export type Decision = { id: number; fate: Fate; dryRun: boolean; by: Principal; address: string };

/**
 * Decides about one letter, after that is on record. Whoever decides the same a second time is answered as the first was,
 * and nothing is done twice; whoever decides otherwise is told who came first.
 */
export async function decideLetter(ctx: Context, decision: Decision): Promise<KeptLetter> {
  return asOnlyOperator(ctx.db, (db) => decide({ ...ctx, db }, decision), { patienceMs: TURN_WAIT_MS });
}

async function decide({ db, publisher }: Context, { id, fate, dryRun, by, address }: Decision): Promise<KeptLetter> {
  const letter = await requireLetter(db, id);
  if (letter.fate === fate) return letter;
  if (letter.fate !== null) {
    const { fate: decided, decidedBy, decidedAt } = letter;
    throw new DomainError('dead_letter_decided', {
      details: { fate: decided, decided_by: decidedBy, decided_at: decidedAt.toISOString() },
    });
  }
  if (fate === 'replayed' && !isReplayable(letter.queue)) throw new DomainError('dead_letter_not_replayable');
  if (dryRun) return letter;
  const { messageId, queue, type } = letter;
  await publishAct(publisher, {
    actor: { role: 'admin', id: by.id },
    act: ACTS[fate],
    subject: { kind: 'dead_letters', id: messageId.slice(0, MAX_SUBJECT_CHARACTERS) },
    address,
    details: { letter_id: String(id), queue, type },
  });
  const deciding = { filter: { id }, by: by.id };
  if (fate === 'discarded') await discardKept(db, deciding);
  else {
    const { failure } = await replayKept(db, { ...deciding, publisher });
    if (failure !== undefined) throw new DomainError('unavailable', { message: `It is still here: ${failure}` });
  }
  return requireLetter(db, id);
}

const MAX_SUBJECT_CHARACTERS = 300;

async function requireLetter(db: Context['db'], id: number) {
  const letter = await findLetter(db, id);
  if (!letter) throw new DomainError('dead_letter_not_found');
  return letter;
}
