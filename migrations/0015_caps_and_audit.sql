-- What one user may hold at a time, and what the operator's people did.

-- A price is for one booking.
alter table booking.quote add column if not exists used_at timestamptz(3);

-- Counted under the user's lock: what of theirs waits, and what they cancelled within the hour.
create index if not exists booking_waiting_of_user on booking.booking (user_id, status)
  where status in ('Scheduled', 'Searching');
create index if not exists cancels_of_user on booking.history (actor_id, at)
  where actor_role = 'user' and to_status in ('Cancelled', 'Returning');

-- A driver may be left to the others while the user of a search has another one thinking about theirs.
alter table booking.candidate drop constraint candidate_skipped_check,
  add constraint candidate_skipped_check check (skipped in ('taken', 'batch_full', 'user_share'));

-- Who of the operator's people did what, to whom, from where, and when. Rows come from events (`audit.recorded`).
create table if not exists booking.audit (
  audit_id uuid primary key,
  -- `admin` is a token's `sub`; `operator` is a name from a command line, which nobody has checked.
  actor_role text not null,
  actor_id text not null,
  act text not null,
  subject_kind text not null,
  subject_id text not null,
  -- Where a command line is run is not an address.
  address text,
  details jsonb not null,
  at timestamptz(3) not null,
  recorded_at timestamptz(3) not null default clock_timestamp()
);
create index if not exists audit_newest on booking.audit (at desc, audit_id desc);
create index if not exists audit_of_actor on booking.audit (actor_id, at desc, audit_id desc);
create index if not exists audit_of_subject on booking.audit (subject_id, at desc, audit_id desc);

-- As the history (0014): the owner alone changes it, and says so.
create trigger audit_is_append_only before update or delete on booking.audit
  for each row execute function booking.refuse_change();
create trigger audit_is_not_emptied before truncate on booking.audit
  for each statement execute function booking.refuse_change();

-- What is past its time goes, oldest first. The service asks for it, so what it asks is bounded.
create or replace function booking.forget_audit(older_than timestamptz, max_rows integer) returns void
language plpgsql security definer set search_path = booking, pg_temp set logi.may_change_history = 'on' as $$
begin
  delete from audit where audit_id in (
    select audit_id from audit where at < least(older_than, now() - interval '30 days') order by at limit max_rows);
end $$;
revoke execute on function booking.forget_audit from public;

-- What an admin has looked at in this hour: the first look is put on record, the others add nothing to it.
create table if not exists tracking.audited_look (
  admin_id text not null,
  act text not null,
  -- Its kind and its id.
  subject text not null,
  hour timestamptz(0) not null,
  primary key (admin_id, act, subject, hour)
);

do $$
begin
  if exists (select from pg_roles where rolname = 'logi_booking') then
    revoke update, delete on booking.audit from logi_booking;
    grant execute on function booking.forget_audit to logi_booking;
  end if;
  if exists (select from pg_roles where rolname = 'logi_tracking') then
    revoke update on tracking.audited_look from logi_tracking;
  end if;
end $$;
