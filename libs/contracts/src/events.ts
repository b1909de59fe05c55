import { z } from 'zod';
import { auditEntry } from './audit.ts';
import { blockState } from './blocks.ts';
import { actorRole, type BookingStatus, booking, bookingStatus } from './booking.ts';
import { arrivalStage, driverSignal, driverStatus, driverWork, leg } from './driver.ts';
import { geoPoint, latitude, longitude } from './geo.ts';
import { principalId, timestamp, vehicleType } from './text.ts';
import { EXCHANGES } from './topology.ts';

/*
 * Services believe each other's events, within bounds: a number that cannot be is refused as it is read, and a version far
 * ahead of the one before it is put aside. Whoever takes every version for true can be told one that no later one reaches.
 */
/** What the database can hold. */
export const MAX_VERSION = 2_147_483_647;
/** So far ahead of the version seen last may one be. A consumer gets all versions of a thing; this is months of a driver's. */
const MAX_VERSION_JUMP = 1_000;
/** Of a thing that has not been seen: a consumer that was added later begins anywhere. */
const MAX_FIRST_VERSION = 1_000_000;

export function isBelievableVersion(version: number, seen: number | undefined): boolean {
  return version <= (seen === undefined ? MAX_FIRST_VERSION : seen + MAX_VERSION_JUMP);
}

/** Half the way round the Earth, and a bit. */
const MAX_METERS = 20_100_000;
export const MAX_PRICE = 1e12;
const MAX_CANDIDATES = 1_000;
const MAX_COUNT = 1_000_000;
/** A principal's id in UTF-16 units, or a UUID. */
const MAX_AGGREGATE_ID_CHARACTERS = 256;
export const MAX_TRACEPARENT_CHARACTERS = 256;
const meters = z.number().min(0).max(MAX_METERS);
const price = z.number().min(0).max(MAX_PRICE);
const count = z.int().min(0).max(MAX_COUNT);

type EventDefinition<Data extends z.ZodType> = {
  /** The topic exchange it is published to; the routing key is the event's type. */
  exchange: (typeof EXCHANGES)['bookingEvents' | 'trackingEvents' | 'auditEvents'];
  /** What `aggregate_id` identifies. `version` counts the changes of that one thing. */
  aggregate: 'booking' | 'offer' | 'search' | 'driver_work' | 'driver' | 'trip' | 'audit' | 'block';
  description: string;
  data: Data;
};

function defineEvent<Data extends z.ZodType>(definition: EventDefinition<Data>): EventDefinition<Data> {
  return definition;
}

/** Why an offer can no longer be accepted. */
export const offerOutcome = z.enum(['accepted', 'declined', 'expired', 'withdrawn']);

/** The whole booking after the change, so that a consumer needs no other event to understand this one. */
const bookingChange = booking.omit({ version: true, created_at: true, updated_at: true }).extend({
  price_estimate: price,
  previous_status: bookingStatus.nullable(),
  /** Who had the booking before the change; absent from events that were written before this was told. */
  previous_driver_id: principalId.nullable().optional(),
  /** The driver whom an admin gave it to was being asked about it, and so has heard of it. */
  was_offered: z.boolean().optional(),
  actor: z.object({ role: actorRole, id: z.string() }),
  reason: z.string().nullable(),
});
export type BookingChange = z.infer<typeof bookingChange>;

/** A driver whom tracking names, and how much is to be said for the place that it goes by. */
const nominee = z.object({
  driver_id: principalId,
  distance_meters: meters,
  /** How old the fix is; absent from events that were written before this was told. */
  fix_age_ms: z.number().min(0).optional(),
  /** What is wrong with what came since: `implausible`, or the flaw of the newest point. */
  fix_flaw: z.string().nullable().optional(),
});

function bookingEvent(description: string) {
  return defineEvent({ exchange: EXCHANGES.bookingEvents, aggregate: 'booking', description, data: bookingChange });
}

