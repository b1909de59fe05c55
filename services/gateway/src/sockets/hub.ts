import { type LivePosition, PROTOCOL_V2, type Principal, principalKey } from '@logi/contracts';
import { formatId, LAST_STEP } from '../journal/cursor.ts';
import type { Journal } from '../journal/journal.ts';
import type { LastPositions } from '../journal/last-positions.ts';
import { defaultFrame, v2Frame } from '../journal/message-frame.ts';
import { type Audience, isLive, type Notification, positionNotification } from '../journal/notifications.ts';
import type { Client } from './client.ts';
import type { Outgoing } from './outgoing.ts';
import type { PendingPosition } from './position-slots.ts';

export const ADMINS = 'admins';

/** Who is connected here, and the way of a message through the journal to each of their sockets. */
export class Hub {
  readonly #journal: Journal;
  readonly #lastPositions: LastPositions;
  /** Lists, since most have one: a Set of its own would be a tenth of all that a socket costs us. */
  readonly #readers = new Map<string, Outgoing[]>();

  /** Users who have yet to be told where their drivers are; undefined: who comes is told at once. */
  #newcomers: Map<Outgoing, string> | undefined = new Map();

  constructor({ journal, lastPositions }: { journal: Journal; lastPositions: LastPositions }) {
    this.#journal = journal;
    this.#lastPositions = lastPositions;
  }

  add({ principal, outgoing }: Client): void {
    const key = audienceOf(principal);
    const readers = this.#readers.get(key);
    if (readers?.includes(outgoing)) return;
    if (readers) readers.push(outgoing);
    else this.#readers.set(key, [outgoing]);
    if (principal.role !== 'user') return;
    if (this.#newcomers) this.#newcomers.set(outgoing, principal.id);
    else this.#welcome(outgoing, principal.id);
  }

  remove({ principal, outgoing }: Client): void {
    this.#newcomers?.delete(outgoing);
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

  /** Whether who comes is told where their drivers are: not while we may have missed that a booking has ended. */
  setWelcoming(isWelcoming: boolean): void {
    const newcomers = this.#newcomers ?? [];
    this.#newcomers = isWelcoming ? undefined : new Map(newcomers);
    if (isWelcoming) for (const [outgoing, userId] of newcomers) this.#welcome(outgoing, userId);
  }

  #welcome(outgoing: Outgoing, userId: string): void {
    for (const position of this.#lastPositions.of(userId)) this.sendPosition(position, outgoing);
  }

  /** To all of the booking's user, or to the one that has just come. */
  sendPosition(position: LivePosition, only?: Outgoing): void {
    const readers = only ? [only] : this.#readers.get(audienceOf({ role: 'user', id: position.user_id }));
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

export function audienceOf(principal: Principal): string {
  return principal.role === 'admin' ? ADMINS : principalKey(principal);
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
  let inDefault: Buffer | undefined;
  return {
    key: position.booking_id,
    type: 'driver_location',
    frame: (mode, count) => {
      const now = Date.now();
      if (mode !== PROTOCOL_V2) {
        if (!isLive(position, now)) return undefined;
        const { audience, message } = positionNotification(position, now);
        inDefault ??= defaultFrame(audience, message);
        return inDefault;
      }
      const { audience, message } = positionNotification(position, now);
      const { end = { offset: 0, check: 0 } } = journal;
      const id = formatId({ ...end, step: LAST_STEP + count });
      return v2Frame(audience, message, { id, at: position.recorded_at });
    },
  };
}
