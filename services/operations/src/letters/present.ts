import { isUtf8 } from 'node:buffer';
import { apiSchemas, timestamp } from '@logi/contracts';
import { isReplayable, type KeptLetter, type WholeLetter } from '@logi/events';
import { z } from 'zod';

const summary = {
  id: z.string(),
  message_id: z.string(),
  queue: z.string(),
  type: z.string(),
  reason: z.string(),
  attempt: z.int(),
  died_at: timestamp,
  /** What is of a stream can only be discarded. */
  is_replayable: z.boolean(),
  fate: z.enum(['replayed', 'discarded']).nullable(),
  decided_by: z.string().nullable(),
  decided_at: timestamp.nullable(),
};
export const LETTER_EXAMPLE = {
  id: '17',
  message_id: '0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d16',
  queue: 'booking.tracking-events',
  type: 'driver.status_changed',
  reason: 'not an event',
  attempt: 5,
  died_at: '2026-01-31T12:00:00.000Z',
  is_replayable: true,
  fate: null,
  decided_by: null,
  decided_at: null,
} as const;
export const letterSummary = z.object(summary).register(apiSchemas, { id: 'DeadLetter', examples: [LETTER_EXAMPLE] });
/** The body is text where it is text. */
export const wholeLetter = z
  .object({
    ...summary,
    headers: z.record(z.string(), z.unknown()),
    body: z.string().optional(),
    body_base64: z.string().optional(),
    /** Every letter that this message has been, newest first, this one among them. */
    history: z.array(letterSummary),
  })
  .register(apiSchemas, {
    id: 'WholeDeadLetter',
    examples: [{ ...LETTER_EXAMPLE, headers: { 'x-attempt': 5 }, body: '{}', history: [LETTER_EXAMPLE] }],
  });

export function presentLetter(letter: KeptLetter): z.infer<typeof letterSummary> {
  const { id, messageId, queue, type, reason, attempt, diedAt, fate, decidedBy, decidedAt } = letter;
  return {
    ...{ id: String(id), message_id: messageId, queue, type, reason, attempt, died_at: diedAt.toISOString() },
    ...{ is_replayable: isReplayable(queue), fate, decided_by: decidedBy },
    decided_at: decidedAt?.toISOString() ?? null,
  };
}

export function presentWhole(letter: WholeLetter, history: readonly KeptLetter[]): z.infer<typeof wholeLetter> {
  const { headers, body } = letter;
  const text = isUtf8(body) ? { body: body.toString('utf8') } : { body_base64: body.toString('base64') };
  return { ...presentLetter(letter), headers, ...text, history: history.map(presentLetter) };
}
