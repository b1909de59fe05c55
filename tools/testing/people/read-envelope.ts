import { type Envelope, MESSAGE_TYPES, messagePayloads, parseJson } from '@logi/contracts';
import { z } from 'zod';

const envelope = z.strictObject({ user_id: z.string(), type: z.enum(MESSAGE_TYPES), payload: z.unknown() });

/** The message in a frame of the default mode if it is of the specified form: exactly these keys, exactly these types. */
export function readEnvelope(text: string): Envelope | undefined {
  const outer = envelope.safeParse(parseJson(text));
  if (!outer.success) return undefined;
  const payload = messagePayloads[outer.data.type].safeParse(outer.data.payload);
  // The payload was parsed by the schema of this very type; zod cannot express the pair.
  return payload.success ? ({ ...outer.data, payload: payload.data } as Envelope) : undefined;
}
