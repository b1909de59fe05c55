-- The statistics are sums, by the hour or day (UTC) in which a booking was made, of the bookings that have ended. What ends is
-- noted in its own transaction and counted soon after, in batches; until then, and while it is active, it is read as it is.
-- Nothing here is the truth: booking.recount_ended() makes all of it anew from booking.booking and booking.offer.

-- Bookings that have ended, and stand in no sum yet.
create table booking.ended_uncounted (booking_id uuid primary key);

-- Milliseconds are sums over the trips, or searches, whose both ends are known.
create table booking.ended_hour (
  hour timestamptz(0) not null,
  vehicle_type text not null,
  currency char(3) not null,
  status text not null,
  bookings integer not null,
  offered integer not null,
  accepted integer not null,
  collected integer not null,
  trips_timed integer not null,
  trip_ms bigint not null,
  searches_timed integer not null,
  search_ms bigint not null,
  price_minor bigint not null,
  primary key (hour, vehicle_type, currency, status)
);

-- Those that ended without a trip. A reason that is nobody's code is `other`: what people wrote is not kept here.
create table booking.ended_reason (
  hour timestamptz(0) not null,
  status text not null,
  reason text not null,
  bookings integer not null,
  primary key (hour, status, reason)
);

-- Trips by the day of their booking, answers by the day of the offer. By the hour there would be a row for each trip.
create table booking.driver_day (
  day timestamptz(0) not null,
  driver_id text not null,
  trips integer not null,
  trips_timed integer not null,
  trip_ms bigint not null,
  offers integer not null,
  accepted integer not null,
  declined integer not null,
  expired integer not null,
  given_back integer not null,
  primary key (day, driver_id)
);

-- As the statistics name it.
create function booking.counted_reason(status text, end_reason text) returns text language sql stable as $$
  select case
    when status = 'No Driver Found' then coalesce(end_reason, 'none')
    when end_reason is null then 'none'
    when exists (select from booking.cancellation_reason where reason = end_reason) then end_reason
    else 'other' end
$$;

create function booking.milliseconds("from" timestamptz, "to" timestamptz) returns bigint language sql immutable as $$
  select (date_part('epoch', "to" - "from") * 1000)::bigint
$$;

-- By a trigger, so that it holds for whoever ends a booking: services of the version before, too, while they are replaced.
create function booking.note_ended() returns trigger language plpgsql security definer set search_path = booking, pg_temp as $$
begin
  insert into booking.ended_uncounted values (new.booking_id) on conflict do nothing;
  return null;
end $$;
create trigger ended_is_noted after update of status on booking.booking for each row
  when (new.status in ('Delivered', 'Returned', 'Cancelled', 'No Driver Found') and old.status <> new.status)
  execute function booking.note_ended();
create trigger inserted_ended_is_noted after insert on booking.booking for each row
  when (new.status in ('Delivered', 'Returned', 'Cancelled', 'No Driver Found'))
  execute function booking.note_ended();

-- Adds what has ended to the sums, at most so many; how many it were. One at a time: an instance that finds another
-- at it leaves it to that one. What is taken from the list and what is added is one statement, so each is counted once.
create function booking.count_ended(max_rows integer) returns integer
language plpgsql security definer set search_path = booking, pg_temp as $$
declare
  counted integer;
begin
  if not pg_try_advisory_xact_lock(hashtext('booking.ended')) then return 0; end if;
  with taken as (
    delete from ended_uncounted where booking_id in (
      select booking_id from ended_uncounted limit max_rows)
    returning booking_id
  ), ended as materialized (
    select booking.*, date_trunc('hour', created_at, 'UTC') as hour from booking join taken using (booking_id)
  ), hours as (
    insert into ended_hour as total
    select hour, vehicle_type, currency, status, count(*), count(offered_at), count(accepted_at), count(collected_at),
      count(ended_at - collected_at), coalesce(sum(milliseconds(collected_at, ended_at)), 0),
      count(accepted_at) filter (where scheduled_at is null),
      coalesce(sum(milliseconds(created_at, accepted_at)) filter (where scheduled_at is null), 0), sum(price_minor)
    from ended group by hour, vehicle_type, currency, status
    on conflict (hour, vehicle_type, currency, status) do update set
      bookings = total.bookings + excluded.bookings,
      offered = total.offered + excluded.offered,
      accepted = total.accepted + excluded.accepted,
      collected = total.collected + excluded.collected,
      trips_timed = total.trips_timed + excluded.trips_timed,
      trip_ms = total.trip_ms + excluded.trip_ms,
      searches_timed = total.searches_timed + excluded.searches_timed,
      search_ms = total.search_ms + excluded.search_ms,
      price_minor = total.price_minor + excluded.price_minor
  ), reasons as (
    insert into ended_reason as total
    select hour, status, counted_reason(status, end_reason), count(*) from ended where status <> 'Delivered' group by 1, 2, 3
    on conflict (hour, status, reason) do update set bookings = total.bookings + excluded.bookings
  ), drivers as (
    insert into driver_day as total
    select day, driver_id, sum(trips), sum(trips_timed), sum(trip_ms), sum(offers), sum(accepted), sum(declined), sum(expired),
      sum(given_back)
    from (
      select date_trunc('day', created_at, 'UTC') as day, driver_id, 1 as trips, (ended_at - collected_at is not null)::integer,
        coalesce(milliseconds(collected_at, ended_at), 0), 0, 0, 0, 0, 0
      from ended where status = 'Delivered'
      union all
      select date_trunc('day', offer.created_at, 'UTC'), offer.driver_id, 0, 0, 0, 1,
        (state in ('accepted', 'abandoned'))::integer, (state = 'declined')::integer, (state = 'expired')::integer,
        (state = 'abandoned')::integer
      from offer join taken using (booking_id)
    ) as each (day, driver_id, trips, trips_timed, trip_ms, offers, accepted, declined, expired, given_back)
    group by day, driver_id
    on conflict (day, driver_id) do update set
      trips = total.trips + excluded.trips,
      trips_timed = total.trips_timed + excluded.trips_timed,
      trip_ms = total.trip_ms + excluded.trip_ms,
      offers = total.offers + excluded.offers,
      accepted = total.accepted + excluded.accepted,
      declined = total.declined + excluded.declined,
      expired = total.expired + excluded.expired,
      given_back = total.given_back + excluded.given_back
  )
  select count(*) into counted from taken;
  return counted;
end $$;

-- For the owner: after rows were changed by hand. Statistics go on meanwhile with what was.
create function booking.recount_ended() returns integer language plpgsql set search_path = booking, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtext('booking.ended'));
  delete from ended_hour;
  delete from ended_reason;
  delete from driver_day;
  insert into ended_uncounted select booking_id from booking
    where status in ('Delivered', 'Returned', 'Cancelled', 'No Driver Found') on conflict do nothing;
  return count_ended(null);
end $$;
revoke execute on function booking.note_ended, booking.count_ended, booking.recount_ended from public;

-- Which reasons are codes decides how all bookings are counted, also those that have ended.
create function booking.recount_reasons() returns trigger language plpgsql set search_path = booking, pg_temp as $$
begin
  perform recount_ended();
  return null;
end $$;
create trigger reasons_are_counted_anew after insert or delete or truncate or update of reason on booking.cancellation_reason
  for each statement execute function booking.recount_reasons();

do $$
begin
  if exists (select from pg_roles where rolname = 'logi_booking') then
    revoke insert, update, delete on booking.ended_uncounted, booking.ended_hour, booking.ended_reason, booking.driver_day
      from logi_booking;
    grant execute on function booking.count_ended to logi_booking;
  end if;
end $$;
