import { type Cursor, formatId, LAST_STEP } from './cursor.ts';
import { v2Frame } from './message-frame.ts';
import type { Notification } from './notifications.ts';

/** One message for one audience. Whoever reads it goes on by `next`; only this file writes it. */
export type Note = {
  readonly offset: number;
  readonly step: number;
  readonly check: number;
  readonly notification: Notification;
  readonly occurredAt: string;
  /** What a `logi.v2` socket is sent; made for the first that needs it, by `v2FrameOf`. */
  readonly v2Frame: Buffer | undefined;
  /** What a socket in the default mode is sent; made only when there is one, and never for a replay. */
  readonly defaultFrame: Buffer | undefined;
  readonly next: Note | undefined;
  readonly previous: Note | undefined;
  readonly thread: Thread;
  /** The note before it that the same message brought. */
  readonly sibling: Note | undefined;
};

/** What the journal is told of a note; where it stands, it knows itself. */
export type NoteContent = Pick<Note, 'step' | 'notification' | 'occurredAt' | 'defaultFrame'>;

type OwnNote = { -readonly [Key in keyof Note]: Note[Key] };

/** Everything that one audience was told within the window, oldest first. */
type Thread = { audience: string; first: OwnNote | undefined; last: OwnNote | undefined };

/** What one message of the stream brought, the last first; nothing, for most that no screen shows. */
type Entry = { check: number; publishedAt: number; bytes: number; notes: Note | undefined };

export type JournalLimits = { windowMs: number; maxBytes: number };

/** What an entry and a note weigh besides what they say, roughly. */
const ENTRY_BYTES = 150;
const NOTE_BYTES = 300;
const COMPACT_AFTER = 4_096;

/**
 * What clients may still have to be told: the newest part of the stream, bounded in time and bytes.
 *
 * The obvious way is a queue for each socket and a history for those who come back. It fails twice. A message for a
 * thousand admins is queued a thousand times, and one that does not read holds all of it. And a client that comes back
 * is read the history while new messages arrive: somewhere the one must end and the other begin, and there a message is
 * lost or doubled.
 *
 * Here is one list for each audience, and a reader's backlog is a pointer into it:
 *
 *   the stream   40      41      42      43      44      an entry for every message, also for what nobody is shown
 *   user ana     ●──────────────▶●──────────────▶●       the notes that they brought, by audience
 *   admins       ●──────▶●──────▶●──────────────▶●
 *                        │                       └ an admin who was here all the time has nothing to read
 *                        └ an admin who comes back with a cursor behind 40 reads on from here
 *
 * A replay walks the list that live messages are added to, so there is no seam between the two. Since the stream's
 * entries have no gap, a cursor is found by its offset at once. What is too old leaves the journal at the front, but a
 * note that a reader still points at leads on to the next all the same.
 */
export class Journal {
  readonly #limits: JournalLimits;
  readonly #threads = new Map<string, Thread>();
  #entries: Entry[] = [];
  #head = 0;
  /** Offset of the entry at `#head`. */
  #first = 0;
  #bytes = 0;
  /** Nobody can resume from before here: what came then was only read to know versions. */
  #resumableFrom = 0;

