-- What a service's account may do is what the service does, and no more: whoever has taken over one of them can neither
-- rewrite what happened, nor the rules. A table that comes later gets all four rights by default (0001) and is narrowed in
-- the migration that makes it.
do $$
declare
  narrowed record;
begin
  for narrowed in select * from (values
    ('logi_booking', 'booking.vehicle_type', 'delete'),
    ('logi_booking', 'booking.cancellation_reason', 'insert, update, delete'),
    ('logi_booking', 'booking.status_transition', 'insert, update, delete'),
    ('logi_booking', 'booking.booking', 'delete'),
    ('logi_booking', 'booking.history', 'update, delete'),
    ('logi_booking', 'booking.offer', 'delete'),
    ('logi_booking', 'booking.driver', 'delete'),
    ('logi_booking', 'booking.candidate', 'update, delete'), -- they go with their round
    ('logi_booking', 'booking.excluded_driver', 'update'),
    ('logi_booking', 'booking.surge', 'delete'),
    ('logi_booking', 'booking.state_turn', 'delete'),
    ('logi_booking', 'booking.inbox', 'update'),
    ('logi_booking', 'booking.inbox_version', 'delete'),
    ('logi_tracking', 'tracking.driver', 'delete'),
    ('logi_tracking', 'tracking.driver_latest', 'delete'),
    ('logi_tracking', 'tracking.driver_heard', 'delete'),
    ('logi_tracking', 'tracking.state_turn', 'delete'),
    ('logi_tracking', 'tracking.position', 'update, delete'),
    ('logi_tracking', 'tracking.trip', 'delete'),
    ('logi_tracking', 'tracking.trail', 'update'),
    ('logi_tracking', 'tracking.inbox', 'update'),
    ('logi_tracking', 'tracking.inbox_version', 'delete')
  ) as rights (role, "table", refused)
  loop
    if exists (select from pg_roles where rolname = narrowed.role) then
      execute format('revoke %s on %s from %I', narrowed.refused, narrowed."table", narrowed.role);
    end if;
  end loop;
end $$;

-- Grants do not bind the owner, nor services that log in as the owner; a trigger does. To take somebody's name out of the
-- record is the owner's, who says so: set logi.may_change_history = 'on'.
create function booking.refuse_change() returns trigger language plpgsql as $$
begin
  if current_setting('logi.may_change_history', true) = 'on'
    and pg_has_role(current_user, (select relowner from pg_class where oid = tg_relid), 'usage')
  then
    if tg_op = 'DELETE' then return old; end if;
    return new;
  end if;
  raise exception '% of %.% is refused: it is a record of what happened', lower(tg_op), tg_table_schema, tg_table_name
    using errcode = 'insufficient_privilege';
end $$;

create trigger history_is_append_only before update or delete on booking.history
  for each row execute function booking.refuse_change();
create trigger history_is_not_emptied before truncate on booking.history
  for each statement execute function booking.refuse_change();
-- Who booked what, and for how much. Fires only where a statement names one of these columns.
create trigger booking_stays_what_was_booked
  before update of user_id, vehicle_type, price_minor, currency, pickup_latitude, pickup_longitude, dropoff_latitude,
    dropoff_longitude on booking.booking
  for each row when (
    (old.user_id, old.vehicle_type, old.price_minor, old.currency)
      is distinct from (new.user_id, new.vehicle_type, new.price_minor, new.currency)
    or (old.pickup_latitude, old.pickup_longitude, old.dropoff_latitude, old.dropoff_longitude)
      is distinct from (new.pickup_latitude, new.pickup_longitude, new.dropoff_latitude, new.dropoff_longitude))
  execute function booking.refuse_change();

-- A partition has rights of its own, beside those of the whole.
do $$
declare
  partition regclass;
begin
  if exists (select from pg_roles where rolname = 'logi_tracking') then
    for partition in select inhrelid::regclass from pg_inherits where inhparent = 'tracking.position'::regclass loop
      execute format('revoke update, delete on %s from logi_tracking', partition);
    end loop;
  end if;
end $$;

-- The service asks for it, so what it asks is bounded: no points of today or yesterday are dropped, and no years of
-- tables made.
create or replace function tracking.maintain_partitions(first_day date, last_day date, oldest_kept date) returns void
language plpgsql security definer set search_path = tracking, pg_temp
-- Both need the whole table to themselves for a moment; while somebody reads for long, points do not queue behind us.
set lock_timeout = '500ms' as $$
declare
  day date;
  old record;
  kept constant date := least(oldest_kept, (now() at time zone 'UTC')::date - 1);
begin
  if first_day < current_date - 4000 or last_day > current_date + 60 then
    raise exception 'partitions from % to % are refused', first_day, last_day using errcode = 'insufficient_privilege';
  end if;
  perform pg_advisory_xact_lock(hashtext('tracking.maintain_partitions'));
  for day in select generate_series(first_day, last_day, interval '1 day')::date loop
    if to_regclass(format('tracking.position_%s', to_char(day, 'YYYYMMDD'))) is null then
      execute format('create table tracking.position_%s partition of tracking.position for values from (%L) to (%L)',
        to_char(day, 'YYYYMMDD'), day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC');
      if exists (select from pg_roles where rolname = 'logi_tracking') then
        execute format('revoke update, delete on tracking.position_%s from logi_tracking', to_char(day, 'YYYYMMDD'));
      end if;
    end if;
  end loop;
  for old in
    select inhrelid::regclass::text as name from pg_inherits
    where inhparent = 'tracking.position'::regclass
      and to_date(right(inhrelid::regclass::text, 8), 'YYYYMMDD') < kept
  loop
    execute 'drop table ' || old.name;
  end loop;
end $$;
