-- The way driven on a trip that has ended, once no point of it can come any more: what stays when its days are dropped.
create table tracking.trail (
  booking_id uuid not null,
  driver_id text not null,
  started_at timestamptz not null,
  ended_at timestamptz not null,
  -- Of the whole way; the positions below are those of it that matter.
  distance_meters double precision not null,
  times timestamptz(3)[] not null,
  latitudes double precision[] not null,
  longitudes double precision[] not null,
  -- The index of the first position of each stretch without a gap.
  segment_starts integer[] not null,
  primary key (booking_id, driver_id, started_at)
);
create index trail_by_end on tracking.trail (ended_at);

-- When the trip's trail was written; its points are not needed any more.
alter table tracking.trip add column compacted_at timestamptz;
create index trip_not_compacted on tracking.trip (started_at) where ended_at is not null and compacted_at is null;
