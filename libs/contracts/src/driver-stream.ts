import { z } from 'zod';
import { latitude, longitude } from './geo.ts';
import { timestamp } from './text.ts';

/*
 * What is said on `/v1/stream` of tracking, as an app of ours says it. Tracking takes much more for a point, since phones
 * say many things; what it refuses one for, and what it leaves out, its own reading says.
 */

const MAX_POINTS_IN_FRAME = 500;

export const driverPoint = z.object({
  latitude: latitude.describe('Degrees'),
  longitude: longitude.describe('Degrees'),
  recorded_at: timestamp.optional().describe('When the device measured; without it, when it comes'),
  accuracy: z.number().min(0).optional().describe('Metres'),
  speed: z.number().min(0).optional().describe('Metres a second'),
  heading: z.number().min(0).max(360).optional().describe('Degrees from north'),
  battery: z.number().min(0).max(100).optional().describe('Percent'),
  seq: z.int().min(0).optional().describe('The app’s own number of the point, which its ack names'),
});
export type DriverPoint = z.infer<typeof driverPoint>;

/** What an app says. */
export const locationUpdate = z.object({
  type: z.literal('location_update'),
  payload: z.union([driverPoint, z.array(driverPoint).max(MAX_POINTS_IN_FRAME)]),
  sent_at: timestamp.optional().describe('When this is sent, by the clock of the device: so a wrong one is corrected'),
  device: z.string().optional().describe('Which device of the driver’s'),
  app: z.string().optional().describe('Which app'),
});

/** What it is answered, once the points are committed. */
export const pointsAck = z.object({
  type: z.literal('ack'),
  payload: z.object({
    seq: z.int().min(0).optional().describe('Of the last point accepted: all up to it is safe to forget'),
    accepted: z.int().min(0).describe('So many points are stored'),
    rejected: z
      .array(
        z.object({
          index: z.int().min(0).describe('Which of the frame’s points'),
          code: z.string().describe('Why'),
          field: z.string().describe('What refused it'),
          final: z.boolean().describe('Sending it again cannot help'),
        }),
      )
      .describe('Those that are not'),
    wait_ms: z.int().min(1).optional().describe('The driver sends too much: nothing is read before so long has passed'),
  }),
});
