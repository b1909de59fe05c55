-- The service for people who look takes over what operators did by command line alone: it keeps dead letters and writes
-- what is decided of them. Its account sees no row of the other services.
create table operations.used_code (
  -- Of a sign-in code, which is good once, on whatever instance; kept for as long as it could be used again.
  code_id text primary key,
  expires_at timestamptz not null
);

do $$
begin
  if (select rolsuper or rolcreaterole from pg_roles where rolname = current_user) then
    begin
      create role logi_operations;
    exception when duplicate_object or unique_violation then null; -- another database of this server has made it
    end;
  end if;
  if exists (select from pg_roles where rolname = 'logi_operations') then
    grant usage on schema operations to logi_operations;
    grant select, insert on operations.dead_letter to logi_operations;
    -- What died, and how, stays as it was.
    grant update (fate, decided_by, decided_at) on operations.dead_letter to logi_operations;
    grant select, insert, delete on operations.used_code to logi_operations;
  end if;
end $$;
