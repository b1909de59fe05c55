import { type LivePosition, PROTOCOL_V2, type Principal } from '@logi/contracts';
import { formatId, LAST_STEP } from '../journal/cursor.ts';
import type { Journal } from '../journal/journal.ts';
import { defaultFrame, v2Frame } from '../journal/message-frame.ts';
import { type Audience, type Notification, positionNotification } from '../journal/notifications.ts';
import type { Client } from './client.ts';
import type { Outgoing } from './outgoing.ts';
import type { PendingPosition } from './position-slots.ts';

export const ADMINS = 'admins';

/** Who is connected here, and the way of a message through the journal to each of their sockets. */
export class Hub {
  readonly #journal: Journal;
  /** Lists, since most have one: a Set of its own would be a tenth of all that a socket costs us. */
  readonly #readers = new Map<string, Outgoing[]>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  add({ principal, outgoing }: Client): void {
    const key = audienceOf(principal);
    const readers = this.#readers.get(key);
    if (!readers) this.#readers.set(key, [outgoing]);
    else if (!readers.includes(outgoing)) readers.push(outgoing);
  }

  remove({ principal, outgoing }: Client): void {
    const key = audienceOf(principal);
    const others = this.#readers.get(key)?.filter((reader) => reader !== outgoing) ?? [];
    if (others.length > 0) this.#readers.set(key, others);
    else this.#readers.delete(key);
  }

  /** Writes what the newest message of the stream brought into the journal, and to whoever is connected. */
  deliver(notifications: readonly Notification[], occurredAt: string): void {
    let step = 0;
    for (const notification of notifications) {
      const { audience, message } = notification;
      const key = audienceKey(audience);
      const readers = this.#readers.get(key);
      const inDefault = readers && hasDefault(readers) ? defaultFrame(audience, message) : undefined;
      const note = this.#journal.append(key, { step, notification, occurredAt, defaultFrame: inDefault });
      step += 1;
      if (!note || !readers) continue;
      for (const outgoing of readers) outgoing.sendEvent(note);
    }
  }

  sendPosition(position: LivePosition): void {
    const readers = this.#readers.get(audienceOf({ role: 'user', id: position.user_id }));
    if (!readers) return;
    const pending = pendingPosition(position, this.#journal);
    for (const outgoing of readers) {
      if (!outgoing.types || outgoing.types.has('driver_location')) outgoing.sendPosition(pending);
    }
  }

  /** The booking has no driver any more: the last position must not arrive after that. */
  dropPosition(bookingId: string, userId: string): void {
    for (const outgoing of this.#readers.get(audienceOf({ role: 'user', id: userId })) ?? []) {
      outgoing.dropPosition(bookingId);
    }
  }
}

/** Roles are single words, so no id can make one principal's key look like another's. */
export function audienceOf({ role, id }: Principal): string {
  return role === 'admin' ? ADMINS : `${role} ${id}`;
}

function audienceKey(audience: Audience): string {
  return audience === 'admins' ? ADMINS : audienceOf(audience);
}

function hasDefault(readers: readonly Outgoing[]): boolean {
  for (const { mode } of readers) if (mode === 'default') return true;
  return false;
}

/**
 * Its id is the newest event's, counted on: events leave a socket before positions, so whoever has read this position
 * has read all events up to there.
 */
function pendingPosition(position: LivePosition, journal: Journal): PendingPosition {
  const { audience, message } = positionNotification(position);
  let inDefault: Buffer | undefined;
  return {
    position,
    frame: (mode, count) => {
      if (mode !== PROTOCOL_V2) {
        inDefault ??= defaultFrame(audience, message);
        return inDefault;
      }
      const { end = { offset: 0, check: 0 } } = journal;
      const id = formatId({ ...end, step: LAST_STEP + count });
      return v2Frame(audience, message, { id, at: position.recorded_at });
    },
  };
}
