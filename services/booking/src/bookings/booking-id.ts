import { randomUUID } from 'node:crypto';

/**
 * A UUIDv7 (RFC 9562): its first 48 bits are the time, so that new rows stand side by side at the end of each index, and
 * not each in a page of its own; the other 74 are random. To everybody else it is opaque, as those of older bookings are,
 * which are random throughout.
 */
export function newBookingId(now = Date.now()): string {
  const time = now.toString(16).padStart(12, '0');
  const random = randomUUID();
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice('xxxxxxxx-xxxx-4'.length)}`;
}
