import type { Blocks } from '@logi/auth';
import { type Allowance, Connections, rateOf } from '@logi/service';
import type { Config } from '../config.ts';
import type { Client } from './client.ts';
import type { Clients } from './clients.ts';

/** A client that is told to leave comes back elsewhere after a random part of this. */
const RECONNECT_SPREAD_MS = 2_000;

type Parts = { clients: Clients; allowance: Allowance; blocks: Blocks };

/** What people may send here, on all their sockets together. */
export function ratesOfFrames(config: Config) {
  return {
    frames: rateOf(config.MAX_FRAMES_PER_SECOND, config),
    bytes: rateOf(config.MAX_INBOUND_BYTES_PER_SECOND, config),
  };
}

/** Heartbeats, rates and the ends of tokens. Clients of `logi.v2` are told before their token ends. */
export function createConnections(config: Config, { clients, allowance, blocks }: Parts): Connections {
  return new Connections({
    blocks,
    heartbeatMs: config.HEARTBEAT_MS,
    allowance,
    limits: config,
    expiryNoticeMs: config.TOKEN_NOTICE_MS,
    onExpiring: (ws, expiresAt) => {
      clients.get(ws)?.tell({ type: 'token_expiring', payload: { expires_at: toTimestamp(expiresAt) } });
    },
  });
}

/** Told a moment before this instance closes the connection: the client may move by itself. */
export function sayGoodbye(client: Client | undefined, closesInMs: number): void {
  const payload = { closes_in_ms: closesInMs, reconnect_in_ms: Math.round(Math.random() * RECONNECT_SPREAD_MS) };
  client?.tell({ type: 'goaway', payload });
}

export function toTimestamp(ms: number): string {
  return new Date(ms).toISOString();
}
