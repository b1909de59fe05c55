-- Events leave with the key of their shard, and relays share 64 partitions instead of 8. The partition is now of the index
-- alone: a stored column would have to be written into every row there is. That the old column is gone also ends the work of
-- relays of older versions, whose events would come without a key, beside others of the same driver that have one.
do $$
declare
  service text;
begin
  foreach service in array array['booking', 'tracking'] loop
    execute format($ddl$
      alter table %1$I.outbox drop column partition, add column shard_key text;
      create index outbox_pending on %1$I.outbox (mod(hashtext(ordering_key)::bigint + 2147483648, 64), id)
        where published_at is null;
    $ddl$, service);
  end loop;
end $$;
