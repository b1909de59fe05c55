-- The shards of work queues, and which instance works on each; libs/events reads and writes them. Instances share shards by
-- these rows, and the effect of an event is committed only by whoever has its shard then.
do $$
declare
  service text;
begin
  foreach service in array array['booking', 'tracking'] loop
    execute format($ddl$
      -- The instances that are alive, each until its time.
      create table %1$I.shard_holder (
        instance uuid primary key,
        until timestamptz not null
      );

      -- `migrate` makes one for each shard. Number -1 is the queue as it was before it had shards: while that row is there,
      -- events older than those in the shards may be left in it.
      create table %1$I.shard (
        queue text not null,
        number smallint not null,
        -- Whoever has it is that instance, for as long as it is alive and nobody came after it.
        holder uuid,
        -- Grows with each holder: what an earlier one begins has no effect.
        fence bigint not null default 0,
        primary key (queue, number)
      );
    $ddl$, service);
    if exists (select from pg_roles where rolname = 'logi_' || service) then
      execute format('revoke insert on %I.shard from %I', service, 'logi_' || service);
    end if;
  end loop;
end $$;