/** Every event, by type. Fields are only ever added; another meaning is another type. */
export const EVENTS = {
  'booking.created': bookingEvent('A user booked; the status is Searching, or Scheduled for a later pickup'),
  'booking.searching': bookingEvent('The search for a driver began, or began again'),
  'booking.accepted': bookingEvent('A driver has the booking'),
  'booking.handed_over': bookingEvent(
    'Another driver has the booking now, after collection; the status is what it was, previous_driver_id had it before',
  ),
  'booking.en_route_to_pickup': bookingEvent('The driver is on the way to the pickup'),
  'booking.arrived_at_pickup': bookingEvent('The driver is at the pickup'),
  'booking.goods_collected': bookingEvent('The goods are on board'),
  'booking.in_transit': bookingEvent('The goods are on the way to the drop-off'),
  'booking.arrived_at_dropoff': bookingEvent('The driver is at the drop-off'),
  'booking.delivered': bookingEvent('The goods are delivered; terminal'),
  'booking.returning': bookingEvent('The goods are on the way back'),
  'booking.returned': bookingEvent('The goods are back; terminal'),
  'booking.cancelled': bookingEvent('Cancelled before collection; terminal'),
  'booking.no_driver_found': bookingEvent('The search ended without a driver; terminal'),

  'offer.created': defineEvent({
    exchange: EXCHANGES.bookingEvents,
    aggregate: 'offer',
    description: 'A driver is offered a booking and may accept until expires_at',
    data: z.object({
      offer_id: z.uuid(),
      booking_id: z.uuid(),
      driver_id: principalId,
      user_id: principalId,
      pickup_location: geoPoint,
      dropoff_location: geoPoint,
      vehicle_type: vehicleType,
      price_estimate: price,
      currency: z.string().length(3),
      distance_meters: meters,
      expires_at: timestamp,
    }),
  }),
  'offer.closed': defineEvent({
    exchange: EXCHANGES.bookingEvents,
    aggregate: 'offer',
    description: 'An offer can no longer be accepted',
    data: z.object({
      offer_id: z.uuid(),
      booking_id: z.uuid(),
      driver_id: principalId,
      outcome: offerOutcome,
    }),
  }),
  'drivers.requested': defineEvent({
    exchange: EXCHANGES.bookingEvents,
    aggregate: 'search',
    description: 'Booking asks tracking for the nearest available drivers; the version is the round of the search',
    data: z.object({
      booking_id: z.uuid(),
      round: count.positive(),
      /** In order of preference: the next type counts only where nobody of the one before is found. */
      vehicle_types: z.array(vehicleType).min(1),
      pickup_location: geoPoint,
      radius_meters: meters.positive(),
      limit: count.positive(),
      excluded_driver_ids: z.array(principalId),
      /** When the search ends: whoever reads this later need not answer. */
      search_deadline: timestamp.optional(),
    }),
  }),
  'driver.work_changed': defineEvent({
    exchange: EXCHANGES.bookingEvents,
    aggregate: 'driver_work',
    description: 'Booking took, kept or freed a driver; the booking is named while there is one',
    data: z.object({
      driver_id: principalId,
      work: driverWork,
      booking_id: z.uuid().nullable(),
      user_id: principalId.nullable(),
      /** Of the booking, while one is named. */
      pickup_location: geoPoint.optional(),
      dropoff_location: geoPoint.optional(),
      /** Which it has as the driver takes it on; absent from events that were written before this was told: Accepted. */
      booking_status: bookingStatus.optional(),
    }),
  }),

  'block.changed': defineEvent({
    exchange: EXCHANGES.bookingEvents,
    aggregate: 'block',
    description: 'An operator has put a principal out, or let them in again',
    data: blockState,
  }),

  'drivers.nominated': defineEvent({
    exchange: EXCHANGES.trackingEvents,
    aggregate: 'search',
    description:
      'The answer to drivers.requested, nearest first; it may be empty. None comes once the search has ended',
    data: z.object({
      booking_id: z.uuid(),
      round: count.positive(),
      /** How many drivers of that type are free around the pickup, counted up to a bound; what surge is made of. */
      available_nearby: count,
      candidates: z.array(nominee).max(MAX_CANDIDATES),
    }),
  }),
  'driver.status_changed': defineEvent({
    exchange: EXCHANGES.trackingEvents,
    aggregate: 'driver',
    description: 'The label that people see for a driver changed',
    data: z.object({
      driver_id: principalId,
      status: driverStatus,
      vehicle_type: vehicleType.nullish(),
      /** Where the driver is, told only with Available: searches nearby may go on at once. */
      position: z.object({ latitude, longitude }).nullish(),
    }),
  }),
  'driver.approaching': defineEvent({
    exchange: EXCHANGES.trackingEvents,
    aggregate: 'trip',
    description:
      'A hint: the driver of a booking has come near the pickup or drop-off; `aggregate_id` is the booking’s',
    data: z.object({
      booking_id: z.uuid(),
      driver_id: principalId,
      leg,
      stage: arrivalStage,
      distance_meters: meters,
      recorded_at: timestamp,
    }),
  }),
  'driver.stalled': defineEvent({
    exchange: EXCHANGES.trackingEvents,
    aggregate: 'trip',
    description: 'The driver on the way to the pickup is Dark or comes no nearer: first a warning, then to be replaced',
    data: z.object({
      booking_id: z.uuid(),
      driver_id: principalId,
      step: z.enum(['warned', 'replace']),
      reason: z.enum(['dark', 'not_approaching']),
      /** When the driver last came nearer. */
      since: timestamp,
    }),
  }),
  'driver.signal_changed': defineEvent({
    exchange: EXCHANGES.trackingEvents,
    aggregate: 'trip',
    description: 'The driver on a booking has gone Dark, or is heard of again; `aggregate_id` is the booking’s',
    data: z.object({
      booking_id: z.uuid(),
      driver_id: principalId,
      user_id: principalId,
      signal: driverSignal,
      /** When the driver was heard of last; null for one who never was. */
      heard_at: timestamp.nullable(),
    }),
  }),

  'audit.recorded': defineEvent({
    exchange: EXCHANGES.auditEvents,
    aggregate: 'audit',
    description: 'One of the operator’s people did something, or is about to; from whichever service they did it with',
    data: auditEntry,
  }),
} as const;

