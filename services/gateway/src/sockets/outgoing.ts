import type { Duplex } from 'node:stream';
import type { Mode, V2Type } from '@logi/contracts';
import type { WebSocket } from 'ws';
import type { Note } from '../journal/journal.ts';
import { noteFrame } from '../journal/message-frame.ts';
import { type PendingPosition, PositionSlots } from './position-slots.ts';

/** Written at once at most; the rest goes when the socket has taken it. */
const MAX_WRITE_BYTES = 65_536;
/** A client that asks more than it reads. */
const MAX_WAITING_CONTROLS = 64;

/** What all sockets of a gateway share, so that a socket of its own holds only what differs. */
export type OutgoingShared = {
  maxEvents: number;
  maxBytes: number;
  /** Flushes this socket once the turn of the event loop at hand is over. */
  schedule: (outgoing: Outgoing) => void;
  onSlow: (outgoing: Outgoing) => void;
  onSent: (type: V2Type) => void;
  onReplayed: (type: V2Type) => void;
  onPositionDropped: (why: 'coalesced' | 'ended') => void;
};

export type OutgoingOptions = {
  shared: OutgoingShared;
  ws: WebSocket;
  socket: Duplex;
  mode: Mode;
  /** What the client narrowed its connection to; undefined is all that its role sees. */
  types: ReadonlySet<string> | undefined;
};

/**
 * What waits to be written to one socket, in three classes. Control goes first. Events leave in order and none is
 * skipped: they are a pointer into the journal, and when more wait than the limits allow, the reader is too slow and is
 * closed. Of positions only the newest of each booking waits, and they leave when no event does. A reader that stalls
 * costs twice the bytes of the limits: as much again in its socket, or that socket's own buffer where it is the larger.
 */
export class Outgoing {
  readonly ws: WebSocket;
  readonly mode: Mode;
  readonly types: ReadonlySet<string> | undefined;
  readonly #shared: OutgoingShared;
  readonly #socket: Duplex;
  #controls: Buffer[] | undefined;
  /** The first event that was not written yet, and the last; undefined when the reader is where we are. */
  #next: Note | undefined;
  #last: Note | undefined;
  #waitingEvents = 0;
  #waitingBytes = 0;
  /** Events of a replay, which do not count against the limit until the reader has caught up. */
  #allowance = 0;
  /** Written behind the last event of a replay. */
  #resumed: { after: Note; frame: Buffer } | undefined;
  #positions: PositionSlots | undefined;
  /** Positions written since the last replay began; ids of positions count on with it. */
  positionsSent = 0;
  isScheduled = false;
  #isAwaitingRoom = false;

  constructor({ shared, ws, socket, mode, types }: OutgoingOptions) {
    this.#shared = shared;
    this.ws = ws;
    this.#socket = socket;
    this.mode = mode;
    this.types = types;
  }

  get isReplaying(): boolean {
    return this.#resumed !== undefined;
  }

