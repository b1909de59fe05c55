import { expect, test } from '@jest/globals';
import {
  BOOKING_EVENT_EXAMPLE,
  type BookingChange,
  EVENT_TYPES,
  type Event,
  type EventData,
  type EventType,
  type MessageType,
  messagePayloads,
} from '@logi/contracts';
import { defaultFrame } from './message-frame.ts';
import { type Notification, notificationsOf, positionNotification } from './notifications.ts';

const BOOKING = BOOKING_EVENT_EXAMPLE.data;
const { booking_id: BOOKING_ID, pickup_location, dropoff_location } = BOOKING;
const OFFER_ID = '0b7a3f9e-2f0a-4a53-9d1b-0f9c7c1f2a11';

function change(status: BookingChange['status'], previous_status: BookingChange['previous_status']): BookingChange {
  return { ...BOOKING, status, previous_status, reason: 'not for everybody’s eyes' };
}

/** One event of each type, as far as routing reads it. */
const DATA: { [Type in EventType]: Partial<EventData<Type>> } = {
  'booking.created': { ...change('Searching', null), driver_id: null },
  'booking.searching': { ...change('Searching', 'Accepted'), driver_id: null },
  'booking.accepted': change('Accepted', 'Searching'),
  'booking.handed_over': { ...change('In Transit', 'In Transit'), driver_id: 'dro', previous_driver_id: 'dan' },
  'booking.en_route_to_pickup': change('En Route to Pickup', 'Accepted'),
  'booking.arrived_at_pickup': change('Arrived at Pickup', 'En Route to Pickup'),
  'booking.goods_collected': change('Goods Collected', 'Arrived at Pickup'),
  'booking.in_transit': change('In Transit', 'Goods Collected'),
  'booking.arrived_at_dropoff': change('Arrived at Drop-off', 'In Transit'),
  'booking.delivered': change('Delivered', 'Arrived at Drop-off'),
  'booking.returning': change('Returning', 'In Transit'),
  'booking.returned': change('Returned', 'Returning'),
  'booking.cancelled': change('Cancelled', 'Accepted'),
  'booking.no_driver_found': { ...change('No Driver Found', 'Searching'), driver_id: null },
  'offer.created': {
    offer_id: OFFER_ID,
    booking_id: BOOKING_ID,
    driver_id: 'dro',
    user_id: 'ana',
    pickup_location,
    dropoff_location,
    vehicle_type: 'van',
    price_estimate: 25.5,
    currency: 'EUR',
    distance_meters: 120,
    expires_at: '2026-01-01T00:00:15Z',
  },
  'offer.closed': { offer_id: OFFER_ID, booking_id: BOOKING_ID, driver_id: 'dro', outcome: 'declined' },
  'drivers.requested': { booking_id: BOOKING_ID, round: 1, pickup_location },
  'drivers.nominated': { booking_id: BOOKING_ID, round: 1, candidates: [{ driver_id: 'dro', distance_meters: 120 }] },
  'block.changed': { role: 'user', sub: 'ana', is_blocked: true },
  'driver.work_changed': { driver_id: 'dro', work: 'Reserved', booking_id: BOOKING_ID, user_id: 'ana' },
  'driver.status_changed': { driver_id: 'dro', status: 'Available' },
  'driver.approaching': { booking_id: BOOKING_ID, driver_id: 'dro', leg: 'pickup' },
  'driver.stalled': { booking_id: BOOKING_ID, driver_id: 'dro', step: 'warned' },
  'driver.signal_changed': { booking_id: BOOKING_ID, driver_id: 'dro', user_id: 'ana', signal: 'Dark', heard_at: null },
  'audit.recorded': { actor: { role: 'admin', id: 'ops' }, act: 'booking.cancelled' },
};

const [USER, DRIVER, ADMINS] = ['user ana', 'driver dro', 'admins'];
const STATUS_UPDATE = [`${USER}: status_update`, `${ADMINS}: status_update`];
const WHO_GETS_WHAT: Record<EventType, string[]> = {
  'booking.created': [`${USER}: new_booking_request`, ...STATUS_UPDATE],
  'booking.searching': STATUS_UPDATE,
  'booking.accepted': [`${USER}: booking_accepted`, ...STATUS_UPDATE],
  'booking.handed_over': [`${USER}: booking_accepted`], // the status is what it was
  'booking.en_route_to_pickup': STATUS_UPDATE,
  'booking.arrived_at_pickup': STATUS_UPDATE,
  'booking.goods_collected': STATUS_UPDATE,
  'booking.in_transit': STATUS_UPDATE,
  'booking.arrived_at_dropoff': STATUS_UPDATE,
  'booking.delivered': STATUS_UPDATE,
  'booking.returning': STATUS_UPDATE,
  'booking.returned': STATUS_UPDATE,
  'booking.cancelled': STATUS_UPDATE,
  'booking.no_driver_found': STATUS_UPDATE,
  'offer.created': [`${DRIVER}: new_booking_request`],
  'offer.closed': [],
  'drivers.requested': [],
  'drivers.nominated': [],
  'block.changed': [],
  'driver.work_changed': [],
  'driver.status_changed': [`${ADMINS}: driver_status_update`],
  'driver.approaching': [],
  'driver.stalled': [],
  'driver.signal_changed': [],
  'audit.recorded': [],
};

