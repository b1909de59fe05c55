import { DomainError } from '@logi/contracts';
import { z } from 'zod';
import type { Place } from './booking-store.ts';

const place = z.tuple([z.iso.datetime(), z.uuid()]);

/** A place in the list as opaque text. */
export function writeCursor({ createdAt, bookingId }: Place): string {
  return Buffer.from(JSON.stringify([createdAt.toISOString(), bookingId])).toString('base64url');
}

export function readCursor(cursor: string): Place {
  try {
    const [createdAt, bookingId] = place.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
    return { createdAt: new Date(createdAt), bookingId };
  } catch (cause) {
    throw new DomainError('invalid_request', { message: 'cursor is not one of ours', cause });
  }
}
