import { z } from 'zod';
import { auditEntry } from './audit.ts';
import { blockState } from './blocks.ts';
import { actorRole, type BookingStatus, booking, bookingStatus } from './booking.ts';
import { arrivalStage, driverSignal, driverStatus, driverWork, leg } from './driver.ts';
import { ANA, BOOKING_ID, DRO, EXPIRES_AT, FIRST_OFFER_ID, HAPPENED_AT, TRIP } from './example-trip.ts';
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
const price = z.number().min(0).max(MAX_PRICE).describe('In `currency`, not in its smallest unit');
const count = z.int().min(0).max(MAX_COUNT);
const bookingId = z.uuid().describe('The booking');
const offerId = z.uuid().describe('The offer');
const driverId = principalId.describe('The driver');
const userId = principalId.describe('Who booked');
const pickup = geoPoint.describe('Where the goods are collected: `[longitude, latitude]`, degrees');
const dropoff = geoPoint.describe('Where they are brought: `[longitude, latitude]`, degrees');
const wantedType = vehicleType.describe('The vehicle that was asked for');
const currency = z.string().length(3).describe('ISO 4217');
const round = count.positive().describe('Counts the rounds of the search, from 1');

type EventDefinition<Data extends z.ZodType> = {
  /** The topic exchange it is published to; the routing key is the event's type. */
  exchange: (typeof EXCHANGES)['bookingEvents' | 'trackingEvents' | 'auditEvents'];
  /** What `aggregate_id` identifies. `version` counts the changes of that one thing. */
  aggregate: 'booking' | 'offer' | 'search' | 'driver_work' | 'driver' | 'trip' | 'audit' | 'block';
  description: string;
  data: Data;
  /** A `data` of it, for documents. */
  example: z.infer<Data>;
};

function defineEvent<Data extends z.ZodType>(definition: EventDefinition<Data>): EventDefinition<Data> {
  return definition;
}

/** Why an offer can no longer be accepted. */
export const offerOutcome = z.enum(['accepted', 'declined', 'expired', 'withdrawn']);

/** The whole booking after the change, so that a consumer needs no other event to understand this one. */
const bookingChange = booking.omit({ version: true, created_at: true, updated_at: true }).extend({
  booking_id: bookingId,
  user_id: userId,
  driver_id: principalId.nullable().describe('Who has the booking now'),
  status: bookingStatus.describe('After the change'),
  pickup_location: pickup,
  dropoff_location: dropoff,
  vehicle_type: wantedType,
  price_estimate: price,
  currency,
  scheduled_at: timestamp.nullable().describe('When the pickup is to be; null: now'),
  previous_status: bookingStatus.nullable().describe('Before the change; null when it was just made'),
  previous_driver_id: principalId
    .nullable()
    .optional()
    .describe('Who had it before the change; absent from events that were written before this was told'),
  was_offered: z
    .boolean()
    .optional()
    .describe('The driver whom an admin gave it to was being asked about it, and so has heard of it'),
  actor: z.object({ role: actorRole.describe('As who'), id: z.string().describe('Who') }).describe('Who changed it'),
  reason: z.string().nullable().describe('What whoever cancelled it said'),
});
export type BookingChange = z.infer<typeof bookingChange>;

/** A driver whom tracking names, and how much is to be said for the place that it goes by. */
const nominee = z.object({
  driver_id: driverId,
  distance_meters: meters.describe('From the pickup, as the crow flies'),
  fix_age_ms: z
    .number()
    .min(0)
    .optional()
    .describe('How old the fix is; absent from events that were written before this was told'),
  fix_flaw: z
    .string()
    .nullable()
    .optional()
    .describe('What is wrong with what came since: `implausible`, or the flaw of the newest point'),
});

/** The example is of Ana’s booking. */
function bookingEvent(description: string, change: Pick<BookingChange, 'status'> & Partial<BookingChange>) {
  return defineEvent({
    exchange: EXCHANGES.bookingEvents,
    aggregate: 'booking',
    description,
    data: bookingChange,
    example: {
      booking_id: BOOKING_ID,
      ...TRIP,
      driver_id: DRO,
      scheduled_at: null,
      previous_status: null,
      previous_driver_id: change.driver_id === undefined ? DRO : null,
      actor: { role: 'driver', id: DRO },
      reason: null,
      ...change,
    },
  });
}
const BY_ANA = { role: 'user', id: ANA } as const;
const BY_ADMIN = { role: 'admin', id: 'ops' } as const;
const BY_SEARCH = { role: 'system', id: 'dispatch' } as const;

