-- Whom an operator has put out. The row of a block that was lifted stays: its version must go on, or whoever has seen it
-- would take the next block for an old one.
create table if not exists booking.block (
  role text not null check (role in ('user', 'driver', 'admin')),
  sub text not null,
  block_id uuid not null unique,
  version integer not null,
  -- In the order of the commits (under a lock), so that a reader asks for what is new since the last one it has seen.
  change bigint not null unique,
  reason text,
  -- When it ends by itself.
  until timestamptz(3),
  -- Null: the principal is refused whole. Else only tokens that are older.
  tokens_issued_before timestamptz(3),
  blocked_by text not null,
  blocked_at timestamptz(3) not null,
  lifted_at timestamptz(3),
  -- What waited in the name of the principal has yet to be taken back.
  is_settled boolean not null,
  primary key (role, sub)
);
create index if not exists block_to_settle on booking.block (change) where not is_settled;
create sequence if not exists booking.block_change;

-- Tracking's copy, made from events.
create table if not exists tracking.block (
  role text not null,
  sub text not null,
  version integer not null,
  change bigint not null unique,
  until timestamptz(3),
  tokens_issued_before timestamptz(3),
  lifted_at timestamptz(3),
  primary key (role, sub)
);
create sequence if not exists tracking.block_change;

do $$
begin
  if exists (select from pg_roles where rolname = 'logi_booking') then
    revoke delete on booking.block from logi_booking;
  end if;
  if exists (select from pg_roles where rolname = 'logi_tracking') then
    revoke delete on tracking.block from logi_tracking;
  end if;
end $$;

-- The number by which a principal's changes and their block exclude each other. A block takes it alone, and so waits for
-- what is under way; whoever changes a booking shares it, and then sees the block.
create or replace function booking.principal_lock(role text, sub text) returns bigint language sql immutable as $$
  select hashtextextended(role || ' ' || sub, 7064216)
$$;

-- Services refuse the blocked as they come. This is for who came in just before: nothing is done in the name of a
-- principal after the transaction that blocks them, on whatever instance.
create or replace function booking.refuse_blocked() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(booking.principal_lock(new.actor_role, new.actor_id));
  if exists (
    select from booking.block where role = new.actor_role and sub = new.actor_id and lifted_at is null
      and tokens_issued_before is null and (until is null or until > clock_timestamp())
  ) then
    raise exception '% % is blocked', new.actor_role, new.actor_id using errcode = 'BL403';
  end if;
  return new;
end $$;

create or replace trigger blocked_make_no_history before insert on booking.history
  for each row when (new.actor_role <> 'system') execute function booking.refuse_blocked();
