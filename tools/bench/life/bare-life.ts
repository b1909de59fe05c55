import type { BookingStatus, EventType } from '@logi/contracts';

/*
 * The rows and messages of one booking's life as commit f785d42 wrote and published them, fixed: however the services
 * change, what they are held against stays. Read from its tables after one life.
 */

export type Ids = { booking: string; offer: string; quote: string; driver: string };
type Row = { text: string; values: (ids: Ids) => unknown[] };
/** A transaction of one service, and the events that it tells. */
export type Step = { schema: 'booking' | 'tracking'; rows: Row[]; tells: EventType[] };

export const PREPARED = {
  drivers: `with known as (insert into booking.driver (driver_id, status)
      select 'bare ' || n, 'Available' from generate_series(0, $1::int - 1) n returning driver_id)
    , moving as (insert into tracking.driver (driver_id, vehicle_type, duty, signal, status, work)
      select driver_id, 'van', 'Online', 'Live', 'Available', 'Free' from known returning driver_id)
    insert into tracking.driver_place (driver_id, vehicle_type, status, latitude, longitude)
      select driver_id, 'van', 'Available', 52.52, 13.4 from moving`,
  outbox: {
    booking: outboxOf('booking'),
    tracking: outboxOf('tracking'),
  },
  mark: {
    booking: 'update booking.outbox set published_at = now() where event_id = any($1::uuid[])',
    tracking: 'update tracking.outbox set published_at = now() where event_id = any($1::uuid[])',
  },
};

function outboxOf(schema: Step['schema']): string {
  return `insert into ${schema}.outbox (event_id, type, aggregate_id, version, ordering_key, body)
    values ($1, $2, $3, $4, $3, $5)`;
}

const row = (text: string, values: Row['values']): Row => ({ text, values });
const byBooking = ({ booking }: Ids) => [booking];
const byDriver = ({ driver }: Ids) => [driver];

/** The event is seen, and its version is the newest. */
const taken = (schema: Step['schema']): Row[] => [
  row(`insert into ${schema}.inbox (consumer, event_id) values ('bench', gen_random_uuid())`, () => []),
  row(
    `insert into ${schema}.inbox_version (consumer, aggregate, aggregate_id, version)
       values ('bench', 'booking', $1, 1)
     on conflict (consumer, aggregate, aggregate_id) do update set version = inbox_version.version + 1`,
    byBooking,
  ),
];
const label = (status: 'Available' | 'Busy'): Row[] => [
  row(`update tracking.driver set status = '${status}', version = version + 1 where driver_id = $1`, byDriver),
  row(`update tracking.driver_place set status = '${status}' where driver_id = $1`, byDriver),
];
const keptLabel = (status: 'Available' | 'Busy'): Step => ({
  schema: 'booking',
  rows: [...taken('booking'), row(`update booking.driver set status = '${status}' where driver_id = $1`, byDriver)],
  tells: [],
});

const LEGAL_STAGES: readonly (readonly [from: BookingStatus, to: BookingStatus, type: EventType])[] = [
  ['Accepted', 'En Route to Pickup', 'booking.en_route_to_pickup'],
  ['En Route to Pickup', 'Arrived at Pickup', 'booking.arrived_at_pickup'],
  ['Arrived at Pickup', 'Goods Collected', 'booking.goods_collected'],
  ['Goods Collected', 'In Transit', 'booking.in_transit'],
  ['In Transit', 'Arrived at Drop-off', 'booking.arrived_at_dropoff'],
  ['Arrived at Drop-off', 'Delivered', 'booking.delivered'],
];

const moved = (from: BookingStatus | null, to: BookingStatus): Row =>
  row(
    `insert into booking.history (booking_id, version, from_status, to_status, driver_id, actor_role, actor_id, at)
     select booking_id, version, ${from === null ? 'null' : `'${from}'`}, '${to}', driver_id, 'driver', 'bench', now()
     from booking.booking where booking_id = $1`,
    byBooking,
  );

const stages = LEGAL_STAGES.flatMap(([from, to, type]): Step[] => {
  const isLast = to === 'Delivered';
  const change: Step = {
    schema: 'booking',
    rows: [
      row(
        `update booking.booking set status = '${to}', version = version + 1, updated_at = clock_timestamp()
           ${isLast ? ', ended_at = now()' : ''} where booking_id = $1`,
        byBooking,
      ),
      moved(from, to),
      ...(isLast
        ? [
            row(
              'update booking.driver set job_booking_id = null, free_since = now(), work_version = work_version + 1 where driver_id = $1',
              byDriver,
            ),
          ]
        : []),
    ],
    tells: isLast ? [type, 'driver.work_changed'] : [type],
  };
  const isGoal = to !== 'En Route to Pickup' && !isLast;
  const goal = row('update tracking.trip set stage = 0, version = version + 1 where booking_id = $1', byBooking);
  return isGoal ? [change, { schema: 'tracking', rows: [...taken('tracking'), goal], tells: [] }] : [change];
});

