create extension if not exists postgis;
create table quote (quote_id uuid primary key, user_id text not null, price_minor integer not null, body jsonb not null,
  expires_at timestamptz not null, used_at timestamptz);
create table booking (booking_id uuid primary key, user_id text not null, driver_id text, status text not null,
  pickup geography(point) not null, dropoff geography(point) not null, vehicle_type text not null, price_minor integer,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now());
create index on booking (user_id, created_at);
create index on booking (driver_id, created_at);
create table history (booking_id uuid not null references booking, status text not null, actor text not null,
  at timestamptz not null default now());
create index on history (booking_id);
create table offer (offer_id uuid primary key, booking_id uuid not null references booking, driver_id text not null,
  state text not null, created_at timestamptz not null default now(), closed_at timestamptz);
create index on offer (booking_id);
create table driver (driver_id text primary key, status text not null, vehicle_type text not null,
  position geography(point) not null, booking_id uuid);
create index on driver using gist (position) where status = 'Available';
