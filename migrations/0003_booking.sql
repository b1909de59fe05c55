-- Money is in minor units of the currency (cents).

-- Operators add and edit vehicle types here; nothing in the code knows their names.
create table booking.vehicle_type (
  vehicle_type text primary key,
  currency char(3) not null,
  base_minor integer not null check (base_minor >= 0),
  per_kilometer_minor integer not null check (per_kilometer_minor >= 0),
  per_minute_minor integer not null check (per_minute_minor >= 0),
  minimum_minor integer not null check (minimum_minor >= 0),
  -- What a vehicle of this type makes on average, traffic and traffic lights included.
  average_kilometers_per_hour real not null check (average_kilometers_per_hour > 0),
  -- Orders the types by what they can carry: a larger one can stand in for a smaller.
  size smallint not null,
  is_offered boolean not null default true
);

insert into booking.vehicle_type
  (vehicle_type, currency, base_minor, per_kilometer_minor, per_minute_minor, minimum_minor, average_kilometers_per_hour, size)
values
  ('bike', 'EUR', 200, 60, 10, 400, 16, 1),
  ('car', 'EUR', 350, 110, 20, 600, 28, 2),
  ('van', 'EUR', 700, 150, 30, 1200, 26, 3),
  ('truck', 'EUR', 1500, 240, 45, 2500, 22, 4);

-- What a cancel may give as its reason; any other text is kept as it is and counted as "other".
create table booking.cancellation_reason (
  reason text primary key,
  roles text[] not null,
  description text not null
);

insert into booking.cancellation_reason (reason, roles, description) values
  ('changed_plans', '{user}', 'The transport is no longer needed'),
  ('waited_too_long', '{user}', 'It took too long to find a driver, or for the driver to come'),
  ('wrong_details', '{user,admin}', 'Place, time or vehicle were entered wrongly'),
  ('vehicle_trouble', '{driver,admin}', 'The vehicle cannot go on'),
  ('goods_do_not_fit', '{user,driver,admin}', 'The goods do not fit the vehicle'),
  ('nobody_at_pickup', '{driver,admin}', 'Nobody hands the goods over'),
  ('unsafe', '{user,driver,admin}', 'It would not be safe to go on'),
  ('fraud', '{admin}', 'The booking is not genuine');

-- Every legal change of status, as in libs/contracts/src/booking.ts (a test compares them). The history refers to it, so
-- an illegal change cannot be committed by any path.
create table booking.status_transition (
  from_status text not null,
  to_status text not null,
  primary key (from_status, to_status)
);

insert into booking.status_transition (from_status, to_status) values
  ('Scheduled', 'Searching'),
  ('Scheduled', 'Cancelled'),
  ('Searching', 'Accepted'),
  ('Searching', 'No Driver Found'),
  ('Searching', 'Cancelled'),
  ('Accepted', 'En Route to Pickup'),
  ('Accepted', 'Searching'),
  ('Accepted', 'Cancelled'),
  ('En Route to Pickup', 'Arrived at Pickup'),
  ('En Route to Pickup', 'Searching'),
  ('En Route to Pickup', 'Cancelled'),
  ('Arrived at Pickup', 'Goods Collected'),
  ('Arrived at Pickup', 'In Transit'),
  ('Arrived at Pickup', 'Searching'),
  ('Arrived at Pickup', 'Cancelled'),
  ('Goods Collected', 'In Transit'),
  ('Goods Collected', 'Returning'),
  ('In Transit', 'Arrived at Drop-off'),
  ('In Transit', 'Returning'),
  ('Arrived at Drop-off', 'Delivered'),
  ('Arrived at Drop-off', 'In Transit'),
  ('Arrived at Drop-off', 'Returning'),
  ('Returning', 'Returned');

