import { z } from 'zod';
import { bookingStatus } from './booking.ts';
import { driverStatus } from './driver.ts';
import { geoPoint, latitude, longitude } from './geo.ts';
import { principalId, vehicleType } from './text.ts';

/** The payloads of the five messages of the WebSocket specification: exactly these keys. */
export const messagePayloads = {
  new_booking_request: z.strictObject({
    booking_id: z.string(),
    user_id: principalId,
    pickup_location: geoPoint,
    dropoff_location: geoPoint,
    vehicle_type: vehicleType,
    price_estimate: z.number(),
  }),
  booking_accepted: z.strictObject({ booking_id: z.string(), driver_id: principalId }),
  driver_location: z.strictObject({ booking_id: z.string(), latitude, longitude }),
  status_update: z.strictObject({ booking_id: z.string(), status: bookingStatus }),
  driver_status_update: z.strictObject({ driver_id: principalId, status: driverStatus }),
};

export type MessageType = keyof typeof messagePayloads;
export const MESSAGE_TYPES = Object.keys(messagePayloads) as MessageType[]; // Object.keys forgets the key type

export type Message = {
  [Type in MessageType]: { type: Type; payload: z.infer<(typeof messagePayloads)[Type]> };
}[MessageType];

/** What a client reads from the socket: a message addressed to `user_id`, which is empty for admins. */
export type Envelope = Message & { user_id: string };
