import { z } from 'zod';
import { actorRole, bookingStatus } from './booking.ts';
import { driverSignal } from './driver.ts';
import { offerOutcome } from './events.ts';
import { type MessageType, messagePayloads } from './messages.ts';
import type { Role } from './roles.ts';
import { principalId, timestamp } from './text.ts';
import { driverSeen } from './watching.ts';

/**
 * The opt-in protocol of the gateway, chosen by this WebSocket subprotocol and written down in docs/protocol.md. Without
 * it a connection speaks the specification of messages.ts, and nothing of this file reaches it.
 */
export const PROTOCOL_V2 = 'logi.v2';
/** The default mode by a name, for browsers: they want one of the subprotocols they offer chosen, and one is their token. */
export const PROTOCOL_DEFAULT = 'logi';

/** How a connection speaks, by the subprotocol that was agreed on. */
export type Mode = 'default' | typeof PROTOCOL_V2;

/** Which messages of the specification a role reads in the default mode. */
export const DEFAULT_TYPES: Record<Role, readonly MessageType[]> = {
  user: ['new_booking_request', 'booking_accepted', 'driver_location', 'status_update'],
  driver: ['new_booking_request'],
  admin: ['status_update', 'driver_status_update'],
};

/** Which messages about the business a role reads in `logi.v2`; what is said of the connection, everybody does. */
export const V2_ROLE_TYPES: Record<Role, readonly V2Type[]> = {
  user: ['new_booking_request', 'booking_accepted', 'status_update', 'driver_location', 'driver_signal'],
  driver: ['new_booking_request', 'booking_offer_closed', 'status_update'],
  admin: ['status_update', 'driver_status_update', 'driver_position'],
};

const version = z.int().positive().describe('Counts the changes of that one thing');

/** Payloads of what the gateway tells in `logi.v2`, each with at least the keys of the specification. More keys may come. */
export const v2Payloads = {
  new_booking_request: z.object({
    ...messagePayloads.new_booking_request.shape,
    currency: z.string(),
    scheduled_at: timestamp.nullable().optional(),
    offer_id: z.string().optional().describe('To drivers only'),
    distance_meters: z.number().optional().describe('From the driver to the pickup; to drivers only'),
    expires_at: timestamp.optional().describe('When the offer closes; to drivers only'),
  }),
  booking_accepted: z.object({ ...messagePayloads.booking_accepted.shape, version }),
  driver_location: z.object({
    ...messagePayloads.driver_location.shape,
    driver_id: principalId,
    recorded_at: timestamp,
    age_ms: z.int().min(0).describe('How old it is as it is sent'),
    is_live: z.boolean().describe('False: where the driver was last, and perhaps no longer is'),
    heading: z.number().optional(),
    speed: z.number().optional(),
  }),
  driver_signal: z
    .object({ booking_id: z.string(), driver_id: principalId, signal: driverSignal, heard_at: timestamp.nullable() })
    .describe('The driver of a booking has gone quiet (Dark), or is heard of again (Live)'),
  status_update: z.object({
    ...messagePayloads.status_update.shape,
    previous_status: bookingStatus.nullable(),
    driver_id: principalId.nullable(),
    actor: actorRole.describe('Who changed it'),
    reason: z.string().nullable(),
    version,
  }),
  driver_status_update: z.object({ ...messagePayloads.driver_status_update.shape, version }),
  driver_position: driverSeen.describe('Where a driver in an area is that this connection watches; without `id`'),
  booking_offer_closed: z.object({ booking_id: z.string(), offer_id: z.string(), outcome: offerOutcome }),
};
export type V2Type = keyof typeof v2Payloads;
export const V2_TYPES = Object.keys(v2Payloads) as V2Type[]; // Object.keys forgets the key type
export type V2Message = {
  [Type in V2Type]: { type: Type; payload: z.infer<(typeof v2Payloads)[Type]> };
}[V2Type];

const durationMs = z.int().min(0);

/** Why an area is not watched. */
export const WATCH_REFUSALS = {
  not_admin: 'Only admins watch areas',
  bad_bbox: 'bbox is [west, south, east, north] in degrees, with south at most north',
  area_too_wide: 'The area is wider or higher than areas may be',
  too_many_areas: 'This connection watches as many areas as it may; stop watching another one first',
  gateway_full: 'As many areas are watched here as can be; try again later',
  not_on_record: 'It cannot be put on record who looks, while the broker is away; try again later',
} as const;
export type WatchRefusal = keyof typeof WATCH_REFUSALS;
const watchRefusal = z.enum(Object.keys(WATCH_REFUSALS) as [WatchRefusal, ...WatchRefusal[]]); // it forgets the key type

