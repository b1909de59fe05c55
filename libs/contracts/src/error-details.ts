import { z } from 'zod';
import { bookingStatus } from './booking.ts';
import { driverStatus } from './driver.ts';
import type { ErrorCode } from './errors.ts';
import { timestamp } from './text.ts';

const cap = z.object({ max: z.int() });

/** What `details` of an error has, by its code; optional where it is not always there. */
export const ERROR_DETAILS = {
  invalid_request: z
    .object({
      in: z.string().describe('Of the request: body, querystring, params or headers'),
      issues: z.array(z.object({ path: z.string(), message: z.string() })),
    })
    .optional(),
  unknown_message_type: z.object({ known: z.array(z.string()) }),
  offer_not_open: z.object({ status: bookingStatus }),
  illegal_transition: z.object({ status: bookingStatus, allowed: z.array(bookingStatus) }),
  driver_not_available: z.object({ status: driverStatus }).optional(),
  dead_letter_decided: z.object({
    fate: z.enum(['replayed', 'discarded']),
    decided_by: z.string(),
    decided_at: timestamp,
  }),
  too_many_bookings: cap,
  too_many_scheduled: cap,
  too_many_blocks: cap,
} as const satisfies Partial<Record<ErrorCode, z.ZodType>>;

/** As they are sent, for the documents. */
export const ERROR_DETAIL_EXAMPLES: { [Code in keyof typeof ERROR_DETAILS]: z.infer<(typeof ERROR_DETAILS)[Code]> } = {
  invalid_request: { in: 'body', issues: [{ path: '/vehicle_type', message: 'Invalid input' }] },
  unknown_message_type: { known: ['status_update'] },
  offer_not_open: { status: 'Accepted' },
  illegal_transition: { status: 'Accepted', allowed: ['En Route to Pickup'] },
  driver_not_available: { status: 'Busy' },
  dead_letter_decided: { fate: 'discarded', decided_by: 'ada', decided_at: '2026-01-31T12:00:00.000Z' },
  too_many_bookings: { max: 20 },
  too_many_scheduled: { max: 100 },
  too_many_blocks: { max: 20_000 },
};
