import { z } from 'zod';
import { role } from './roles.ts';
import { principalId, timestamp } from './text.ts';

/** Whom an operator has put out: whole, or only with the tokens that were issued before a time. */
export const blockState = z.object({
  role: role.describe('As what they sign in'),
  sub: principalId.describe('Who'),
  is_blocked: z.boolean().describe('False once it was lifted'),
  until: timestamp.nullable().describe('When it ends by itself'),
  tokens_issued_before: timestamp.nullable().describe('Only tokens from before this are refused; null: all are'),
});

/** The same as it is read back: `version` counts the changes of one principal's block, and the newest counts. */
export const blockEntry = blockState.extend({ version: z.int().positive() });
export type BlockEntry = z.infer<typeof blockEntry>;
