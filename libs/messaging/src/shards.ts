import { createHash } from 'node:crypto';
import { SHARD_HEADER, SHARD_KEY_HEADER } from '@logi/contracts';

/** For everybody and for ever the same, since what was published earlier may still wait in that shard. */
export function shardOf(key: string, shards: number): number {
  return createHash('md5').update(key).digest().readUInt32BE() % shards;
}

/** Names the shard of a message that has a key. */
export function withShard(headers: Record<string, unknown>, shards: number): Record<string, unknown> {
  const key = headers[SHARD_KEY_HEADER];
  return typeof key === 'string' ? { ...headers, [SHARD_HEADER]: String(shardOf(key, shards)) } : headers;
}
