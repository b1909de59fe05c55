-- When a search last asked for drivers. Where many search and few are free, so many may ask in a second (turns.ts).
alter table booking.booking add column if not exists asked_at timestamptz(3);
drop index if exists booking.booking_open_searches;
create index booking_open_searches on booking.booking (cell, vehicle_type, asked_at) where status = 'Searching';
