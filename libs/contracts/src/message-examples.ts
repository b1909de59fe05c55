import type { z } from 'zod';
import type { locationUpdate, pointsAck } from './driver-stream.ts';
import { ANA, BOOKING_ID, DRO, EXPIRES_AT, FIRST_OFFER_ID, HAPPENED_AT, TRIP } from './example-trip.ts';
import type { Envelope, MessageType } from './messages.ts';
import {
  type ClientFrame,
  type ClientFrameType,
  type ControlMessage,
  type ControlType,
  type V2Envelope,
  type V2Message,
  type V2Type,
  WATCH_REFUSALS,
} from './protocol.ts';

/*
 * A message of every type, as it is on the wire, for documents and for tests of clients. The documents are made of them,
 * and a test holds each against its schema.
 */

/** `about` where a type means several things. */
export type FrameExample<Frame> = { about?: string; frame: Frame };

const { currency: _of_v2, ...REQUEST } = TRIP;
const MOVED = { booking_id: BOOKING_ID, latitude: 52.5205, longitude: 13.4005 };

export const DEFAULT_EXAMPLES: { [Type in MessageType]: FrameExample<Envelope & { type: Type }>[] } = {
  new_booking_request: [
    {
      about: 'to the driver who is asked; the user who booked gets the same, with their own `user_id`',
      frame: { user_id: DRO, type: 'new_booking_request', payload: { booking_id: BOOKING_ID, ...REQUEST } },
    },
  ],
  booking_accepted: [
    { frame: { user_id: ANA, type: 'booking_accepted', payload: { booking_id: BOOKING_ID, driver_id: DRO } } },
  ],
  driver_location: [{ frame: { user_id: ANA, type: 'driver_location', payload: MOVED } }],
  status_update: [
    {
      about: 'to the user; an admin gets the same, with `user_id` empty',
      frame: { user_id: ANA, type: 'status_update', payload: { booking_id: BOOKING_ID, status: 'In Transit' } },
    },
  ],
  driver_status_update: [
    { frame: { user_id: '', type: 'driver_status_update', payload: { driver_id: DRO, status: 'Available' } } },
  ],
};

const BERLIN: [number, number, number, number] = [13.3, 52.45, 13.5, 52.55];

function idOf(offset: number): string {
  return `${offset.toString(16).padStart(12, '0')}-000000-9d3f6b21`;
}

type V2FrameType = V2Type | ControlType;
type PayloadOf<Type extends V2FrameType> = Extract<V2Message | ControlMessage, { type: Type }>['payload'];
type Frames<Type extends V2FrameType> = FrameExample<V2Envelope & { type: Type }>[];

/** Without an offset it has no id, and moves no place. */
function v2<Type extends V2FrameType>(
  type: Type,
  payload: PayloadOf<Type>,
  { to = '', offset }: { to?: string; offset?: number } = {},
) {
  const id = offset === undefined ? {} : { id: idOf(offset) };
  return { user_id: to, type, payload, ...id, at: HAPPENED_AT } as V2Envelope & { type: Type }; // the payload is the type's
}

const request = { booking_id: BOOKING_ID, ...TRIP };
const offer = { offer_id: FIRST_OFFER_ID, distance_meters: 431.7, expires_at: EXPIRES_AT };

export const V2_EXAMPLES: { [Type in V2Type]: Frames<Type> } = {
  new_booking_request: [
    {
      about: 'to the driver who is asked',
      frame: v2('new_booking_request', { ...request, ...offer }, { to: DRO, offset: 37 }),
    },
    {
      about: 'to a driver to whom it was assigned',
      frame: v2('new_booking_request', request, { to: DRO, offset: 38 }),
    },
    {
      about: 'to the user who booked',
      frame: v2('new_booking_request', { ...request, scheduled_at: null }, { to: ANA, offset: 36 }),
    },
  ],
  booking_accepted: [
    { frame: v2('booking_accepted', { booking_id: BOOKING_ID, driver_id: DRO, version: 3 }, { to: ANA, offset: 39 }) },
  ],
  driver_location: [
    {
      frame: v2(
        'driver_location',
        { ...MOVED, driver_id: DRO, recorded_at: HAPPENED_AT, age_ms: 850, is_live: true, heading: 272, speed: 8.4 },
        { to: ANA, offset: 41 },
      ),
    },
  ],
  driver_signal: [
    {
      frame: v2(
        'driver_signal',
        { booking_id: BOOKING_ID, driver_id: DRO, signal: 'Dark', heard_at: HAPPENED_AT },
        { to: ANA, offset: 44 },
      ),
    },
  ],
  status_update: [
    {
      about: 'to the user and the driver; an admin gets the same, with `user_id` empty',
      frame: v2(
        'status_update',
        {
          booking_id: BOOKING_ID,
          status: 'In Transit',
          previous_status: 'Goods Collected',
          driver_id: DRO,
          actor: 'driver',
          reason: null,
          version: 7,
        },
        { to: ANA, offset: 42 },
      ),
    },
  ],
  driver_status_update: [
    { frame: v2('driver_status_update', { driver_id: DRO, status: 'Available', version: 12 }, { offset: 43 }) },
  ],
  driver_position: [
    {
      about: 'to an admin who watches an area',
      frame: v2('driver_position', {
        driver_id: DRO,
        status: 'Available',
        vehicle_type: 'van',
        booking_id: null,
        latitude: 52.5205,
        longitude: 13.4005,
        recorded_at: HAPPENED_AT,
        heading: 272,
        speed: 8.4,
      }),
    },
  ],
  booking_offer_closed: [
    {
      frame: v2(
        'booking_offer_closed',
        { booking_id: BOOKING_ID, offer_id: FIRST_OFFER_ID, outcome: 'expired' },
        { to: DRO, offset: 40 },
      ),
    },
  ],
};

