-- A driver's label is made of duty and signal, which are tracking's, and of work, which booking tells by events.
create table tracking.driver (
  driver_id text primary key,
  vehicle_type text,
  duty text not null default 'Offline' check (duty in ('Online', 'Offline')),
  work text not null default 'Free' check (work in ('Free', 'Reserved', 'On Job')),
  signal text not null default 'Dark' check (signal in ('Live', 'Stale', 'Dark')),
  -- The label as last published, and how many times it was.
  status text not null default 'Offline' check (status in ('Available', 'Busy', 'Offline', 'Unreachable')),
  version integer not null default 0,
  -- The job at hand, while work is 'On Job'.
  booking_id uuid,
  user_id text,
  status_call_at timestamptz,
  -- When silence last made the signal Dark.
  went_dark_at timestamptz,
  constraint job_is_whole check ((booking_id is null) = (user_id is null))
);
create index driver_by_status on tracking.driver (status, driver_id);
create index driver_on_watch on tracking.driver (driver_id) where duty = 'Online' or work = 'On Job';

-- The newest position of each driver by device time. No index but the key and room on each page, so that updates stay
-- heap-only; a spatial index here would halve the write rate.
create table tracking.driver_latest (
  driver_id text primary key,
  latitude double precision not null,
  longitude double precision not null,
  accuracy real,
  speed real,
  heading real,
  battery real,
  seq bigint,
  recorded_at timestamptz not null,
  received_at timestamptz not null,
  -- When a point last came that was fresh as it came: what an app sends after hours offline is no sign of life.
  heard_at timestamptz
) with (fillfactor = 70);

-- Where drivers are who are not Offline: what matching and the admins' map read. A row follows its driver only when they
-- have gone far enough to matter, and its label in the transaction that changes the driver's.
create table tracking.driver_place (
  driver_id text primary key references tracking.driver,
  vehicle_type text,
  status text not null,
  latitude double precision not null,
  longitude double precision not null,
  position geography(point, 4326) not null
    generated always as (st_setsrid(st_makepoint(longitude, latitude), 4326)::geography) stored
);
create index driver_place_nearest on tracking.driver_place using gist (vehicle_type, position) where status = 'Available';
-- A bounding box is one of degrees, so it is asked of the plane.
create index driver_place_in_box on tracking.driver_place using gist (geometry(position));

-- Every point that was taken, as it came. Append-only and without a unique key: repeats are folded when read, so that
-- writing stays as fast as it can be. `flaw` says why a point is kept but not used; what depends on a point's neighbours
-- is judged when the trail is read, or it would depend on the order of arrival. One partition a day, made ahead by
-- `maintain_partitions`, dropped whole.
create table tracking.position (
  driver_id text not null,
  recorded_at timestamptz not null,
  received_at timestamptz not null,
  latitude double precision not null,
  longitude double precision not null,
  accuracy real,
  speed real,
  heading real,
  battery real,
  seq bigint,
  flaw text
) partition by range (recorded_at);
create index position_of_driver on tracking.position (driver_id, recorded_at);

-- Which driver had which booking when. A trail is the driver's points in that time, whenever they arrive.
create table tracking.trip (
  booking_id uuid not null,
  driver_id text not null,
  user_id text not null,
  started_at timestamptz not null,
  ended_at timestamptz,
  pickup_latitude double precision,
  pickup_longitude double precision,
  dropoff_latitude double precision,
  dropoff_longitude double precision,
  -- Where the driver is on the way to; null while at a place, or on the way back.
  leg text check (leg in ('pickup', 'dropoff')),
  -- How far up the ladder of distances to it.
  stage smallint not null default 0,
  -- The least distance to it that was seen, and when it last shrank enough to count.
  closest_meters real,
  progress_at timestamptz not null default now(),
  stalled text check (stalled in ('warned', 'replace')),
  -- Counts the changes of a booking's trips, this and those before it; what is judged at one version is written at it.
  version integer not null default 1,
  primary key (booking_id, driver_id, started_at)
);
create index trip_under_way on tracking.trip (driver_id) where ended_at is null;

-- The service may not change structure, so the owner does it for it, in just this way.
create function tracking.maintain_partitions(first_day date, last_day date, oldest_kept date) returns void
language plpgsql security definer set search_path = tracking, pg_temp
-- Both need the whole table to themselves for a moment; while somebody reads for long, points do not queue behind us.
set lock_timeout = '500ms' as $$
declare
  day date;
  old record;
begin
  perform pg_advisory_xact_lock(hashtext('tracking.maintain_partitions'));
  for day in select generate_series(first_day, last_day, interval '1 day')::date loop
    if to_regclass(format('tracking.position_%s', to_char(day, 'YYYYMMDD'))) is null then
      execute format('create table tracking.position_%s partition of tracking.position for values from (%L) to (%L)',
        to_char(day, 'YYYYMMDD'), day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC');
    end if;
  end loop;
  for old in
    select inhrelid::regclass::text as name from pg_inherits
    where inhparent = 'tracking.position'::regclass
      and to_date(right(inhrelid::regclass::text, 8), 'YYYYMMDD') < oldest_kept
  loop
    execute 'drop table ' || old.name;
  end loop;
end $$;

do $$ begin
  revoke all on function tracking.maintain_partitions from public;
  if exists (select from pg_roles where rolname = 'logi_tracking') then
    grant execute on function tracking.maintain_partitions to logi_tracking;
  end if;
end $$;

-- The first point may come before the service has made its round.
select tracking.maintain_partitions(current_date - 32, current_date + 3, current_date - 32);
