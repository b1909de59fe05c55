/**
 * How far somebody has read: behind step `step` of what the message of the stream at `offset` brought. Clients know it
 * as a message's id. Offsets are the same on every gateway, so any of them can go on from here. When the stream was
 * deleted and made anew, another message stands at that offset, and `check`, a fingerprint of the message, gives it
 * away.
 */
export type Cursor = { offset: number; step: number; check: number };

/** Behind all that one event can bring; positions that follow count on from here. */
export const LAST_STEP = 0xf;
const MAX_STEP = 0xffffff;
const FORMAT = /^([0-9a-f]{12})-([0-9a-f]{6})-([0-9a-f]{8})$/;

/** Of fixed width, so that ids compare as text in the order of their cursors. */
export function formatId({ offset, step, check }: Cursor): string {
  return `${hex(offset, 12)}-${hex(Math.min(step, MAX_STEP), 6)}-${hex(check, 8)}`;
}

/** The cursor, or undefined for a text that is no id of ours. */
export function parseId(id: string): Cursor | undefined {
  const [, offset, step, check] = FORMAT.exec(id) ?? [];
  if (!offset || !step || !check) return undefined;
  return { offset: Number.parseInt(offset, 16), step: Number.parseInt(step, 16), check: Number.parseInt(check, 16) };
}

/** FNV-1a: cheap, and good enough to tell two messages apart that stand at the same offset of two streams. */
export function fingerprint(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

function hex(value: number, width: number): string {
  return value.toString(16).padStart(width, '0');
}
