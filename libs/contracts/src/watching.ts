import { z } from 'zod';
import { driverStatus } from './driver.ts';
import { box, latitude, longitude } from './geo.ts';
import { principalId, timestamp, vehicleType } from './text.ts';

/*
 * Where all drivers in an area are, for admins who watch it. Tracking tells it only while some gateway says, again and
 * again, that somebody does; each saying holds for a while, so that one of a gateway that is gone ends by itself.
 */

/** In one message; more are several. */
export const MAX_DRIVERS_SEEN = 2_000;
/** Of one gateway. */
export const MAX_WATCHED_AREAS = 1_000;
/** No saying holds for longer. */
export const MAX_WATCH_MS = 60_000;

/** All who are in an area are told so often, whether they move or not. */
export const WATCH_PICTURE_MS = 10_000;

/** Where a driver is who is on duty or has a job. */
export const driverSeen = z.object({
  driver_id: principalId.describe('The driver'),
  status: driverStatus.describe('Their label as the position was taken in'),
  vehicle_type: vehicleType.nullable().describe('What they drive'),
  booking_id: z.uuid().nullable().describe('The booking that they are on'),
  latitude: latitude.describe('Degrees'),
  longitude: longitude.describe('Degrees'),
  recorded_at: timestamp.describe('When the device measured'),
  heading: z.number().optional().describe('Degrees from north'),
  speed: z.number().optional().describe('Metres a second'),
});
export type DriverSeen = z.infer<typeof driverSeen>;

/** To the gateway whose id is the routing key. */
export const driversSeen = z.object({ positions: z.array(driverSeen).max(MAX_DRIVERS_SEEN) });
export type DriversSeen = z.infer<typeof driversSeen>;
export const DRIVERS_SEEN = 'drivers.seen';

/** All that is watched at one gateway. It holds from when it is read, since clocks differ. */
export const watchNotice = z.object({
  instance_id: z.uuid().describe('The gateway'),
  holds_ms: z.int().min(1).max(MAX_WATCH_MS).describe('For so long, unless the next one comes'),
  areas: z
    .array(z.object({ watch_id: z.uuid().describe('A new one asks for all who are there now'), bbox: box }))
    .max(MAX_WATCHED_AREAS)
    .describe('None: nobody watches any more'),
});
export type WatchNotice = z.infer<typeof watchNotice>;
