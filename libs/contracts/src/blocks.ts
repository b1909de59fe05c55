import { z } from 'zod';
import { role } from './roles.ts';
import { principalId, timestamp } from './text.ts';

/** Whom an operator has put out: whole, or only with the tokens that were issued before a time. */
export const blockState = z.object({
  role,
  sub: principalId,
  /** False once it was lifted. */
  is_blocked: z.boolean(),
  /** When it ends by itself. */
  until: timestamp.nullable(),
  tokens_issued_before: timestamp.nullable(),
});

/** The same as it is read back: `version` counts the changes of one principal's block, and the newest counts. */
export const blockEntry = blockState.extend({ version: z.int().positive() });
export type BlockEntry = z.infer<typeof blockEntry>;
