import type { V2Type } from '@logi/contracts';
import { leadOn, type Note } from '../journal/journal.ts';

/** Gathered for one write at most; the rest goes when the socket has taken it. */
export const MAX_WRITE_BYTES = 65_536;

/** Whose backlog it is. */
type Reader = {
  /** What it is sent for a note; undefined for what it is not to see. */
  frameOf: (note: Note) => Buffer | undefined;
  onSent: (type: V2Type) => void;
  onReplayed: (type: V2Type) => void;
};

type State =
  | { readonly is: 'live'; readonly allowance: 0 }
  | { readonly is: 'replaying'; readonly allowance: number; readonly until: Note; readonly resumed: Buffer }
  | { readonly is: 'catching up'; readonly allowance: number };

const LIVE: State = { is: 'live', allowance: 0 };

/**
 * The events that one socket has yet to be sent: a stretch of its audience's list in the journal, so a socket holds two
 * pointers and no message. There is a backlog only while something waits.
 *
 *   live        what came since the socket was sent everything
 *   replaying   what the client missed, then `resumed` --(that is sent)--> catching up
 *   catching up what came during the replay
 *
 * What a client missed is its due, however much it is. It counts against the limits only once nothing waits any more.
 */
export class Backlog {
  #next: Note | undefined;
  #last: Note;
  #events = 0;
  #bytes = 0;
  #state = LIVE;

  constructor(first: Note, bytes: number) {
    this.#next = first;
    this.#last = first;
    this.#count(bytes);
  }

  /** What was missed, from `first` to `last`; `resumed` makes the frame that ends it. */
  static replay(
    { first, last }: { first: Note; last: Note },
    { reader, resumed }: { reader: Reader; resumed: (replayed: number) => Buffer },
  ): Backlog {
    const bytesOf = (note: Note) => reader.frameOf(note)?.length ?? 0;
    const backlog = new Backlog(first, bytesOf(first));
    for (let note = first; note !== last && note.next; ) {
      note = note.next;
      backlog.add(note, bytesOf(note));
    }
    const allowance = backlog.#events;
    backlog.#state = { is: 'replaying', allowance, until: last, resumed: resumed(allowance) };
    return backlog;
  }

  get isReplaying(): boolean {
    return this.#state.is === 'replaying';
  }

  get isEmpty(): boolean {
    return this.#next === undefined;
  }

  get events(): number {
    return this.#events;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The next note of the audience; one that the reader is not to see has no bytes. */
  add(note: Note, bytes: number): void {
    leadOn(this.#last, note);
    this.#last = note;
    this.#count(bytes);
  }

  exceeds({ maxEvents, maxBytes }: { maxEvents: number; maxBytes: number }): boolean {
    const { allowance } = this.#state;
    if (allowance === 0 && this.#bytes > maxBytes) return true;
    return this.#events > maxEvents + allowance;
  }

  /** Moves what one write has room for into `frames`, and returns the bytes in it by then. */
  gather(frames: Buffer[], bytesBefore: number, reader: Reader): number {
    let bytes = bytesBefore;
    while (this.#next && bytes < MAX_WRITE_BYTES) {
      const note: Note = this.#next;
      const state = this.#state;
      const frame = reader.frameOf(note);
      if (frame) {
        frames.push(frame);
        bytes += frame.length;
        this.#events -= 1;
        this.#bytes -= frame.length;
        const { type } = note.notification.message;
        if (state.is === 'replaying') reader.onReplayed(type);
        else reader.onSent(type);
      }
      if (state.is === 'replaying' && state.until === note) {
        frames.push(state.resumed);
        bytes += state.resumed.length;
        this.#state = { is: 'catching up', allowance: state.allowance };
      }
      this.#next = note === this.#last ? undefined : note.next;
    }
    return bytes;
  }

  #count(bytes: number): void {
    if (bytes === 0) return;
    this.#events += 1;
    this.#bytes += bytes;
  }
}