export const BARE_LIFE: readonly Step[] = [
  {
    schema: 'booking',
    rows: [
      row(
        `insert into booking.quote (quote_id, owner_role, owner_id, pickup_latitude, pickup_longitude, dropoff_latitude,
           dropoff_longitude, vehicle_type, currency, price_minor, expires_at)
         values ($1, 'user', 'bench', 52.52, 13.4, 52.5, 13.45, 'van', 'EUR', 2000, now() + interval '5 min')`,
        ({ quote }) => [quote],
      ),
    ],
    tells: [],
  },
  {
    schema: 'booking',
    rows: [
      row('update booking.quote set used_at = now() where quote_id = $1', ({ quote }) => [quote]),
      row(
        `insert into booking.booking (booking_id, user_id, status, version, pickup_latitude, pickup_longitude,
           dropoff_latitude, dropoff_longitude, vehicle_type, price_minor, currency, cell, search_round, search_deadline,
           dispatch_due_at)
         values ($1, 'bench', 'Searching', 1, 52.52, 13.4, 52.5, 13.45, 'van', 2000, 'EUR', 'bench', 1,
           now() + interval '1 hour', now() + interval '1 hour')`,
        byBooking,
      ),
      row(
        `insert into booking.history (booking_id, version, to_status, actor_role, actor_id, at)
           values ($1, 1, 'Searching', 'user', 'bench', now())`,
        byBooking,
      ),
      row(
        `insert into booking.search_round (booking_id, round, radius_meters, vehicle_types, requested_at)
           values ($1, 1, 2000, '{van}', now())`,
        byBooking,
      ),
    ],
    tells: ['booking.created', 'drivers.requested'],
  },
  { schema: 'tracking', rows: taken('tracking'), tells: ['drivers.nominated'] },
  {
    schema: 'booking',
    rows: [
      ...taken('booking'),
      row(
        `insert into booking.surge (cell, vehicle_type, open_searches, available_drivers, multiplier, updated_at)
           values ($1, 'van', 1, 10, 1, now())
         on conflict (cell, vehicle_type) do update set updated_at = excluded.updated_at`,
        byDriver,
      ),
      row(
        `update booking.driver set open_offers = open_offers + 1, offers_made = offers_made + 1,
           work_version = work_version + 1 where driver_id = $1`,
        byDriver,
      ),
      row(
        `insert into booking.offer (offer_id, booking_id, driver_id, round, rank, distance_meters, created_at, expires_at)
           values ($1, $2, $3, 1, 1, 100, now(), now() + interval '1 hour')`,
        ({ offer, booking, driver }) => [offer, booking, driver],
      ),
      row('update booking.search_round set answered_at = now() where booking_id = $1', byBooking),
      row(
        `insert into booking.candidate (booking_id, round, driver_id, rank, distance_meters, score, score_lines)
           select $1, 1, 'candidate ' || n, n, 100 * n, n, '[{"code":"eta","seconds":12}]' from generate_series(1, 10) n`,
        byBooking,
      ),
      row('update booking.booking set offered_at = now() where booking_id = $1', byBooking),
    ],
    tells: ['driver.work_changed', 'offer.created'],
  },
  { schema: 'tracking', rows: [...taken('tracking'), ...label('Busy')], tells: ['driver.status_changed'] },
  keptLabel('Busy'),
  {
    schema: 'booking',
    rows: [
      row(`update booking.offer set state = 'accepted', closed_at = now() where offer_id = $1`, ({ offer }) => [offer]),
      row(
        `update booking.driver set job_booking_id = $1, open_offers = 0, offers_accepted = offers_accepted + 1,
           work_version = work_version + 1 where driver_id = $2`,
        ({ booking, driver }) => [booking, driver],
      ),
      row(
        `update booking.booking set status = 'Accepted', driver_id = $2, version = version + 1, search_deadline = null,
           dispatch_due_at = null, accepted_at = now(), updated_at = clock_timestamp() where booking_id = $1`,
        ({ booking, driver }) => [booking, driver],
      ),
      moved('Searching', 'Accepted'),
    ],
    tells: ['offer.closed', 'driver.work_changed', 'booking.accepted'],
  },
  {
    schema: 'tracking',
    rows: [
      ...taken('tracking'),
      ...label('Busy'),
      row(
        `insert into tracking.trip (booking_id, driver_id, user_id, vehicle_type, started_at, pickup_latitude,
           pickup_longitude, dropoff_latitude, dropoff_longitude, leg)
         values ($1, $2, 'bench', 'van', now(), 52.52, 13.4, 52.5, 13.45, 'pickup')`,
        ({ booking, driver }) => [booking, driver],
      ),
    ],
    tells: [],
  },
  ...stages,
  {
    schema: 'tracking',
    rows: [
      ...taken('tracking'),
      ...label('Available'),
      row('update tracking.trip set ended_at = now() where booking_id = $1', byBooking),
    ],
    tells: ['driver.status_changed'],
  },
  keptLabel('Available'),
];