function notify(type: EventType) {
  const envelope = { event_id: OFFER_ID, aggregate_id: BOOKING_ID, version: 1, occurred_at: '2026-01-01T00:00:00Z' };
  const event = { ...envelope, type, data: DATA[type] } as Event; // as far as routing reads it
  return notificationsOf(event);
}

/** What clients of the default mode read: to whom, and the message without its frame. */
function inDefaultMode(notifications: Notification[]) {
  return notifications.flatMap(({ audience, message }) => {
    const frame = defaultFrame(audience, message);
    const who = audience === 'admins' ? audience : `${audience.role} ${audience.id}`;
    return frame ? [{ who, message: JSON.parse(frame.toString('utf8', frame.indexOf('{"'))) }] : [];
  });
}

test.each(EVENT_TYPES)('%s is told to whom it concerns', (type) => {
  const told = inDefaultMode(notify(type)).map(({ who, message }) => `${who}: ${message.type}`);
  expect(told).toEqual(WHO_GETS_WHAT[type]);
});

test.each(EVENT_TYPES)('what %s tells has exactly the keys of the specification', (type) => {
  for (const { message } of inDefaultMode(notify(type))) {
    expect(Object.keys(message)).toEqual(['user_id', 'type', 'payload']);
    messagePayloads[message.type as MessageType].parse(message.payload); // refuses a key too many
  }
});

test('a price and two places reach the driver as they were quoted', () => {
  expect(inDefaultMode(notify('offer.created'))[0]?.message.payload).toEqual({
    booking_id: BOOKING_ID,
    user_id: 'ana',
    pickup_location,
    dropoff_location,
    vehicle_type: 'van',
    price_estimate: 25.5,
  });
});

test('every message of the specification has an event that makes it, or is a position', () => {
  const position = { booking_id: BOOKING_ID, user_id: 'ana', driver_id: 'dro', latitude: 1, longitude: 2 };
  const live = positionNotification(
    { ...position, recorded_at: '2026-01-01T00:00:00Z', heading: 90, speed: 7 },
    Date.parse('2026-01-01T00:00:01Z'),
  );
  expect(inDefaultMode([live])).toEqual([
    {
      who: USER,
      message: {
        user_id: 'ana',
        type: 'driver_location',
        payload: { booking_id: BOOKING_ID, latitude: 1, longitude: 2 },
      },
    },
  ]);
  const made = inDefaultMode(EVENT_TYPES.flatMap(notify)).map(({ message }) => message.type);
  expect([...new Set([...made, 'driver_location'])].sort()).toEqual(Object.keys(messagePayloads).sort());
});

test.each([
  ['an admin assigns', { actor: { role: 'admin', id: 'ops' } }, true],
  ['an admin of the same id assigns', { actor: { role: 'admin', id: 'dro' } }, true],
  ['accepts by themself', { actor: { role: 'driver', id: 'dro' } }, false],
  ['is being asked and an admin assigns', { actor: { role: 'admin', id: 'ops' }, was_offered: true }, false],
] as const)('a driver whom, or who, %s, hears the request once: as one who is offered it', (_what, how, hears) => {
  const event = { event_id: OFFER_ID, aggregate_id: BOOKING_ID, version: 2, occurred_at: '2026-01-01T00:00:00Z' };
  const data = { ...change('Accepted', 'Searching'), ...how };
  const told = inDefaultMode(notificationsOf({ ...event, type: 'booking.accepted', data } as Event));
  const asOffered = inDefaultMode(notify('offer.created'));
  expect(told.filter(({ who }) => who === DRIVER)).toEqual(hears ? asOffered : []);
});

test('that a driver has gone quiet is told in `logi.v2`, to the user, and nothing of it otherwise', () => {
  expect(notify('driver.signal_changed')).toEqual([
    {
      audience: { role: 'user', id: 'ana' },
      message: {
        type: 'driver_signal',
        payload: { booking_id: BOOKING_ID, driver_id: 'dro', signal: 'Dark', heard_at: null },
      },
    },
  ]);
});

test('a position says how old it is as it is sent, and whether it is live then', () => {
  const position = { booking_id: BOOKING_ID, user_id: 'ana', driver_id: 'dro', latitude: 1, longitude: 2 };
  const recorded = { ...position, recorded_at: '2026-01-01T00:00:00Z', live_until: '2026-01-01T00:01:00Z' };
  const told = (seconds: number) =>
    positionNotification(recorded, Date.parse(recorded.recorded_at) + seconds * 1_000).message.payload;
  expect(told(60)).toMatchObject({ age_ms: 60_000, is_live: true });
  expect(told(60.001)).toMatchObject({ age_ms: 60_001, is_live: false });
  expect(told(-1)).toMatchObject({ age_ms: 0, is_live: true }); // a clock that is ahead
  expect(told(0)).not.toHaveProperty('live_until');
});

test('the driver who has lost a booking is told so, where the protocol has a word for it', () => {
  const event = { event_id: OFFER_ID, aggregate_id: BOOKING_ID, version: 2, occurred_at: '2026-01-01T00:00:00Z' };
  const lost = {
    ...event,
    type: 'booking.searching',
    data: { ...DATA['booking.searching'], previous_driver_id: 'dro' },
  } as Event;
  const told = notificationsOf(lost);
  expect(told).toContainEqual(expect.objectContaining({ audience: { role: 'driver', id: 'dro' } }));
  expect(inDefaultMode(told).map(({ who }) => who)).toEqual([USER, ADMINS]);
});