export type EventType = keyof typeof EVENTS;
export const EVENT_TYPES = Object.keys(EVENTS) as EventType[]; // Object.keys forgets the key type
export type EventData<Type extends EventType> = z.infer<(typeof EVENTS)[Type]['data']>;

const envelope = z.object({
  event_id: z.uuid(),
  type: z.string(),
  aggregate_id: z.string().min(1).max(MAX_AGGREGATE_ID_CHARACTERS),
  /** Counts the changes of that aggregate from 1. */
  version: z.int().positive().max(MAX_VERSION),
  occurred_at: timestamp,
  /** W3C Trace Context of the request that caused it. */
  traceparent: z.string().max(MAX_TRACEPARENT_CHARACTERS).optional(),
  data: z.unknown(),
});

/** An event on the wire. */
export type EventOf<Type extends EventType> = Type extends EventType
  ? Omit<z.infer<typeof envelope>, 'type' | 'data'> & { type: Type; data: EventData<Type> }
  : never;
export type Event = EventOf<EventType>;

export function isEventType(type: string): type is EventType {
  return Object.hasOwn(EVENTS, type);
}

/** Turns parsed JSON into an event, or throws an Error that says why it is none. */
export function parseEvent(value: unknown): Event {
  const parsed = envelope.safeParse(value);
  if (!parsed.success) throw new Error(`not an event: ${z.prettifyError(parsed.error)}`);
  const { type } = parsed.data;
  if (!isEventType(type)) throw new Error(`unknown event type ${JSON.stringify(type.slice(0, 80))}`);
  const data = EVENTS[type].data.safeParse(parsed.data.data);
  if (!data.success) throw new Error(`malformed ${type}: ${z.prettifyError(data.error)}`);
  return { ...parsed.data, type, data: data.data } as Event; // type and data were checked together just above
}

const STATUS_EVENTS = {
  Searching: 'booking.searching',
  Accepted: 'booking.accepted',
  'En Route to Pickup': 'booking.en_route_to_pickup',
  'Arrived at Pickup': 'booking.arrived_at_pickup',
  'Goods Collected': 'booking.goods_collected',
  'In Transit': 'booking.in_transit',
  'Arrived at Drop-off': 'booking.arrived_at_dropoff',
  Delivered: 'booking.delivered',
  Returning: 'booking.returning',
  Returned: 'booking.returned',
  Cancelled: 'booking.cancelled',
  'No Driver Found': 'booking.no_driver_found',
} as const satisfies Record<Exclude<BookingStatus, 'Scheduled'>, EventType>;

/**
 * The type of the event that tells of this change. Nothing ever goes back to Scheduled, and a status changes into itself
 * only with its driver.
 */
export function bookingEventType(change: { previousStatus: BookingStatus | null; status: BookingStatus }) {
  const { previousStatus, status } = change;
  if (previousStatus === null || status === 'Scheduled') return 'booking.created';
  return previousStatus === status ? 'booking.handed_over' : STATUS_EVENTS[status];
}
