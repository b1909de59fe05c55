import {
  type ControlMessage,
  DEFAULT_TYPES,
  type MessageType,
  messagePayloads,
  type V2Envelope,
  type V2Message,
} from '@logi/contracts';
import type { Audience } from './notifications.ts';

/** Final fragment, text: the first byte of an unmasked frame (RFC 6455, 5.2). */
const FINAL_TEXT = 0x81;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/** A whole WebSocket frame, built once and written to any number of sockets as it is. */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const headerBytes = length < LENGTH_16 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(headerBytes + length);
  frame[0] = FINAL_TEXT;
  if (headerBytes === 2) frame[1] = length;
  else if (headerBytes === 4) {
    frame[1] = LENGTH_16;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = LENGTH_64;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.write(text, headerBytes);
  return frame;
}

export function controlFrame(message: ControlMessage, where: { id?: string } = {}): Buffer {
  const envelope: V2Envelope = { user_id: '', ...message, ...where, at: new Date().toISOString() };
  return textFrame(JSON.stringify(envelope));
}

/** The message as `logi.v2` has it. */
export function v2Frame(audience: Audience, message: V2Message, rest: { id: string; at: string }): Buffer {
  const envelope: V2Envelope = { user_id: addressee(audience), ...message, ...rest };
  return textFrame(JSON.stringify(envelope));
}

/** The message as the specification has it, with exactly its keys; undefined when it has no such message for this role. */
export function defaultFrame(audience: Audience, message: V2Message): Buffer | undefined {
  const { type, payload } = message;
  const role = audience === 'admins' ? 'admin' : audience.role;
  const specified = DEFAULT_TYPES[role].find((known) => known === type);
  if (!specified || isSameStatus(message)) return undefined;
  const keys = SPECIFIED_KEYS[specified];
  const values: Record<string, unknown> = payload;
  const picked: Record<string, unknown> = {};
  for (const key of keys) picked[key] = values[key];
  return textFrame(JSON.stringify({ user_id: addressee(audience), type, payload: picked }));
}

/** A hand-over changes the driver, which stands in `logi.v2` alone. */
function isSameStatus({ type, payload }: V2Message): boolean {
  return type === 'status_update' && payload.status === payload.previous_status;
}

const SPECIFIED_KEYS = Object.fromEntries(
  Object.entries(messagePayloads).map(([type, { shape }]) => [type, Object.keys(shape)]),
) as Record<MessageType, string[]>; // Object.entries forgets the key type

/** `user_id` is the addressee, and empty for admins. */
function addressee(audience: Audience): string {
  return audience === 'admins' ? '' : audience.id;
}
