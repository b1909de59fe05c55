import type { Duplex } from 'node:stream';
import { CLOSE_CODES, type CloseReason } from '@logi/contracts';
import { WebSocket } from 'ws';
import { type DropBounds, drop } from './drop.ts';
import { textFrame } from './text-frame.ts';

/*
 * How a socket of ours ends, so that its client hears why.
 *
 * The obvious way cuts the line as soon as `ws` has closed what breaks the protocol. A client in the middle of a frame of a
 * megabyte then writes to a line that nobody reads. It is reset, the reset overtakes the close frame, and the app sees 1006
 * and sends the same frame again, for ever; through a proxy it happens in half of all cases.
 *
 * So after a close frame of ours the line stays, for CLOSE_GRACE_MS and CLOSE_GRACE_BYTES:
 *
 *   open ──(close)──▶ closing    frames are read, for the client's own close frame is one of them
 *   open ──(broken)─▶ dropping   our half is ended; nothing more can be read, and what comes is dropped unseen
 *   closing ──(flood)─▶ dropping
 *   closing, dropping ──(the client's end; the bounds)──▶ ended
 */

const REASONS: ReadonlyMap<number, string> = new Map(
  Object.values(CLOSE_CODES).map(({ code, reason }): [number, string] => [code, reason]),
);

export class ServedSocket extends WebSocket {
  #line: Duplex | undefined;
  #bounds: DropBounds | undefined;
  #sentCode: number | undefined;
  #isDropping = false;

  serve(line: Duplex, bounds: DropBounds): void {
    this.#line = line;
    this.#bounds = bounds;
  }

  /** The code of our close frame, if we have sent one. */
  get sentCode(): number | undefined {
    return this.#sentCode;
  }

  override close(code?: number, reason?: string | Buffer): void {
    if (this.readyState === WebSocket.OPEN) this.#sentCode = code;
    // `ws` names no reason when a frame breaks the protocol, and always one when it answers the client's close.
    super.close(code, reason ?? (code === undefined ? undefined : REASONS.get(code)));
  }

  /** As one buffer; `ws` hands header and payload to the system apart. */
  sendText(text: string): void {
    if (this.readyState === WebSocket.OPEN) this.#line?.write(textFrame(text));
  }

  /** Nothing of what still comes is looked at. */
  drop(): void {
    if (this.#isDropping || !this.#line || !this.#bounds) return;
    this.#isDropping = true;
    drop(this.#line, this.#bounds);
  }
}

/** Closes with the code and reason of the list; a client that does not answer in time is cut off. */
export function closeFor(ws: WebSocket, why: CloseReason): void {
  if (ws.readyState !== ws.OPEN) return;
  const { code, reason } = CLOSE_CODES[why];
  ws.close(code, reason);
  ws.resume(); // or its answer would not be heard
}

/** The code that ended it, for whoever counts: a client that broke off after our close frame was closed by us. */
export function endedWith(ws: WebSocket, code: number): number {
  return ws instanceof ServedSocket && code === 1006 ? (ws.sentCode ?? code) : code;
}
