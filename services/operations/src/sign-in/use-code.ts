import { readCode, type SignInCode } from '@logi/auth';
import { DomainError } from '@logi/contracts';
import { sql } from 'kysely';
import type { Context } from '../context.ts';

/** What could not be used again anyhow is forgotten after this. */
const FORGOTTEN_AFTER = '1 hour';

/** Whose the code is; from now on it is nobody's, on any instance. Throws unless it is good, and used for the first time. */
export async function useCode({ config, db }: Context, code: string): Promise<SignInCode> {
  const read = readCode(code, config.auth);
  await sql`delete from used_code where expires_at < now() - interval ${sql.lit(FORGOTTEN_AFTER)}`.execute(db);
  const { numAffectedRows } = await sql`
    insert into used_code (code_id, expires_at) values (${read.id}, ${new Date(read.expiresAt)})
    on conflict do nothing`.execute(db);
  if (numAffectedRows === 0n) throw new DomainError('sign_in_code_used');
  return read;
}
