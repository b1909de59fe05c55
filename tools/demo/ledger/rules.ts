import type { BookingStatus, Envelope, MessageType, Principal, Role } from '@logi/contracts';

/** Messages at the wrong door: the first two are seen at once, the others when the system's own records are read. */
export const MISDELIVERIES = {
  addressee: 'addressed to somebody else',
  role: 'of a type that this role may not see',
  booking: 'about a booking of somebody else',
  offer: 'an offer made to another driver',
  position: 'a position of another driver',
} as const;

/** What the contract lets each role see. */
const SEEN_BY: Record<Role, readonly MessageType[]> = {
  user: ['new_booking_request', 'booking_accepted', 'driver_location', 'status_update'],
  driver: ['new_booking_request'],
  admin: ['status_update', 'driver_status_update'],
};

/** Why this message should not have come to this principal, as far as the two alone tell. */
export function findMisdelivery({ role, id }: Principal, { user_id, type }: Envelope): string | undefined {
  if (user_id !== (role === 'admin' ? '' : id)) return MISDELIVERIES.addressee;
  if (!SEEN_BY[role].includes(type)) return MISDELIVERIES.role;
  return undefined;
}

export type Comparison = { missing: number; surplus: number };

/** What was heard of a booking against what happened to it. A repeat, or a status that came after a later one, is surplus. */
export function compareStatuses(heard: readonly BookingStatus[], happened: readonly BookingStatus[]): Comparison {
  let position = 0;
  let missing = 0;
  let surplus = 0;
  for (const status of heard) {
    const found = happened.indexOf(status, position);
    if (found === -1) {
      surplus += 1;
      continue;
    }
    missing += found - position;
    position = found + 1;
  }
  return { missing: missing + happened.length - position, surplus };
}
