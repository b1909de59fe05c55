import { DomainError } from '@logi/contracts';
import { z } from 'zod';
import type { Cursor } from './booking-store.ts';

const fields = z.tuple([z.iso.datetime(), z.uuid()]);

/** A client gets a cursor as opaque text, and sends it back for the next page. */
export function writeCursor({ createdAt, bookingId }: Cursor): string {
  return Buffer.from(JSON.stringify([createdAt.toISOString(), bookingId])).toString('base64url');
}

export function readCursor(text: string): Cursor {
  try {
    const [createdAt, bookingId] = fields.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    return { createdAt: new Date(createdAt), bookingId };
  } catch (cause) {
    throw new DomainError('invalid_request', { message: 'cursor is not one of ours', cause });
  }
}
