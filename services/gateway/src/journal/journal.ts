import { LAST_STEP, type Place } from './message-id.ts';
import type { Notification } from './notifications.ts';

/** One message for one audience. `next` leads to the same audience's following one: a reader's backlog is a pointer. */
export type Note = {
  readonly offset: number;
  readonly step: number;
  readonly check: number;
  readonly notification: Notification;
  readonly occurredAt: string;
  /** What a `logi.v2` socket is sent; made for the first that needs it. */
  v2Frame: Buffer | undefined;
  /** What a socket in the default mode is sent; made only when there is one, and never for a replay. */
  defaultFrame: Buffer | undefined;
  next: Note | undefined;
  previous: Note | undefined;
  readonly thread: Thread;
  /** The note before it that the same message brought. */
  readonly sibling: Note | undefined;
};

/** What the journal is told; where it stands, it knows itself. */
export type NoteContent = Pick<Note, 'step' | 'notification' | 'occurredAt' | 'defaultFrame'>;

/** Everything that one audience was told within the window, oldest first. */
type Thread = { audience: string; first: Note | undefined; last: Note | undefined };

/** What one message of the stream brought, the last first; nothing, for most that no screen shows. */
type Entry = { check: number; publishedAt: number; bytes: number; notes: Note | undefined };

export type JournalLimits = { windowMs: number; maxBytes: number };

/** What an entry and a note weigh besides what they say, roughly. */
const ENTRY_BYTES = 150;
const NOTE_BYTES = 300;
const COMPACT_AFTER = 4_096;

/**
 * The newest part of the stream, shared by all connections of this gateway and bounded in time and bytes. It has an entry
 * for every message of the stream, without gaps, so a place is found by its offset at once. Each audience's notes are a
 * list through it: live delivery and replay walk the same list, so between the two there is no seam to lose or double
 * a message in. A note that left the journal stays readable for a reader that is not there yet.
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
  get end(): Place | undefined {
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
    const note: Note = {
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

  /** Whether everything after this place is still here. False for places of another stream, or of none. */
  reaches({ offset, check }: Place): boolean {
    if (offset < this.#resumableFrom) return false;
    return this.#entryAt(offset)?.check === check;
  }

  /** Whether everything from the first message of the stream up to this one is here. */
  reachesStartOf(offset: number): boolean {
    return offset === 0 || (this.#size > 0 && this.#first === 0 && this.#resumableFrom === 0);
  }

  /** When the message at this place was published. */
  publishedAt({ offset, check }: Place): number | undefined {
    const entry = this.#entryAt(offset);
    return entry?.check === check ? entry.publishedAt : undefined;
  }

  /** The audience's first note after a place that the journal reaches. */
  firstAfter(audience: string, place: Place): Note | undefined {
    let found: Note | undefined;
    let note = this.#threads.get(audience)?.last;
    while (note && isAfter(note, place)) {
      found = note;
      note = note.previous;
    }
    return found;
  }

  lastOf(audience: string): Note | undefined {
    return this.#threads.get(audience)?.last;
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

  /** The newest entry always stays: it is the place from which a new connection can resume. */
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

function isAfter(note: Note, { offset, step }: Place): boolean {
  return note.offset > offset || (note.offset === offset && note.step > step);
}