  get waitingEvents(): number {
    return this.#waitingEvents;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  sendControl(frame: Buffer): void {
    this.#controls ??= [];
    if (this.#controls.push(frame) > MAX_WAITING_CONTROLS) this.#giveUp();
    else this.#shared.schedule(this);
  }

  /** The next note of this socket's audience; each must pass here, wanted or not, or the list would be cut. */
  sendEvent(note: Note): void {
    if (this.ws.readyState !== this.ws.OPEN) return;
    const bytes = this.#frameOf(note)?.length ?? 0;
    if (this.#next) {
      // The journal forgets an audience that was silent for its window, and begins a new list for it.
      if (this.#last && this.#last.next !== note) this.#last.next = note;
    } else if (bytes === 0) return;
    else this.#next = note;
    this.#last = note;
    if (bytes > 0) this.#await(bytes);
  }

  /** Goes (back) to this note and on from there; `frame` follows the last of them. Returns how many are sent again. */
  replay(range: { first: Note; last: Note }, resumedFrame: (replayed: number) => Buffer): void {
    this.#next = range.first;
    this.#last = range.last;
    this.#waitingEvents = 0;
    this.#waitingBytes = 0;
    for (let note: Note | undefined = range.first; note; note = note === range.last ? undefined : note.next) {
      const bytes = this.#frameOf(note)?.length ?? 0;
      this.#waitingBytes += bytes;
      if (bytes > 0) this.#waitingEvents += 1;
    }
    this.#allowance = this.#waitingEvents;
    this.#resumed = { after: range.last, frame: resumedFrame(this.#waitingEvents) };
    this.#shared.schedule(this);
  }

  sendPosition(pending: PendingPosition): void {
    if (this.ws.readyState !== this.ws.OPEN) return;
    this.#positions ??= new PositionSlots();
    if (this.#positions.put(pending)) this.#shared.onPositionDropped('coalesced');
    this.#shared.schedule(this);
  }

  /** A position must not come after its booking's driver has left it. */
  dropPosition(bookingId: string): void {
    if (this.#positions?.drop(bookingId)) this.#shared.onPositionDropped('ended');
  }

  flush(): void {
    this.isScheduled = false;
    if (this.ws.readyState !== this.ws.OPEN) return;
    while (this.#writeSome());
    if (this.#controls || this.#next || this.#positions) this.#awaitRoom();
  }

  /**
   * Writes what is next, as one write: the system call is what costs. True when there is more to write now. Events may
   * fill the socket's buffer up to the limit, so that a fast reader takes whatever one turn of the event loop brings;
   * positions wait for an empty one, since a newer one may come. Nothing waits unless the socket's own buffer has been
   * full, too: it tells of room only after that.
   */
  #writeSome(): boolean {
    if (this.#socket.writableNeedDrain && this.#socket.writableLength >= this.#shared.maxBytes) return false;
    const frames = this.#controls ?? [];
    this.#controls = undefined;
    let bytes = 0;
    for (const frame of frames) bytes += frame.length;
    bytes = this.#takeEvents(frames, bytes);
    if (!this.#next && !this.#socket.writableNeedDrain) bytes = this.#takePositions(frames, bytes);
    const [only] = frames;
    if (!only) return false;
    this.#socket.write(frames.length === 1 ? only : Buffer.concat(frames, bytes));
    return this.#next !== undefined || (this.#positions !== undefined && !this.#socket.writableNeedDrain);
  }

  #await(bytes: number): void {
    this.#waitingEvents += 1;
    this.#waitingBytes += bytes;
    if (this.#isTooMuch()) this.flush(); // a reader that keeps up may only have waited for the next pass
    if (this.#isTooMuch()) this.#giveUp();
    else this.#shared.schedule(this);
  }

  #isTooMuch(): boolean {
    const { maxEvents, maxBytes } = this.#shared;
    if (this.#allowance === 0 && this.#waitingBytes > maxBytes) return true;
    return this.#waitingEvents > maxEvents + this.#allowance;
  }

  #takeEvents(frames: Buffer[], bytesBefore: number): number {
    let bytes = bytesBefore;
    while (this.#next && bytes < MAX_WRITE_BYTES) {
      const note: Note = this.#next;
      const frame = this.#frameOf(note);
      if (frame) {
        frames.push(frame);
        bytes += frame.length;
        this.#waitingEvents -= 1;
        this.#waitingBytes -= frame.length;
        const { type } = note.notification.message;
        if (this.#resumed) this.#shared.onReplayed(type);
        else this.#shared.onSent(type);
      }
      if (this.#resumed?.after === note) {
        frames.push(this.#resumed.frame);
        bytes += this.#resumed.frame.length;
        this.#resumed = undefined;
      }
      this.#next = note === this.#last ? undefined : note.next;
    }
    if (!this.#next) {
      this.#last = undefined; // or an idle socket would hold on to the last thing it was sent
      this.#allowance = 0;
    }
    return bytes;
  }

  #takePositions(frames: Buffer[], bytesBefore: number): number {
    let bytes = bytesBefore;
    while (bytes < MAX_WRITE_BYTES) {
      const pending = this.#positions?.takeOldest();
      if (!pending) {
        this.#positions = undefined;
        break;
      }
      const frame = pending.frame(this);
      frames.push(frame);
      bytes += frame.length;
      this.#shared.onSent('driver_location');
    }
    return bytes;
  }

  /** Undefined for what this socket is not to see. */
  #frameOf(note: Note): Buffer | undefined {
    if (this.types && !this.types.has(note.notification.message.type)) return undefined;
    if (this.mode === 'default') return note.defaultFrame;
    note.v2Frame ??= noteFrame(note);
    return note.v2Frame;
  }

  #awaitRoom(): void {
    if (this.#isAwaitingRoom) return;
    this.#isAwaitingRoom = true;
    this.#socket.once('drain', () => {
      this.#isAwaitingRoom = false;
      this.flush();
    });
  }

  #giveUp(): void {
    this.#controls = undefined;
    this.#next = undefined;
    this.#last = undefined;
    this.#positions = undefined;
    this.#shared.onSlow(this);
  }
}
