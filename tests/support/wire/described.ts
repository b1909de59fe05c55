import {
  CONTROL_TYPES,
  controlPayloads,
  isRecord,
  MESSAGE_TYPES,
  messagePayloads,
  PROTOCOL_V2,
  pointsAck,
  V2_TYPES,
  v2Payloads,
} from '@logi/contracts';
import { z } from 'zod';

/*
 * What docs/asyncapi.json says of messages is made of the schemas of the contracts. Each message that a test's socket
 * hears is held against them, to the last key: what is on the wire is in the document.
 */

type Frames = ReadonlyMap<string, z.ZodType>;

const V2 = { id: z.string().optional(), at: z.iso.datetime() };

const DEFAULT_FRAMES = framesOf(MESSAGE_TYPES, messagePayloads, {});
const V2_FRAMES: Frames = new Map([
  ...framesOf(V2_TYPES, v2Payloads, V2),
  ...framesOf(CONTROL_TYPES, controlPayloads, V2),
]);
const STREAM_FRAMES: Frames = new Map([
  ['ack', pointsAck.extend({ payload: pointsAck.shape.payload.strict() }).strict()],
]);

function framesOf<Type extends string>(
  types: readonly Type[],
  payloads: Record<Type, z.ZodObject>,
  more: Record<string, z.ZodType>,
): Frames {
  return new Map(
    types.map((type) => [
      type,
      z.strictObject({ user_id: z.string(), type: z.literal(type), payload: payloads[type].strict(), ...more }),
    ]),
  );
}

/** What is wrong with a message of a server by what the documents say of it, or nothing. */
export function undescribed(
  message: unknown,
  { url, protocol }: { url: string; protocol: string },
): string | undefined {
  const frames = framesAt(new URL(url).pathname, protocol);
  if (!frames) return undefined;
  const type = isRecord(message) ? String(message['type']) : 'none';
  const schema = frames.get(type);
  if (!schema) return `the documents have no message ${type} here`;
  const { success, error } = schema.safeParse(message);
  return success ? undefined : `${type} is not as the documents have it: ${z.prettifyError(error)}`;
}

function framesAt(path: string, protocol: string): Frames | undefined {
  if (path === '/v1/stream') return STREAM_FRAMES;
  if (path !== '/ws') return undefined;
  return protocol === PROTOCOL_V2 ? V2_FRAMES : DEFAULT_FRAMES;
}
