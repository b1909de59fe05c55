-- A price that was named and is kept for a while, whatever rates and demand do meanwhile.
create table booking.quote (
  quote_id uuid primary key,
  owner_role text not null,
  owner_id text not null,
  pickup_latitude double precision not null,
  pickup_longitude double precision not null,
  dropoff_latitude double precision not null,
  dropoff_longitude double precision not null,
  vehicle_type text not null references booking.vehicle_type,
  currency char(3) not null,
  price_minor integer not null check (price_minor >= 0),
  expires_at timestamptz(3) not null
);
create index quote_expiry on booking.quote (expires_at);

-- How scarce drivers are, by cell of the map and vehicle type. Written by what the search for drivers finds; read by
-- estimates, for which it fades with its age.
create table booking.surge (
  cell text not null,
  vehicle_type text not null references booking.vehicle_type,
  open_searches integer not null,
  available_drivers integer not null,
  multiplier real not null check (multiplier >= 1),
  updated_at timestamptz not null,
  primary key (cell, vehicle_type)
);
