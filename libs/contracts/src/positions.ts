import { z } from 'zod';
import { latitude, longitude } from './geo.ts';
import { principalId, timestamp } from './text.ts';

/**
 * Live positions of drivers on a job: one message for each flush of tracking, straight to `tracking.positions`.
 * Many, and only the newest counts, so they bypass the outbox.
 */
export const positionsRecorded = z.object({
  positions: z.array(
    z.object({
      booking_id: z.uuid(),
      user_id: principalId,
      driver_id: principalId,
      latitude,
      longitude,
      recorded_at: timestamp,
      heading: z.number().optional(),
      speed: z.number().optional(),
    }),
  ),
});
export type PositionsRecorded = z.infer<typeof positionsRecorded>;
export type LivePosition = PositionsRecorded['positions'][number];
export const POSITIONS_RECORDED = 'positions.recorded';
