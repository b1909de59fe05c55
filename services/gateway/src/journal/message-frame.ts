import {
  type ControlMessage,
  DEFAULT_TYPES,
  type MessageType,
  messagePayloads,
  type V2Envelope,
  type V2Message,
} from '@logi/contracts';
import { textFrame } from '@logi/service';
import type { Audience } from './notifications.ts';

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