create table booking.booking (
  booking_id uuid primary key,
  user_id text not null,
  driver_id text,
  status text not null,
  -- Counts the changes of status; the history has a row for each.
  version integer not null,
  pickup_latitude double precision not null check (pickup_latitude between -90 and 90),
  pickup_longitude double precision not null check (pickup_longitude between -180 and 180),
  dropoff_latitude double precision not null check (dropoff_latitude between -90 and 90),
  dropoff_longitude double precision not null check (dropoff_longitude between -180 and 180),
  vehicle_type text not null references booking.vehicle_type,
  price_minor integer not null check (price_minor >= 0),
  currency char(3) not null,
  -- The cell of the map that the pickup lies in, for demand by area; see services/booking/src/surge.ts.
  cell text not null,
  scheduled_at timestamptz(3),
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  -- The search for a driver. A round asks tracking for drivers once; rounds never repeat, also not in a later search.
  search_round integer not null default 0,
  search_radius_step smallint not null default 0,
  search_deadline timestamptz(3),
  -- When the dispatcher must look at this booking next. Deadlines live here, so a restart forgets none.
  dispatch_due_at timestamptz(3),
  -- Milestones, for statistics.
  offered_at timestamptz(3),
  accepted_at timestamptz(3),
  collected_at timestamptz(3),
  ended_at timestamptz(3),
  end_reason text,
  constraint known_status check (status in (
    'Scheduled', 'Searching', 'Accepted', 'En Route to Pickup', 'Arrived at Pickup', 'Goods Collected', 'In Transit',
    'Arrived at Drop-off', 'Delivered', 'Returning', 'Returned', 'Cancelled', 'No Driver Found')),
  constraint driver_while_assigned check (case
    when status in ('Scheduled', 'Searching', 'No Driver Found') then driver_id is null
    when status = 'Cancelled' then true
    else driver_id is not null end),
  constraint searching_has_deadlines check (status <> 'Searching' or (search_deadline is not null and dispatch_due_at is not null))
);
-- Two bookings on one driver cannot be committed, whatever the code does.
create unique index one_active_booking_per_driver on booking.booking (driver_id)
  where status in ('Accepted', 'En Route to Pickup', 'Arrived at Pickup', 'Goods Collected', 'In Transit', 'Arrived at Drop-off', 'Returning');
create index booking_open_searches on booking.booking (cell, vehicle_type) where status = 'Searching';
create index booking_dispatch_due on booking.booking (dispatch_due_at) where dispatch_due_at is not null;
create index booking_of_user on booking.booking (user_id, created_at desc, booking_id desc);
create index booking_of_driver on booking.booking (driver_id, created_at desc, booking_id desc) where driver_id is not null;
create index booking_newest on booking.booking (created_at desc, booking_id desc);

-- Append-only.
create table booking.history (
  booking_id uuid not null references booking.booking,
  version integer not null,
  from_status text,
  to_status text not null,
  driver_id text,
  actor_role text not null check (actor_role in ('user', 'driver', 'admin', 'system')),
  actor_id text not null,
  reason text,
  at timestamptz(3) not null,
  primary key (booking_id, version),
  foreign key (from_status, to_status) references booking.status_transition
);

create table booking.offer (
  offer_id uuid primary key,
  booking_id uuid not null references booking.booking,
  driver_id text not null,
  round integer not null,
  rank smallint not null,
  distance_meters double precision not null,
  -- open → accepted | declined | expired | withdrawn; abandoned is an accepted one whose driver gave the booking back.
  state text not null default 'open'
    check (state in ('open', 'accepted', 'declined', 'expired', 'withdrawn', 'abandoned')),
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  closed_at timestamptz(3),
  unique (booking_id, driver_id, round)
);
create unique index one_winning_offer on booking.offer (booking_id) where state = 'accepted';
create index open_offer_of_driver on booking.offer (driver_id) where state = 'open';
create index offer_age on booking.offer using brin (created_at);
create unique index one_open_offer on booking.offer (booking_id, driver_id) where state = 'open';

-- What booking knows of a driver. Whether the driver is taken is its own, and changes only in the transaction that
-- changes the offer or the booking; the label is what tracking told last.
create table booking.driver (
  driver_id text primary key,
  job_booking_id uuid references booking.booking,
  open_offers smallint not null default 0 check (open_offers >= 0),
  -- Counts the changes of the two above.
  work_version integer not null default 0,
  offers_made integer not null default 0,
  offers_accepted integer not null default 0,
  free_since timestamptz(3),
  status text
);

-- How a search went, to explain it: each round that was asked, and each driver who was considered in it.
create table booking.search_round (
  booking_id uuid not null references booking.booking,
  round integer not null,
  radius_meters integer not null,
  vehicle_types text[] not null,
  requested_at timestamptz(3) not null,
  answered_at timestamptz(3),
  primary key (booking_id, round)
);
create index search_round_age on booking.search_round using brin (requested_at);

create table booking.candidate (
  booking_id uuid not null,
  round integer not null,
  driver_id text not null,
  -- 1 is the best score; the score is the seconds to the pickup after all corrections, and its lines say which.
  rank smallint not null,
  distance_meters integer not null,
  score real not null,
  score_lines jsonb not null,
  -- Why the driver was not asked; null for those who were.
  skipped text check (skipped in ('taken', 'batch_full')),
  primary key (booking_id, round, driver_id),
  foreign key (booking_id, round) references booking.search_round on delete cascade
);

create table booking.idempotency_key (
  user_id text not null,
  key text not null,
  request_hash bytea not null,
  -- The answer to give again; null only inside the transaction that makes it.
  response jsonb,
  created_at timestamptz(3) not null default now(),
  primary key (user_id, key)
);
create index idempotency_key_created on booking.idempotency_key using brin (created_at);