/** Every event, by type. Fields are only ever added; another meaning is another type. */
export const EVENTS = {
  'booking.created': bookingEvent('A user booked; the status is Searching, or Scheduled for a later pickup', {
    status: 'Searching',
    driver_id: null,
    actor: BY_ANA,
  }),
  'booking.searching': bookingEvent('The search for a driver began, or began again', {
    status: 'Searching',
    previous_status: 'Accepted',
    driver_id: null,
    previous_driver_id: DRO,
  }),
  'booking.accepted': bookingEvent('A driver has the booking', {
    status: 'Accepted',
    previous_status: 'Searching',
    previous_driver_id: null,
  }),
  'booking.handed_over': bookingEvent(
    'Another driver has the booking now, after collection; the status is what it was, previous_driver_id had it before',
    { status: 'In Transit', previous_status: 'In Transit', driver_id: 'eva', previous_driver_id: DRO, actor: BY_ADMIN },
  ),
  'booking.en_route_to_pickup': bookingEvent('The driver is on the way to the pickup', {
    status: 'En Route to Pickup',
    previous_status: 'Accepted',
  }),
  'booking.arrived_at_pickup': bookingEvent('The driver is at the pickup', {
    status: 'Arrived at Pickup',
    previous_status: 'En Route to Pickup',
  }),
  'booking.goods_collected': bookingEvent('The goods are on board', {
    status: 'Goods Collected',
    previous_status: 'Arrived at Pickup',
  }),
  'booking.in_transit': bookingEvent('The goods are on the way to the drop-off', {
    status: 'In Transit',
    previous_status: 'Goods Collected',
  }),
  'booking.arrived_at_dropoff': bookingEvent('The driver is at the drop-off', {
    status: 'Arrived at Drop-off',
    previous_status: 'In Transit',
  }),
  'booking.delivered': bookingEvent('The goods are delivered; terminal', {
    status: 'Delivered',
    previous_status: 'Arrived at Drop-off',
  }),
  'booking.returning': bookingEvent('The goods are on the way back', {
    status: 'Returning',
    previous_status: 'In Transit',
  }),
  'booking.returned': bookingEvent('The goods are back; terminal', {
    status: 'Returned',
    previous_status: 'Returning',
  }),
  'booking.cancelled': bookingEvent('Cancelled before collection; terminal', {
    status: 'Cancelled',
    previous_status: 'Searching',
    driver_id: null,
    actor: BY_ANA,
    reason: 'not needed any more',
  }),
  'booking.no_driver_found': bookingEvent('The search ended without a driver; terminal', {
    status: 'No Driver Found',
    previous_status: 'Searching',
    driver_id: null,
    actor: BY_SEARCH,
  }),

  'offer.created': defineEvent({
    exchange: EXCHANGES.bookingEvents,
    aggregate: 'offer',
    description: 'A driver is offered a booking and may accept until expires_at',
    data: z.object({
      offer_id: offerId,
      booking_id: bookingId,
      driver_id: driverId,
      user_id: userId,
      pickup_location: pickup,
      dropoff_location: dropoff,
      vehicle_type: wantedType,
      price_estimate: price,
      currency,
      distance_meters: meters.describe('From the driver to the pickup, as the crow flies'),
      expires_at: timestamp.describe('Until when it may be accepted'),
    }),
    example: {
      offer_id: FIRST_OFFER_ID,
      booking_id: BOOKING_ID,
      driver_id: DRO,
      ...TRIP,
      distance_meters: 431.7,
      expires_at: EXPIRES_AT,
    },
  }),
  'offer.closed': defineEvent({
    exchange: EXCHANGES.bookingEvents,
    aggregate: 'offer',
    description: 'An offer can no longer be accepted',
    data: z.object({
      offer_id: offerId,
      booking_id: bookingId,
      driver_id: driverId,
      outcome: offerOutcome.describe('Why'),
    }),
    example: { offer_id: FIRST_OFFER_ID, booking_id: BOOKING_ID, driver_id: DRO, outcome: 'accepted' },
  }),
  'drivers.requested': defineEvent({
    exchange: EXCHANGES.bookingEvents,
    aggregate: 'search',
    description: 'Booking asks tracking for the nearest available drivers; the version is the round of the search',
    data: z.object({
      booking_id: bookingId,
      round,
      vehicle_types: z
        .array(vehicleType)
        .min(1)
        .describe('In order of preference: the next type counts only where nobody of the one before is found'),
      pickup_location: pickup,
      radius_meters: meters.positive().describe('How far from the pickup'),
      limit: count.positive().describe('So many candidates at the most'),
      excluded_driver_ids: z.array(principalId).describe('Who is not to be named'),
      search_deadline: timestamp.optional().describe('When the search ends: whoever reads this later need not answer'),
    }),
    example: {
      booking_id: BOOKING_ID,
      round: 1,
      vehicle_types: ['van', 'truck'],
      pickup_location: TRIP.pickup_location,
      radius_meters: 2_000,
      limit: 10,
      excluded_driver_ids: ['fay'],
      search_deadline: EXPIRES_AT,
    },
  }),
  'driver.work_changed': defineEvent({
    exchange: EXCHANGES.bookingEvents,
    aggregate: 'driver_work',
    description: 'Booking took, kept or freed a driver; the booking is named while there is one',
    data: z.object({
      driver_id: driverId,
      work: driverWork.describe('Whether the driver is taken now'),
      booking_id: z.uuid().nullable().describe('By which booking'),
      user_id: principalId.nullable().describe('Who made it'),
      pickup_location: geoPoint
        .optional()
        .describe('Of the booking, while one is named: `[longitude, latitude]`, degrees'),
      dropoff_location: geoPoint.optional().describe('Likewise'),
      booking_status: bookingStatus
        .optional()
        .describe(
          'Which it has as the driver takes it on; absent from events that were written before this was told: Accepted',
        ),
    }),
    example: {
      driver_id: DRO,
      work: 'On Job',
      booking_id: BOOKING_ID,
      user_id: ANA,
      pickup_location: TRIP.pickup_location,
      dropoff_location: TRIP.dropoff_location,
      booking_status: 'Accepted',
    },
  }),

  'block.changed': defineEvent({
    exchange: EXCHANGES.bookingEvents,
    aggregate: 'block',
    description: 'An operator has put a principal out, or let them in again',
    data: blockState,
    example: {
      role: 'user',
      sub: 'mallory',
      is_blocked: true,
      until: '2026-02-28T00:00:00.000Z',
      tokens_issued_before: null,
    },
  }),

  'drivers.nominated': defineEvent({
    exchange: EXCHANGES.trackingEvents,
    aggregate: 'search',
    description:
      'The answer to drivers.requested, nearest first; it may be empty. None comes once the search has ended',
    data: z.object({
      booking_id: bookingId,
      round,
      available_nearby: count.describe(
        'How many drivers of that type are free around the pickup, counted up to a bound; what surge is made of',
      ),
      candidates: z.array(nominee).max(MAX_CANDIDATES).describe('Who may be asked, nearest first'),
    }),
    example: {
      booking_id: BOOKING_ID,
      round: 1,
      available_nearby: 14,
      candidates: [{ driver_id: DRO, distance_meters: 431.7, fix_age_ms: 2_400, fix_flaw: null }],
    },
  }),
  'driver.status_changed': defineEvent({
    exchange: EXCHANGES.trackingEvents,
    aggregate: 'driver',
    description: 'The label that people see for a driver changed',
    data: z.object({
      driver_id: driverId,
      status: driverStatus.describe('The label now'),
      vehicle_type: vehicleType.nullish().describe('What the driver drives'),
      position: z
        .object({ latitude: latitude.describe('Degrees'), longitude: longitude.describe('Degrees') })
        .nullish()
        .describe('Where the driver is, told only with Available: searches nearby may go on at once'),
    }),
    example: {
      driver_id: DRO,
      status: 'Available',
      vehicle_type: 'van',
      position: { latitude: 52.5215, longitude: 13.4048 },
    },
  }),
  'driver.approaching': defineEvent({
    exchange: EXCHANGES.trackingEvents,
    aggregate: 'trip',
    description:
      'A hint: the driver of a booking has come near the pickup or drop-off; `aggregate_id` is the booking’s',
    data: z.object({
      booking_id: bookingId,
      driver_id: driverId,
      leg: leg.describe('What the driver is on the way to'),
      stage: arrivalStage.describe('How near'),
      distance_meters: meters.describe('To it, as the crow flies'),
      recorded_at: timestamp.describe('When the device measured'),
    }),
    example: {
      booking_id: BOOKING_ID,
      driver_id: DRO,
      leg: 'pickup',
      stage: 'near',
      distance_meters: 142.2,
      recorded_at: HAPPENED_AT,
    },
  }),
  'driver.stalled': defineEvent({
    exchange: EXCHANGES.trackingEvents,
    aggregate: 'trip',
    description: 'The driver on the way to the pickup is Dark or comes no nearer: first a warning, then to be replaced',
    data: z.object({
      booking_id: bookingId,
      driver_id: driverId,
      step: z.enum(['warned', 'replace']).describe('First `warned`'),
      reason: z.enum(['dark', 'not_approaching']).describe('What is the matter'),
      since: timestamp.describe('When the driver last came nearer'),
    }),
    example: { booking_id: BOOKING_ID, driver_id: DRO, step: 'warned', reason: 'not_approaching', since: HAPPENED_AT },
  }),
  'driver.signal_changed': defineEvent({
    exchange: EXCHANGES.trackingEvents,
    aggregate: 'trip',
    description: 'The driver on a booking has gone Dark, or is heard of again; `aggregate_id` is the booking’s',
    data: z.object({
      booking_id: bookingId,
      driver_id: driverId,
      user_id: userId,
      signal: driverSignal.describe('Whether anything is heard of the driver'),
      heard_at: timestamp.nullable().describe('When the driver was heard of last; null for one who never was'),
    }),
    example: { booking_id: BOOKING_ID, driver_id: DRO, user_id: ANA, signal: 'Dark', heard_at: HAPPENED_AT },
  }),

  'audit.recorded': defineEvent({
    exchange: EXCHANGES.auditEvents,
    aggregate: 'audit',
    description: 'One of the operator’s people did something, or is about to; from whichever service they did it with',
    data: auditEntry,
    example: {
      actor: { role: 'admin', id: 'ops' },
      act: 'booking.cancelled',
      subject: { kind: 'booking', id: BOOKING_ID },
      address: '192.0.2.7',
      details: { reason: 'the user called' },
    },
  }),
} as const;

