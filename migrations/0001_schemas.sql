-- One schema and one role for each service that writes. Roles belong to the whole server, so they may exist already;
-- they cannot log in until `migrate` gives them a password.
create extension if not exists postgis;
create extension if not exists btree_gist;

create schema if not exists booking;
create schema if not exists tracking;

do $$
declare
  service text;
  may_create_roles constant boolean := (select rolsuper or rolcreaterole from pg_roles where rolname = current_user);
begin
  foreach service in array array['booking', 'tracking'] loop
    if may_create_roles then
      begin
        execute format('create role %I', 'logi_' || service);
      exception when duplicate_object or unique_violation then null; -- another database of this server has made it
      end;
      execute format('grant usage on schema %I to %I', service, 'logi_' || service);
      -- Rows only: no service can change the structure.
      execute format('alter default privileges in schema %I grant select, insert, update, delete on tables to %I', service, 'logi_' || service);
      execute format('alter default privileges in schema %I grant usage on sequences to %I', service, 'logi_' || service);
    end if;
  end loop;
end $$;
