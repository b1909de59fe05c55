import type { BookingChange, Event, EventOf, EventType, LivePosition, Principal, V2Message } from '@logi/contracts';

/** Who reads a message: one person, or every admin. */
export type Audience = Principal | 'admins';
export type Notification = { audience: Audience; message: V2Message };

type Rules = { [Type in EventType]: (event: EventOf<Type>) => Notification[] };

/** No screen shows it. */
const nobody = () => [];

/**
 * Role routing, whole: which event becomes which message for whom. Pure and total: an event without a line here does
 * not compile. `nobody` is a decision, too. The default mode shows of all this what the specification has,
 * message-frame.ts says how.
 */
const RULES: Rules = {
  'booking.created': (event) => [echoToUser(event.data), ...statusUpdates(event)],
  'booking.searching': statusUpdates,
  'booking.accepted': (event) => [...newDriver(event), ...statusUpdates(event)],
  'booking.handed_over': (event) => [...newDriver(event), ...statusUpdates(event)],
  'booking.en_route_to_pickup': statusUpdates,
  'booking.arrived_at_pickup': statusUpdates,
  'booking.goods_collected': statusUpdates,
  'booking.in_transit': statusUpdates,
  'booking.arrived_at_dropoff': statusUpdates,
  'booking.delivered': statusUpdates,
  'booking.returning': statusUpdates,
  'booking.returned': statusUpdates,
  'booking.cancelled': statusUpdates,
  'booking.no_driver_found': statusUpdates,
  'offer.created': ({ data }) => {
    const { driver_id, offer_id, distance_meters, expires_at } = data;
    const payload = { ...request(data), offer_id, distance_meters, expires_at };
    return [{ audience: { role: 'driver', id: driver_id }, message: { type: 'new_booking_request', payload } }];
  },
  'offer.closed': ({ data: { driver_id, ...payload } }) => [
    { audience: { role: 'driver', id: driver_id }, message: { type: 'booking_offer_closed', payload } },
  ],
  'drivers.requested': nobody,
  'drivers.nominated': nobody,
  'block.changed': nobody,
  'driver.work_changed': nobody,
  'driver.approaching': nobody,
  'driver.stalled': nobody,
  'driver.signal_changed': ({ data: { user_id, ...payload } }) => [
    { audience: { role: 'user', id: user_id }, message: { type: 'driver_signal', payload } },
  ],
  'audit.recorded': nobody,
  'driver.status_changed': ({ data: { driver_id, status }, version }) => [
    { audience: 'admins', message: { type: 'driver_status_update', payload: { driver_id, status, version } } },
  ],
};

/** Of these nothing has to be known here: they need not even be read. */
export const TOLD_TO_NOBODY: ReadonlySet<string> = new Set(
  Object.entries(RULES).flatMap(([type, rule]) => (rule === nobody ? [type] : [])),
);

/** In the order in which one reader gets them. */
export function notificationsOf(event: Event): Notification[] {
  // The rule chosen by the event's type takes that event; a mapped type cannot express the pair.
  const rule = RULES[event.type] as (event: Event) => Notification[];
  return rule(event);
}

/** As it is sent now: what was live when it was recorded may not be any more. */
export function positionNotification(position: LivePosition, now: number): Notification {
  const { user_id, started_at: _began, live_until, ...payload } = position;
  const age_ms = Math.max(0, now - Date.parse(payload.recorded_at));
  const is_live = isLive({ live_until }, now);
  return {
    audience: { role: 'user', id: user_id },
    message: { type: 'driver_location', payload: { ...payload, age_ms, is_live } },
  };
}

/** The default mode has no word for a position that is not. */
export function isLive({ live_until }: Pick<LivePosition, 'live_until'>, now: number): boolean {
  return live_until === undefined || Date.parse(live_until) >= now;
}

type BookingEvent = { data: BookingChange; version: number };

/** The user, the driver who has the booking and the one who has just lost it, and every admin. */
function statusUpdates({ data, version }: BookingEvent): Notification[] {
  const { booking_id, status, previous_status, driver_id, previous_driver_id = null, actor, reason } = data;
  const message: V2Message = {
    type: 'status_update',
    payload: { booking_id, status, previous_status, driver_id, actor: actor.role, reason, version },
  };
  const drivers = new Set([driver_id, previous_driver_id].filter((id) => id !== null));
  return [
    { audience: { role: 'user', id: data.user_id }, message },
    ...[...drivers].map((id) => ({ audience: { role: 'driver' as const, id }, message })),
    { audience: 'admins', message },
  ];
}

/**
 * The booking's user hears who has it now; and that driver, as one who is offered it, unless they have it on the screen:
 * they took it themself, or were being asked about it.
 */
function newDriver({ data, version }: BookingEvent): Notification[] {
  const { booking_id, user_id, driver_id, actor, was_offered: wasOffered = false } = data;
  if (driver_id === null) return [];
  const accepted: V2Message = { type: 'booking_accepted', payload: { booking_id, driver_id, version } };
  const requested: V2Message = { type: 'new_booking_request', payload: request(data) };
  return [
    { audience: { role: 'user', id: user_id }, message: accepted },
    ...(actor.role === 'driver' || wasOffered
      ? []
      : [{ audience: { role: 'driver' as const, id: driver_id }, message: requested }]),
  ];
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