export type EventType = keyof typeof EVENTS;
export const EVENT_TYPES = Object.keys(EVENTS) as EventType[]; // Object.keys forgets the key type
export type EventData<Type extends EventType> = z.infer<(typeof EVENTS)[Type]['data']>;

export const eventEnvelope = z.object({
  event_id: z.uuid().describe('The same however often it is delivered'),
  type: z.string().describe('Also the routing key'),
  aggregate_id: z
    .string()
    .min(1)
    .max(MAX_AGGREGATE_ID_CHARACTERS)
    .describe('What it happened to: by the type a booking, an offer, a search, a driver, …'),
  version: z.int().positive().max(MAX_VERSION).describe('Counts the changes of that one thing, from 1'),
  occurred_at: timestamp.describe('When it happened'),
  traceparent: z
    .string()
    .max(MAX_TRACEPARENT_CHARACTERS)
    .optional()
    .describe('W3C Trace Context of the request that caused it'),
  data: z.unknown().describe('By the type, below'),
});

/** An event on the wire. */
export type EventOf<Type extends EventType> = Type extends EventType
  ? Omit<z.infer<typeof eventEnvelope>, 'type' | 'data'> & { type: Type; data: EventData<Type> }
  : never;
export type Event = EventOf<EventType>;

export function isEventType(type: string): type is EventType {
  return Object.hasOwn(EVENTS, type);
}

/** Turns parsed JSON into an event, or throws an Error that says why it is none. */
export function parseEvent(value: unknown): Event {
  const parsed = eventEnvelope.safeParse(value);
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
