-- The same tables in each schema; libs/events reads and writes them.
do $$
declare
  service text;
begin
  foreach service in array array['booking', 'tracking'] loop
    execute format($ddl$
      create table %1$I.outbox (
        id bigint generated always as identity primary key,
        event_id uuid not null unique,
        type text not null,
        aggregate_id text not null,
        version integer not null,
        occurred_at timestamptz not null default now(),
        ordering_key text not null,
        -- A relay publishes the rows of one partition at a time, so that several can share the work.
        partition smallint generated always as (mod(hashtext(ordering_key)::bigint + 2147483648, 8)) stored,
        body text not null,
        published_at timestamptz,
        unique (type, aggregate_id, version)
      );
      -- Finds what is to be published without looking at what has been.
      create index outbox_pending on %1$I.outbox (partition, id) where published_at is null;
      create index outbox_published on %1$I.outbox (published_at) where published_at is not null;

      create table %1$I.inbox (
        consumer text not null,
        event_id uuid not null,
        received_at timestamptz not null default now(),
        primary key (consumer, event_id)
      );
      create index inbox_received on %1$I.inbox using brin (received_at);

      -- The newest version seen of each thing: what is older comes too late.
      create table %1$I.inbox_version (
        consumer text not null,
        aggregate text not null,
        aggregate_id text not null,
        version integer not null,
        primary key (consumer, aggregate, aggregate_id)
      );
    $ddl$, service);
  end loop;
end $$;
