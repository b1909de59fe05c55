import { createWriteStream } from 'node:fs';
import type { BookingStatus, Role } from '@logi/contracts';

export type Who = { role: Role; id: string };

/** One attempt at something by HTTP, and its answer; status 0 is none. */
export type CallEntry = {
  kind: 'call';
  at: number;
  by: Who;
  op: 'book' | 'cancel' | 'accept' | 'decline' | 'advance' | 'duty';
  /** Idempotency-Key, of a `book`. */
  key?: string;
  bookingId?: string;
  to?: BookingStatus;
  status: number;
  /** The body of a 2xx, byte for byte. */
  text?: string;
};
/** A driver's points as they were sent (`isAcknowledged` false), and once more when they were acknowledged. */
export type PointsEntry = { kind: 'points'; at: number; driverId: string; seqs: number[]; isAcknowledged: boolean };
/** What a socket was told. A socket has several connections, one after the other. */
export type HeardEntry = {
  kind: 'heard';
  at: number;
  by: Who;
  socket: string;
  mode: 'default' | 'logi.v2';
  connection: number;
  message: { type: string; user_id: string; payload: Record<string, unknown> };
};
/** A logi.v2 client was told that what it missed cannot be told. */
export type GapEntry = { kind: 'gap'; at: number; by: Who; socket: string };
export type FaultEntry = { kind: 'fault'; at: number; id: string; what: string; recoveryMs?: number };
export type Entry = CallEntry | PointsEntry | HeardEntry | GapEntry | FaultEntry;

/** Everything that was asked, answered, heard and broken, in order; in memory for the checker, in a file for people. */
export class History {
  readonly entries: Entry[] = [];
  readonly path: string;
  readonly #file: ReturnType<typeof createWriteStream>;

  constructor(path: string) {
    this.path = path;
    this.#file = createWriteStream(path);
  }

  add(entry: Entry): void {
    this.entries.push(entry);
    this.#file.write(`${JSON.stringify(entry)}\n`);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#file.end(resolve));
  }
}
