import { z } from 'zod';
import { apiSchemas } from './api-schemas.ts';
import { geoPoint, toGeoPoint } from './geo.ts';
import { principalId, timestamp, vehicleType } from './text.ts';

/** Wire values, in the order of a booking's life. */
export const BOOKING_STATUSES = [
  'Scheduled',
  'Searching',
  'Accepted',
  'En Route to Pickup',
  'Arrived at Pickup',
  'Goods Collected',
  'In Transit',
  'Arrived at Drop-off',
  'Delivered',
  'Returning',
  'Returned',
  'Cancelled',
  'No Driver Found',
] as const;
export const bookingStatus = z.enum(BOOKING_STATUSES).register(apiSchemas, { id: 'BookingStatus' });
export type BookingStatus = z.infer<typeof bookingStatus>;

export const ACTOR_ROLES = ['user', 'driver', 'admin', 'system'] as const;
export const actorRole = z.enum(ACTOR_ROLES);
export type ActorRole = z.infer<typeof actorRole>;

/**
 * What someone does to move a booking on. `advance` is `POST …/status`; `assign` is an admin's choice of a driver, which
 * after collection changes the driver and not the status; `dispatch` is the search for one.
 */
export type BookingAction = 'accept' | 'assign' | 'advance' | 'cancel' | 'dispatch';

export type Transition = {
  from: BookingStatus;
  to: BookingStatus;
  action: BookingAction;
  actors: readonly ActorRole[];
};

function moves(
  action: BookingAction,
  actors: readonly ActorRole[],
  table: Partial<Record<BookingStatus, readonly BookingStatus[]>>,
) {
  return BOOKING_STATUSES.flatMap((from) =>
    (table[from] ?? []).map((to): Transition => ({ from, to, action, actors })),
  );
}

/**
 * Every legal change of status, by whom and by which action. The API's `allowed`, the database's check and the
 * documentation come from this table. Before collection a driver's cancel sends the booking back to Searching; after it
 * the goods are on board, so nobody can cancel any more, only have them returned, or handed over to another driver.
 */
export const TRANSITIONS: readonly Transition[] = [
  ...moves('dispatch', ['system'], {
    Scheduled: ['Searching'],
    Searching: ['No Driver Found'],
    Accepted: ['Searching'],
    'En Route to Pickup': ['Searching'],
    'Arrived at Pickup': ['Searching'],
  }),
  ...moves('accept', ['driver'], { Searching: ['Accepted'] }),
  ...moves('assign', ['admin'], {
    Searching: ['Accepted'],
    Accepted: ['Searching'],
    'En Route to Pickup': ['Searching'],
    'Arrived at Pickup': ['Searching'],
    'Goods Collected': ['Goods Collected'],
    'In Transit': ['In Transit'],
    'Arrived at Drop-off': ['Arrived at Drop-off'],
    Returning: ['Returning'],
  }),
  ...moves('advance', ['driver', 'admin'], {
    Accepted: ['En Route to Pickup'],
    'En Route to Pickup': ['Arrived at Pickup'],
    'Arrived at Pickup': ['Goods Collected', 'In Transit'],
    'Goods Collected': ['In Transit', 'Returning'],
    'In Transit': ['Arrived at Drop-off', 'Returning'],
    'Arrived at Drop-off': ['Delivered', 'In Transit', 'Returning'],
    Returning: ['Returned'],
  }),
  ...moves('cancel', ['driver'], {
    Accepted: ['Searching'],
    'En Route to Pickup': ['Searching'],
    'Arrived at Pickup': ['Searching'],
  }),
  ...moves('cancel', ['user', 'admin'], {
    Scheduled: ['Cancelled'],
    Searching: ['Cancelled'],
    Accepted: ['Cancelled'],
    'En Route to Pickup': ['Cancelled'],
    'Arrived at Pickup': ['Cancelled'],
  }),
  ...moves('cancel', ['user', 'driver', 'admin'], {
    'Goods Collected': ['Returning'],
    'In Transit': ['Returning'],
    'Arrived at Drop-off': ['Returning'],
  }),
];

/** The statuses this actor may reach from here by this action; an empty list means the action is illegal now. */
export function allowedTransitions(from: BookingStatus, action: BookingAction, actor: ActorRole): BookingStatus[] {
  return TRANSITIONS.filter((row) => row.from === from && row.action === action && row.actors.includes(actor)).map(
    (row) => row.to,
  );
}

const TERMINAL: ReadonlySet<BookingStatus> = new Set(
  BOOKING_STATUSES.filter((status) => TRANSITIONS.every((row) => row.from !== status)),
);

export function isTerminal(status: BookingStatus): boolean {
  return TERMINAL.has(status);
}

/** Statuses in which a driver has the booking and the booking has that driver. */
export const ASSIGNED_STATUSES = BOOKING_STATUSES.filter(
  (status) => !isTerminal(status) && status !== 'Scheduled' && status !== 'Searching',
);

export function isAssigned(status: BookingStatus): boolean {
  return ASSIGNED_STATUSES.includes(status);
}

/** A booking as the API shows it: Ana's goods wait for a van, and Dro is on the way. */
export const BOOKING_EXAMPLE = {
  booking_id: '0190c6f0-7b1e-7cc3-8e8e-3f1c0a5b9d11',
  user_id: 'ana',
  driver_id: 'dro',
  status: 'Accepted' as const,
  version: 3,
  pickup_location: toGeoPoint({ latitude: 52.52, longitude: 13.4 }),
  dropoff_location: toGeoPoint({ latitude: 52.5, longitude: 13.45 }),
  vehicle_type: 'van',
  price_estimate: 25.5,
  currency: 'EUR',
  scheduled_at: null,
  created_at: '2026-01-31T12:00:00.123Z',
  updated_at: '2026-01-31T12:01:00.000Z',
};

export const booking = z
  .object({
    booking_id: z.uuid(),
    user_id: principalId,
    driver_id: principalId.nullable(),
    status: bookingStatus,
    version: z.int().positive(),
    pickup_location: geoPoint,
    dropoff_location: geoPoint,
    vehicle_type: vehicleType,
    price_estimate: z.number(),
    currency: z.string().length(3),
    scheduled_at: timestamp.nullable(),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .register(apiSchemas, { id: 'Booking', examples: [BOOKING_EXAMPLE] });
export type Booking = z.infer<typeof booking>;
