import { finished } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Point } from './point.ts';

/*
 * PostgreSQL's binary COPY format: a signature; for each row the number of fields, and each field as its length and its
 * bytes, or as length -1 for null; -1 at the end. Numbers and times need no formatting and parsing, and no text of a
 * driver's can be mistaken for a separator.
 */

const STATEMENT = `copy position
  (driver_id, recorded_at, received_at, latitude, longitude, accuracy, speed, heading, battery, seq, flaw, device_time)
  from stdin (format binary)`;
const FIELDS = 12;
const HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const TRAILER_BYTES = 2;
/** Everything in a row but its texts: field count, lengths, three times, two doubles, four reals, a bigint. */
const FIXED_ROW_BYTES = 2 + FIELDS * 4 + 3 * 8 + 2 * 8 + 4 * 4 + 8;
const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1);
/** What a clock says beyond these is as good as these, and a count of microseconds from them is exact. */
const EARLIEST_MS = Date.UTC(1800, 0, 1);
const LATEST_MS = Date.UTC(2200, 0, 1);
/** `-infinity`, with its length before it. */
const NEVER = Buffer.from('000000088000000000000000', 'hex');
const TWO_TO_32 = 2 ** 32;

/** Appends points to the table `position`, in the transaction that is open on the connection. */
export async function copyPoints(client: pg.ClientBase, points: readonly Point[]): Promise<void> {
  const stream = client.query(copyFrom(STATEMENT));
  stream.end(encode(points));
  await finished(stream);
}

function encode(points: readonly Point[]): Buffer {
  let bytes = HEADER.length + TRAILER_BYTES;
  for (const { driverId, flaw } of points) bytes += FIXED_ROW_BYTES + Buffer.byteLength(driverId) + (flaw?.length ?? 0);
  const buffer = Buffer.allocUnsafe(bytes);
  let at = HEADER.copy(buffer);
  for (const point of points) {
    at = buffer.writeInt16BE(FIELDS, at);
    at = writeText(buffer, point.driverId, at);
    at = writeTime(buffer, point.recordedAt.getTime(), at);
    at = writeTime(buffer, point.receivedAt.getTime(), at);
    at = buffer.writeDoubleBE(point.latitude, buffer.writeInt32BE(8, at));
    at = buffer.writeDoubleBE(point.longitude, buffer.writeInt32BE(8, at));
    at = writeReal(buffer, point.accuracy, at);
    at = writeReal(buffer, point.speed, at);
    at = writeReal(buffer, point.heading, at);
    at = writeReal(buffer, point.battery, at);
    at = point.seq === null ? buffer.writeInt32BE(-1, at) : writeBigint(buffer, point.seq, at);
    at = point.flaw === null ? buffer.writeInt32BE(-1, at) : writeText(buffer, point.flaw, at);
    at = writeDeviceTime(buffer, point, at);
  }
  at = buffer.writeInt16BE(-1, at);
  return buffer.subarray(0, at);
}

function writeText(buffer: Buffer, text: string, at: number): number {
  const bytes = buffer.write(text, at + 4);
  return buffer.writeInt32BE(bytes, at) + bytes;
}

function writeReal(buffer: Buffer, value: number | null, at: number): number {
  return value === null ? buffer.writeInt32BE(-1, at) : buffer.writeFloatBE(value, buffer.writeInt32BE(4, at));
}

/** Microseconds since 2000. */
function writeTime(buffer: Buffer, time: number, at: number): number {
  return writeBigint(buffer, (time - POSTGRES_EPOCH_MS) * 1_000, at);
}

/** What the device took for the time, if we know better; -infinity if it told none. */
function writeDeviceTime(buffer: Buffer, { deviceTime, recordedAt }: Point, at: number): number {
  if (deviceTime === null) return NEVER.copy(buffer, at) + at;
  if (deviceTime === recordedAt.getTime()) return buffer.writeInt32BE(-1, at);
  return writeTime(buffer, Math.max(EARLIEST_MS, Math.min(LATEST_MS, deviceTime)), at);
}

/** Two halves: a whole number below 2^53 needs no BigInt. */
function writeBigint(buffer: Buffer, value: number, at: number): number {
  const high = buffer.writeInt32BE(Math.floor(value / TWO_TO_32), buffer.writeInt32BE(8, at));
  return buffer.writeUInt32BE(((value % TWO_TO_32) + TWO_TO_32) % TWO_TO_32, high);
}
