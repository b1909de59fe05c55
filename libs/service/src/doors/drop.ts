import type { Readable } from 'node:stream';

export type DropBounds = { graceMs: number; graceBytes: number };

/**
 * Reads what still comes on a line and keeps none of it, until its client has ended it or the bounds are met. A line that is
 * cut while something on it is unread is reset, and a reset overtakes what we wrote last: the client never hears why.
 */
export function drop(line: Readable, { graceMs, graceBytes }: DropBounds): void {
  let bytesLeft = graceBytes;
  const cut = setTimeout(() => line.destroy(), graceMs).unref();
  line.removeAllListeners('data');
  line.on('data', (chunk: Buffer) => {
    bytesLeft -= chunk.length;
    if (bytesLeft < 0) line.destroy();
  });
  line.once('close', () => clearTimeout(cut));
  line.resume();
}
