-- What operators do. Only the administrator has rights here: no service can read or write any of it.
create schema operations;

-- A message that could not be handled, from when an operator first looked; and then who did what with it, for good.
create table operations.dead_letter (
  id bigint generated always as identity primary key,
  -- The queue in whose dead queue it was.
  queue text not null,
  message_id text not null,
  type text not null,
  reason text not null,
  attempt integer not null,
  died_at timestamptz not null,
  -- Not jsonb: that refuses the character zero, and whoever publishes chooses the headers.
  headers json not null,
  body bytea not null,
  kept_at timestamptz not null default now(),
  fate text check (fate in ('replayed', 'discarded')),
  decided_by text,
  decided_at timestamptz,
  constraint decided_by_somebody check (num_nulls(fate, decided_by, decided_at) in (0, 3))
);
-- What was kept but not yet acknowledged comes from the broker again, and is the same letter.
create unique index dead_letter_open on operations.dead_letter (queue, message_id, sha256(body)) where fate is null;
create index dead_letter_message on operations.dead_letter (message_id);
