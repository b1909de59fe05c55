import { z } from 'zod';
import { storableText } from './text.ts';

/**
 * What the operator's people do that is put on record, each with its meaning; printed in docs/reference.md. A new act is a
 * line here.
 */
export const AUDIT_ACTS = {
  'booking.created': 'Booked on behalf of a user',
  'booking.assigned': 'Gave a booking to a driver',
  'booking.unassigned': 'Took a booking from its driver',
  'booking.handed_over': 'Gave the goods of a booking to another driver',
  'booking.advanced': 'Moved a booking to another status',
  'booking.cancelled': 'Cancelled a booking',
  'driver.excluded': 'Kept a driver from being asked about a booking',
  'driver.readmitted': 'Let a driver be asked about a booking again',
  'vehicle_type.changed': 'Added a vehicle type, or changed its rates',
  'principal.blocked': 'Put somebody out, or ended their older tokens',
  'principal.unblocked': 'Let somebody in again',
  'principal.exported': 'Wrote out all that is kept of somebody',
  'principal.erased': 'Put a pseudonym in somebody’s place everywhere; the subject is the pseudonym',
  'sessions.ended': 'Ended sockets on the gateways',
  'dead_letters.replayed': 'Sent messages that could not be handled to their queue again',
  'dead_letters.discarded': 'Put messages aside that could not be handled',
  'position.read': 'Looked where a driver is; once for each hour',
  'trail.read': 'Looked which way was driven for a booking; once for each hour',
  'map.read': 'Looked at drivers on the map; once for each hour',
} as const satisfies Record<string, string>;

export type AuditAct = keyof typeof AUDIT_ACTS;
export const auditAct = z.enum(Object.keys(AUDIT_ACTS) as [AuditAct, ...AuditAct[]]); // Object.keys forgets the key type

/** Ids of all kinds of things, also two put together. */
const MAX_SUBJECT_CHARACTERS = 300;
const MAX_ACTOR_CHARACTERS = 200;
const MAX_ADDRESS_CHARACTERS = 100;

export const auditEntry = z.object({
  actor: z
    .object({
      role: z
        .enum(['admin', 'operator'])
        .describe('`admin` has a token; `operator` is a name from a command line, which nobody has checked'),
      id: storableText(MAX_ACTOR_CHARACTERS).describe('The `sub` of the token, or that name'),
    })
    .describe('Who did it'),
  act: auditAct.describe('What they did'),
  subject: z
    .object({
      kind: z
        .enum(['booking', 'user', 'driver', 'admin', 'session', 'vehicle_type', 'dead_letters', 'map'])
        .describe('What kind of thing'),
      id: storableText(MAX_SUBJECT_CHARACTERS).describe('Which one'),
    })
    .describe('What it was done to'),
  address: z.string().max(MAX_ADDRESS_CHARACTERS).nullable().describe('From where; null where it came by no network'),
  details: z.record(z.string(), z.unknown()).describe('What else is to be known, by the act'),
});
export type AuditEntry = z.infer<typeof auditEntry>;