const SESSION = {
  session_id: '0190c6f0-7a00-7a61-b0de-5d1f3c2e4b10',
  heartbeat_ms: 25_000,
  resume_window_ms: 300_000,
  expires_at: '2026-01-31T13:00:00.000Z',
};

export const CONTROL_EXAMPLES: { [Type in ControlType]: Frames<Type> } = {
  hello: [
    {
      about: 'on a connection without `last_id`; with one it has no `id`, since what was missed comes first',
      frame: v2('hello', SESSION, { offset: 35 }),
    },
  ],
  resumed: [
    {
      about: 'all that was missed has been sent',
      frame: v2('resumed', { recovered: true, replayed: 4 }, { offset: 42 }),
    },
    { about: 'it cannot be told any more', frame: v2('resumed', { recovered: false, replayed: 0 }, { offset: 42 }) },
  ],
  authenticated: [{ frame: v2('authenticated', { expires_at: '2026-01-31T14:00:00.000Z' }) }],
  token_expiring: [{ frame: v2('token_expiring', { expires_at: '2026-01-31T13:00:00.000Z' }) }],
  goaway: [{ frame: v2('goaway', { closes_in_ms: 5_000, reconnect_in_ms: 3_200 }) }],
  degraded: [{ frame: v2('degraded', { since: HAPPENED_AT }) }],
  restored: [{ frame: v2('restored', { since: HAPPENED_AT }) }],
  pong: [{ frame: v2('pong', {}) }],
  watching: [
    { frame: v2('watching', { area: '', bbox: BERLIN, max: 500, left_out: 0 }) },
    {
      about: 'when there are more drivers than may be told of',
      frame: v2('watching', { area: '', bbox: BERLIN, max: 500, left_out: 31 }),
    },
  ],
  watch_refused: [{ frame: v2('watch_refused', { area: '', code: 'not_admin', message: WATCH_REFUSALS.not_admin }) }],
};

export const CLIENT_EXAMPLES: { [Type in ClientFrameType]: FrameExample<ClientFrame & { type: Type }>[] } = {
  resume: [{ frame: { type: 'resume', payload: { last_id: idOf(42) } } }],
  ack: [{ frame: { type: 'ack', payload: { last_id: idOf(42) } } }],
  auth: [{ frame: { type: 'auth', payload: { token: 'eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl' } } }],
  ping: [{ frame: { type: 'ping', payload: {} } }],
  watch_area: [
    { frame: { type: 'watch_area', payload: { bbox: BERLIN, max: 500 } } },
    { about: 'to stop', frame: { type: 'watch_area', payload: { bbox: null } } },
  ],
};

const POINT = { latitude: 52.5205, longitude: 13.4005, recorded_at: HAPPENED_AT, accuracy: 5, speed: 8.4, seq: 411 };

export const STREAM_EXAMPLES: {
  location_update: FrameExample<z.infer<typeof locationUpdate>>[];
  ack: FrameExample<z.infer<typeof pointsAck>>[];
} = {
  location_update: [
    { about: 'one point', frame: { type: 'location_update', payload: POINT } },
    {
      about: 'several, and when they are sent',
      frame: {
        type: 'location_update',
        sent_at: '2026-01-31T12:00:05.000Z',
        device: 'phone of Dro',
        payload: [POINT, { ...POINT, latitude: 52.5206, recorded_at: '2026-01-31T12:00:04.900Z', seq: 412 }],
      },
    },
  ],
  ack: [
    { about: 'all is stored', frame: { type: 'ack', payload: { seq: 412, accepted: 2, rejected: [] } } },
    {
      about: 'one of them is not',
      frame: {
        type: 'ack',
        payload: {
          seq: 412,
          accepted: 1,
          rejected: [{ index: 0, code: 'invalid_point', field: 'latitude', final: true }],
        },
      },
    },
  ],
};
