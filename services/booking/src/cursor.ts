import { DomainError } from '@logi/contracts';
import { z } from 'zod';

/** Where a page of a list ends that is in the order of time, the newest first. */
export type Cursor = { at: Date; id: string };

const fields = z.tuple([z.iso.datetime(), z.uuid()]);

/** A client gets a cursor as opaque text, and sends it back for the next page. */
export function writeCursor({ at, id }: Cursor): string {
  return Buffer.from(JSON.stringify([at.toISOString(), id])).toString('base64url');
}

/**
 * One page of rows that were asked for with one more than it has, which tells whether there is a next one, and the cursor
 * to that; null at the end.
 */
export function pageOf<Row>(rows: readonly Row[], limit: number, cursorOf: (last: Row) => string) {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { page, next_cursor: rows.length > limit && last !== undefined ? cursorOf(last) : null };
}

export function readCursor(text: string): Cursor {
  try {
    const [at, id] = fields.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    return { at: new Date(at), id };
  } catch (cause) {
    throw new DomainError('invalid_request', { message: 'cursor is not one of ours', cause });
  }
}
