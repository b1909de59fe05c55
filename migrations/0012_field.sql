-- After collection an admin can hand the goods over: the same status, another driver.
insert into booking.status_transition (from_status, to_status) values
  ('Goods Collected', 'Goods Collected'),
  ('In Transit', 'In Transit'),
  ('Arrived at Drop-off', 'Arrived at Drop-off'),
  ('Returning', 'Returning')
on conflict do nothing;

-- The pickup time that a price was named for, if it was for a later one.
alter table booking.quote add column if not exists scheduled_at timestamptz(3);

-- Admins book, too, and an admin's id may be that of a user.
alter table booking.idempotency_key add column if not exists role text not null default 'user';
alter table booking.idempotency_key drop constraint idempotency_key_pkey, add primary key (role, user_id, key);

-- Of the position that the distance was measured from, as tracking told it: its age, and why it is not to be believed.
alter table booking.candidate add column if not exists fix_age_ms bigint;
alter table booking.candidate add column if not exists fix_flaw text;

-- Whom an operator wants not to be asked about a booking.
create table if not exists booking.excluded_driver (
  booking_id uuid not null references booking.booking,
  driver_id text not null,
  -- The admin's id.
  excluded_by text not null,
  excluded_at timestamptz(3) not null default now(),
  primary key (booking_id, driver_id)
);