  constructor(limits: JournalLimits) {
    this.#limits = limits;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Behind the newest message; undefined before the first. */
  get end(): Cursor | undefined {
    const entry = this.#entries.at(-1);
    return entry && { offset: this.#first + this.#size - 1, step: LAST_STEP, check: entry.check };
  }

  /** Opens the entry of the next message. Offsets are consecutive; after a gap the journal must be cleared first. */
  open(offset: number, message: { check: number; bytes: number; publishedAt: number; isResumable: boolean }): void {
    if (this.#size === 0) this.#first = offset;
    if (!message.isResumable) this.#resumableFrom = offset + 1;
    const { publishedAt } = message;
    const bytes = ENTRY_BYTES + message.bytes;
    this.#entries.push({ check: message.check, publishedAt, bytes, notes: undefined });
    this.#bytes += bytes;
    this.#trim(publishedAt);
  }

  /** Adds a note to the entry opened last; undefined before the first. */
  append(audience: string, { step, notification, occurredAt, defaultFrame }: NoteContent): Note | undefined {
    const entry = this.#entries.at(-1);
    if (!entry) return undefined;
    let thread = this.#threads.get(audience);
    if (!thread) {
      thread = { audience, first: undefined, last: undefined };
      this.#threads.set(audience, thread);
    }
    // All fields in one place: thousands a second of these are made, and one shape is what makes them cheap.
    const note: OwnNote = {
      offset: this.#first + this.#size - 1,
      step,
      check: entry.check,
      notification,
      occurredAt,
      v2Frame: undefined,
      defaultFrame,
      next: undefined,
      previous: thread.last,
      thread,
      sibling: entry.notes,
    };
    if (thread.last) thread.last.next = note;
    thread.first ??= note;
    thread.last = note;
    entry.notes = note;
    entry.bytes += NOTE_BYTES;
    this.#bytes += NOTE_BYTES;
    return note;
  }

  /** Whether everything after this cursor is still here. False for cursors of another stream, or of none. */
  reaches({ offset, check }: Cursor): boolean {
    if (offset < this.#resumableFrom) return false;
    return this.#entryAt(offset)?.check === check;
  }

  /** Whether everything from the first message of the stream up to this one is here. */
  reachesStartOf(offset: number): boolean {
    return offset === 0 || (this.#size > 0 && this.#first === 0 && this.#resumableFrom === 0);
  }

  /** When the message at this cursor was published. */
  publishedAt({ offset, check }: Cursor): number | undefined {
    const entry = this.#entryAt(offset);
    return entry?.check === check ? entry.publishedAt : undefined;
  }

  /** What the audience was told after a cursor that the journal reaches; undefined when it was nothing. */
  missedSince(audience: string, cursor: Cursor): { first: Note; last: Note } | undefined {
    const last = this.#threads.get(audience)?.last;
    let first: Note | undefined;
    for (let note: Note | undefined = last; note && isAfter(note, cursor); note = note.previous) first = note;
    return first && last && { first, last };
  }

  clear(): void {
    this.#threads.clear();
    this.#entries = [];
    this.#head = 0;
    this.#bytes = 0;
    this.#resumableFrom = 0;
  }

  get #size(): number {
    return this.#entries.length - this.#head;
  }

  #entryAt(offset: number): Entry | undefined {
    return offset < this.#first ? undefined : this.#entries[this.#head + offset - this.#first];
  }

  /** The newest entry always stays: a new connection's cursor is there. */
  #trim(now: number): void {
    const { windowMs, maxBytes } = this.#limits;
    while (this.#size > 1) {
      const entry = this.#entries[this.#head];
      if (!entry || (this.#bytes <= maxBytes && entry.publishedAt >= now - windowMs)) break;
      for (let { notes: note } = entry; note; note = note.sibling) this.#dropFirst(note.thread);
      this.#bytes -= entry.bytes;
      this.#head += 1;
      this.#first += 1;
    }
    if (this.#head < COMPACT_AFTER || this.#head * 2 < this.#entries.length) return;
    this.#entries = this.#entries.slice(this.#head);
    this.#head = 0;
  }

  #dropFirst(thread: Thread): void {
    thread.first = thread.first?.next;
    if (thread.first) thread.first.previous = undefined;
    else this.#threads.delete(thread.audience);
  }
}

/** What a `logi.v2` socket is sent; made once for all of them, however many read it and however often. */
export function v2FrameOf(note: Note): Buffer {
  return note.v2Frame ?? makeV2Frame(note);
}

/**
 * A reader has not read `last` yet, and its audience's next note is this one. Mostly it is linked already; but when the
 * audience was told nothing for a whole window, the journal has forgotten its list and begun another.
 */
export function leadOn(last: OwnNote, next: Note): void {
  if (last.next !== next) last.next = next;
}

function makeV2Frame(note: OwnNote): Buffer {
  const { audience, message } = note.notification;
  const frame = v2Frame(audience, message, { id: formatId(note), at: note.occurredAt });
  note.v2Frame = frame;
  return frame;
}

function isAfter(note: Note, { offset, step }: Cursor): boolean {
  return note.offset > offset || (note.offset === offset && note.step > step);
}