export const MAX_AREA_NAME_CHARACTERS = 64;
const areaName = z.string().max(MAX_AREA_NAME_CHARACTERS).describe('The name that the client gave it');
const bbox = z.tuple([z.number(), z.number(), z.number(), z.number()]).describe('West, south, east, north, in degrees');

/** What the gateway says about the connection itself. */
export const controlPayloads = {
  hello: z
    .object({ session_id: z.string(), heartbeat_ms: durationMs, resume_window_ms: durationMs, expires_at: timestamp })
    .describe('The first message of every connection'),
  resumed: z
    .object({ recovered: z.boolean(), replayed: z.int().min(0) })
    .describe('All that was missed has been sent; or, when not recovered, cannot be: fetch the state by HTTP'),
  authenticated: z.object({ expires_at: timestamp }).describe('The session was extended by a new token'),
  token_expiring: z
    .object({ expires_at: timestamp })
    .describe('The session ends then; send `auth` with a new token before'),
  goaway: z
    .object({ closes_in_ms: durationMs, reconnect_in_ms: durationMs })
    .describe('This instance stops: close, wait `reconnect_in_ms`, then connect anew with the place'),
  degraded: z.object({ since: timestamp }).describe('The broker is away: nothing is delivered until `restored`'),
  restored: z.object({ since: timestamp }).describe('Delivery goes on; what happened meanwhile is being sent'),
  pong: z.object({}).describe('The answer to `ping`'),
  watching: z
    .object({ area: areaName, bbox: bbox.nullable(), max: z.int().min(0), left_out: z.int().min(0) })
    .describe('What is watched from now on under this name, null: nothing; and again when others are left out'),
  watch_refused: z
    .object({ area: areaName, code: watchRefusal, message: z.string() })
    .describe('The area is not watched; what was watched under its name before still is'),
};
export type ControlType = keyof typeof controlPayloads;
export const CONTROL_TYPES = Object.keys(controlPayloads) as ControlType[]; // Object.keys forgets the key type
export type ControlMessage = {
  [Type in ControlType]: { type: Type; payload: z.infer<(typeof controlPayloads)[Type]> };
}[ControlType];

/**
 * What a client reads. `id` is opaque and grows within a connection, compared as text; the last one read is the place
 * from which to resume, on any instance. Messages without it do not move that place.
 */
export type V2Envelope = (V2Message | ControlMessage) & { user_id: string; id?: string; at: string };

/** Far more than an id of ours has; whatever is longer is none. */
export const MAX_ID_CHARACTERS = 64;
const lastId = z.object({ last_id: z.string().max(MAX_ID_CHARACTERS) });

/** What a client may say. */
export const clientPayloads = {
  resume: lastId.describe('Send again, in order, all that came after this id; then `resumed`'),
  ack: lastId.describe('Everything up to this id has been taken in'),
  auth: z.object({ token: z.string() }).describe('A new token of the same principal; the session lasts as long as it'),
  ping: z.object({}).describe('For clients that cannot see WebSocket pings; answered by `pong`'),
  watch_area: z
    .object({
      area: areaName
        .optional()
        .describe('A name, for clients that watch several; another `watch_area` with it replaces this'),
      bbox: bbox
        .nullable()
        .describe('West, south, east, north, in degrees, across 180° where west is greater; null: stop'),
      max: z.int().min(1).optional().describe('Of so many drivers at the most'),
    })
    .describe('For admins: tell where drivers in this area are; answered by `watching` or `watch_refused`'),
};
export type ClientFrameType = keyof typeof clientPayloads;
export const CLIENT_FRAME_TYPES = Object.keys(clientPayloads) as ClientFrameType[]; // Object.keys forgets the key type

export const clientFrame = z.discriminatedUnion('type', [
  z.object({ type: z.literal('resume'), payload: clientPayloads.resume }),
  z.object({ type: z.literal('ack'), payload: clientPayloads.ack }),
  z.object({ type: z.literal('auth'), payload: clientPayloads.auth }),
  z.object({ type: z.literal('ping'), payload: clientPayloads.ping.optional() }),
  z.object({ type: z.literal('watch_area'), payload: clientPayloads.watch_area }),
]);
export type ClientFrame = z.infer<typeof clientFrame>;
export type ClientFrameOf<Type extends ClientFrameType> = Extract<ClientFrame, { type: Type }>;
