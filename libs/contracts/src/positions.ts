import { z } from 'zod';
import { latitude, longitude } from './geo.ts';
import { principalId, timestamp } from './text.ts';

/** One of each driver on a job in a flush, which has at most so many points (MAX_FLUSH_POINTS). */
const MAX_POSITIONS = 10_000;

/** Where the driver on a job is: the newest fix that belongs to the trip. */
export const livePosition = z.object({
  booking_id: z.uuid().describe('The booking that the driver is on'),
  user_id: principalId.describe('Who booked'),
  driver_id: principalId.describe('The driver'),
  latitude: latitude.describe('Degrees'),
  longitude: longitude.describe('Degrees'),
  recorded_at: timestamp.describe('When the device measured'),
  heading: z.number().optional().describe('Degrees from north'),
  speed: z.number().optional().describe('Metres a second'),
  started_at: timestamp
    .optional()
    .describe('When the driver got the booking; absent from a tracking of before this was told'),
  live_until: timestamp
    .optional()
    .describe('From then on it is history, and no more where the driver is; absent from a tracking of before this'),
});
export type LivePosition = z.infer<typeof livePosition>;

/**
 * Live positions of drivers on a job: one message for each flush of tracking, straight to `tracking.positions`.
 * Many, and only the newest counts, so they bypass the outbox.
 */
export const positionsRecorded = z.object({ positions: z.array(livePosition).max(MAX_POSITIONS) });
export type PositionsRecorded = z.infer<typeof positionsRecorded>;
export const POSITIONS_RECORDED = 'positions.recorded';
