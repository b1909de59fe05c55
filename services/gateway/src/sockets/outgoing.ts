import type { Duplex } from 'node:stream';
import { type Mode, PROTOCOL_V2, type V2Type } from '@logi/contracts';
import type { WebSocket } from 'ws';
import { type Cursor, LAST_STEP } from '../journal/cursor.ts';
import { type Note, v2FrameOf } from '../journal/journal.ts';
import { Backlog, MAX_WRITE_BYTES } from './backlog.ts';
import type { Flusher } from './flusher.ts';
import { type PendingPosition, PositionSlots } from './position-slots.ts';

/** A client that asks more than it reads. */
const MAX_WAITING_CONTROLS = 64;

/** What all sockets of a gateway share, so that a socket of its own holds only what differs. */
export type OutgoingShared = {
  maxEvents: number;
  maxBytes: number;
  flusher: Flusher;
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
 * What waits to be written to one socket.
 *
 * The obvious way hands each message to the socket, whose buffer then grows for as long as a reader does not read: one
 * phone in a tunnel takes the memory of all. So messages wait here, in three classes, each with an end of its own:
 *
 *   control    leaves first; a client that asks more than it reads is closed
 *   events     leave in order, and none is skipped; when more wait than the limits allow, the reader is too slow: it is
 *              closed, and may come back with its cursor
 *   positions  leave when no event waits; only the newest of each booking, or of each driver who is watched, is kept
 *
 * A reader that stalls costs twice the bytes of the limits: as much again in its socket, or that socket's own buffer
 * where it is the larger.
 */
export class Outgoing {
  readonly ws: WebSocket;
  readonly mode: Mode;
  readonly types: ReadonlySet<string> | undefined;
  readonly #shared: OutgoingShared;
  readonly #socket: Duplex;
  #controls: Buffer[] | undefined;
  #backlog: Backlog | undefined;
  #positions: PositionSlots | undefined;
  /** Positions written since the client came with its cursor; their ids count on from there. */
  #positionCount = 0;
  #isScheduled = false;
  #isAwaitingRoom = false;

  constructor({ shared, ws, socket, mode, types }: OutgoingOptions) {
    this.#shared = shared;
    this.ws = ws;
    this.#socket = socket;
    this.mode = mode;
    this.types = types;
  }

  get #isWaiting(): boolean {
    return this.#controls !== undefined || this.#backlog !== undefined || this.#positions !== undefined;
  }

  get isReplaying(): boolean {
    return this.#backlog?.isReplaying ?? false;
  }

  get waitingEvents(): number {
    return this.#backlog?.events ?? 0;
  }

  get waitingBytes(): number {
    return this.#backlog?.bytes ?? 0;
  }

  sendControl(frame: Buffer): void {
    this.#controls ??= [];
    if (this.#controls.push(frame) > MAX_WAITING_CONTROLS) this.#giveUp();
    else this.#schedule();
  }

  /** The next note of this socket's audience; each must pass here, wanted or not, or the list would be cut. */
  sendEvent(note: Note): void {
    if (this.ws.readyState !== this.ws.OPEN) return;
    const bytes = this.frameOf(note)?.length ?? 0;
    if (this.#backlog) this.#backlog.add(note, bytes);
    else if (bytes > 0) this.#backlog = new Backlog(note, bytes);
    if (bytes === 0) return;
    if (this.#isTooSlow()) this.flush(); // a reader that keeps up may only have waited for the next pass
    if (this.#isTooSlow()) this.#giveUp();
    else this.#schedule();
  }

  /** The client has read up to `cursor`: goes (back) to what it missed, then `resumed`, and on from there. */
  resume(
    cursor: Cursor,
    { missed, resumed }: { missed: { first: Note; last: Note } | undefined; resumed: (replayed: number) => Buffer },
  ): void {
    this.#positionCount = Math.max(0, cursor.step - LAST_STEP);
    if (!missed) {
      this.sendControl(resumed(0));
      return;
    }
    this.#backlog = Backlog.replay(missed, { reader: this, resumed });
    this.#schedule();
  }

  /** `most` may wait, where that is not the number for bookings. */
  sendPosition(pending: PendingPosition, most?: number): void {
    if (this.ws.readyState !== this.ws.OPEN) return;
    this.#positions ??= new PositionSlots();
    if (this.#positions.put(pending, most)) this.#shared.onPositionDropped('coalesced');
    this.#schedule();
  }

  /** A position must not come after its booking's driver has left it, or after its area is not watched any more. */
  dropPosition(key: string): void {
    if (this.#positions?.drop(key)) this.#shared.onPositionDropped('ended');
  }

  /** Returns how many messages were written. */
  flush(): number {
    this.#isScheduled = false;
    if (this.ws.readyState !== this.ws.OPEN) return 0;
    let messages = 0;
    while (this.#isWaiting) {
      const written = this.#writeSome();
      if (written === 0) break;
      messages += written;
    }
    if (this.#isWaiting) this.#awaitRoom();
    return messages;
  }

  /** Undefined for what this socket is not to see. */
  frameOf(note: Note): Buffer | undefined {
    if (this.types && !this.types.has(note.notification.message.type)) return undefined;
    return this.mode === PROTOCOL_V2 ? v2FrameOf(note) : note.defaultFrame;
  }

  onSent(type: V2Type): void {
    this.#shared.onSent(type);
  }

  onReplayed(type: V2Type): void {
    this.#shared.onReplayed(type);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#shared.flusher.add(this);
  }

  /**
   * Writes what is next, as one write: the system call is what costs. Returns how many messages that was. Events may fill
   * the socket's buffer up to the limit, so that a fast reader takes whatever one turn of the event loop brings; positions
   * wait for an empty one, since a newer one may come. Nothing waits unless the socket's own buffer has been full, too: it
   * tells of room only after that.
   */
  #writeSome(): number {
    if (this.#socket.writableNeedDrain && this.#socket.writableLength >= this.#shared.maxBytes) return 0;
    const frames = this.#controls ?? [];
    this.#controls = undefined;
    let bytes = 0;
    for (const frame of frames) bytes += frame.length;
    if (this.#backlog) bytes = this.#backlog.gather(frames, bytes, this);
    if (this.#backlog?.isEmpty) this.#backlog = undefined;
    if (!this.#backlog && !this.#socket.writableNeedDrain) bytes = this.#gatherPositions(frames, bytes);
    const [only] = frames;
    if (only) this.#socket.write(frames.length === 1 ? only : Buffer.concat(frames, bytes));
    return frames.length;
  }

  #gatherPositions(frames: Buffer[], bytesBefore: number): number {
    const positions = this.#positions;
    if (!positions) return bytesBefore;
    let bytes = bytesBefore;
    for (const pending of positions.waiting()) {
      if (bytes >= MAX_WRITE_BYTES) break;
      positions.drop(pending.key);
      this.#positionCount += 1;
      const frame = pending.frame(this.mode, this.#positionCount);
      if (!frame) continue;
      frames.push(frame);
      bytes += frame.length;
      this.#shared.onSent(pending.type);
    }
    if (positions.isEmpty) this.#positions = undefined;
    return bytes;
  }

  #isTooSlow(): boolean {
    return this.#backlog?.exceeds(this.#shared) ?? false;
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
    this.#backlog = undefined;
    this.#positions = undefined;
    this.#shared.onSlow(this);
  }
}
