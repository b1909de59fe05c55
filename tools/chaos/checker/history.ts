import { createWriteStream } from 'node:fs';
import type { BookingStatus, Role } from '@logi/contracts';
import type { ProcessEvent } from '../stack/process-record.ts';

export type Who = { role: Role; id: string };

/** One attempt at something by HTTP, and its answer; status 0 is none. */
export type CallEntry = {
  kind: 'call';
  at: number;
  by: Who;
  /** `look` reads a booking, and `list` those that are open; `block` is an admin's, of somebody. */
  op: 'block' | 'book' | 'cancel' | 'accept' | 'decline' | 'advance' | 'duty' | 'look' | 'list';
  /** Idempotency-Key, of a `book`. */
  key?: string;
  bookingId?: string;
  to?: BookingStatus;
  status: number;
  /** The body of a 2xx, byte for byte. */
  text?: string;
};
/** A driver's point as it was sent, with the time that the driver's app gave it. */
export type SentPointEntry = { kind: 'point'; at: number; driverId: string; seq: number; recordedAt: string };
/** Points that were acknowledged. */
export type AcknowledgedPointsEntry = { kind: 'acknowledged'; at: number; driverId: string; seqs: number[] };
type Listener = { by: Who; socket: string; mode: 'default' | 'logi.v2' };
/** Somebody begins to listen; with several connections, one after the other. */
export type SocketEntry = Listener & { kind: 'socket'; at: number };
export type HeardEntry = Listener & {
  kind: 'heard';
  at: number;
  connection: number;
  message: { type: string; user_id: string; payload: Record<string, unknown> };
};
/** A logi.v2 client was told that what it missed cannot be told. */
export type GapEntry = { kind: 'gap'; at: number; by: Who; socket: string };
/** Somebody is blocked, as an admin was answered. */
export type BlockedEntry = { kind: 'blocked'; at: number; whom: Who };
export type FaultBeginsEntry = { kind: 'fault begins'; at: number; id: string };
export type FaultEntry = { kind: 'fault'; at: number; id: string; what: string; recoveryMs?: number };
/** Kills and failed starts are counted from these. */
export type ProcessEntry = ProcessEvent & { kind: 'process' };
export type Entry =
  | CallEntry
  | SentPointEntry
  | AcknowledgedPointsEntry
  | SocketEntry
  | HeardEntry
  | GapEntry
  | BlockedEntry
  | FaultBeginsEntry
  | FaultEntry
  | ProcessEntry;

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
