-- Whose turn it is to write the next whole snapshot into a state stream: of several instances the first that finds the
-- last one old enough. In each schema; libs/events reads and writes it.
create table booking.state_turn (name text primary key, taken_at timestamptz not null);
create table tracking.state_turn (name text primary key, taken_at timestamptz not null);
