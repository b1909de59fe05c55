import type {
  BookingChange,
  DetailedMessage,
  Event,
  EventOf,
  EventType,
  LivePosition,
  Principal,
} from '@logi/contracts';

/** Who reads a message: one person, or every admin. */
export type Audience = Principal | 'admins';
export type Notification = { audience: Audience; message: DetailedMessage };

/** What an event does not say itself: the driver who had the booking before it. */
export type Before = { driverId: string | null };

type Rules = { [Type in EventType]: (event: EventOf<Type>, before: Before) => Notification[] };

/**
 * Role routing, whole: which event becomes which message for whom. Pure and total: an event without a line here does not
 * compile. An empty list is a decision, too: nobody's screen shows it. The default mode shows of all this what the
 * specification has, message-frame.ts says how.
 */
const RULES: Rules = {
  'booking.created': (event, before) => [echoToUser(event.data), ...statusUpdates(event, before)],
  'booking.searching': (event, before) => statusUpdates(event, before),
  'booking.accepted': (event, before) => [...acceptance(event), ...statusUpdates(event, before)],
  'booking.en_route_to_pickup': (event, before) => statusUpdates(event, before),
  'booking.arrived_at_pickup': (event, before) => statusUpdates(event, before),
  'booking.goods_collected': (event, before) => statusUpdates(event, before),
  'booking.in_transit': (event, before) => statusUpdates(event, before),
  'booking.arrived_at_dropoff': (event, before) => statusUpdates(event, before),
  'booking.delivered': (event, before) => statusUpdates(event, before),
  'booking.returning': (event, before) => statusUpdates(event, before),
  'booking.returned': (event, before) => statusUpdates(event, before),
  'booking.cancelled': (event, before) => statusUpdates(event, before),
  'booking.no_driver_found': (event, before) => statusUpdates(event, before),
  'offer.created': ({ data }) => {
    const { driver_id, offer_id, distance_meters, expires_at } = data;
    const payload = { ...request(data), offer_id, distance_meters, expires_at };
    return [{ audience: { role: 'driver', id: driver_id }, message: { type: 'new_booking_request', payload } }];
  },
  'offer.closed': ({ data: { driver_id, ...payload } }) => [
    { audience: { role: 'driver', id: driver_id }, message: { type: 'booking_offer_closed', payload } },
  ],
  'drivers.requested': () => [],
  'drivers.nominated': () => [],
  'driver.work_changed': () => [],
  'driver.approaching': () => [],
  'driver.stalled': () => [],
  'driver.status_changed': ({ data: { driver_id, status }, version }) => [
    { audience: 'admins', message: { type: 'driver_status_update', payload: { driver_id, status, version } } },
  ],
};

/** In the order in which one reader gets them. */
export function notificationsOf(event: Event, before: Before): Notification[] {
  // The rule chosen by the event's type takes that event; a mapped type cannot express the pair.
  const rule = RULES[event.type] as (event: Event, before: Before) => Notification[];
  return rule(event, before);
}

export function positionNotification({ user_id, ...payload }: LivePosition): Notification {
  return { audience: { role: 'user', id: user_id }, message: { type: 'driver_location', payload } };
}

type BookingEvent = { data: BookingChange; version: number };

/** The user, the driver who has the booking or has just lost it, and every admin. */
function statusUpdates({ data, version }: BookingEvent, before: Before): Notification[] {
  const { booking_id, status, previous_status, driver_id, actor, reason } = data;
  const message: DetailedMessage = {
    type: 'status_update',
    payload: { booking_id, status, previous_status, driver_id, actor: actor.role, reason, version },
  };
  const driverId = driver_id ?? before.driverId;
  return [
    { audience: { role: 'user', id: data.user_id }, message },
    ...(driverId === null ? [] : [{ audience: { role: 'driver' as const, id: driverId }, message }]),
    { audience: 'admins', message },
  ];
}

function acceptance({ data: { booking_id, user_id, driver_id }, version }: BookingEvent): Notification[] {
  if (driver_id === null) return [];
  const message: DetailedMessage = { type: 'booking_accepted', payload: { booking_id, driver_id, version } };
  return [{ audience: { role: 'user', id: user_id }, message }];
}

/** The specification names users among the readers of this message; once per booking is when it is made. */
function echoToUser(data: BookingChange): Notification {
  const payload = { ...request(data), scheduled_at: data.scheduled_at };
  return { audience: { role: 'user', id: data.user_id }, message: { type: 'new_booking_request', payload } };
}

type Trip = Pick<
  BookingChange,
  'booking_id' | 'user_id' | 'pickup_location' | 'dropoff_location' | 'vehicle_type' | 'price_estimate' | 'currency'
>;

function request(data: Trip): Trip {
  const { booking_id, user_id, pickup_location, dropoff_location, vehicle_type, price_estimate, currency } = data;
  return { booking_id, user_id, pickup_location, dropoff_location, vehicle_type, price_estimate, currency };
}
