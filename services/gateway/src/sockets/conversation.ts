import type { VerifyToken } from '@logi/auth';
import { type ClientFrame, type ClientFrameOf, clientFrame, DomainError, parseJson } from '@logi/contracts';
import { type Connections, closeFor } from '@logi/service';
import { formatId, parseId } from '../journal/cursor.ts';
import type { Journal } from '../journal/journal.ts';
import type { Metrics } from '../metrics.ts';
import type { Announcements } from './announcements.ts';
import type { CatchUp } from './catch-up.ts';
import type { Client } from './client.ts';
import { toTimestamp } from './connections.ts';

export type ConversationOptions = {
  journal: Journal;
  connections: Connections;
  catchUp: CatchUp;
  announcements: Announcements;
  verify: VerifyToken;
  watches: Watching;
  metrics: Metrics;
  heartbeatMs: number;
  windowMs: number;
};

/** Areas that admins watch. */
export type Watching = {
  ask: (client: Client, asked: ClientFrameOf<'watch_area'>['payload']) => void;
  end: (client: Client) => void;
};

/** The `logi.v2` side of a connection: what the client says, and what it is answered. */
export class Conversation {
  readonly #options: ConversationOptions;

  constructor(options: ConversationOptions) {
    this.#options = options;
  }

  /**
   * Greets, and puts the client among those who are told things. With `lastId` it comes back, and the greeting does not
   * move its cursor: the replay does.
   */
  begin(client: Client, lastId: string | undefined): void {
    const { journal, connections, catchUp, announcements, heartbeatMs, windowMs } = this.#options;
    const payload = {
      session_id: client.sessionId,
      heartbeat_ms: heartbeatMs,
      resume_window_ms: windowMs,
      expires_at: toTimestamp(connections.expiryOf(client.outgoing.ws) ?? 0),
    };
    const { end } = journal;
    const isNew = lastId === undefined && end !== undefined;
    client.tell({ type: 'hello', payload }, isNew ? { id: formatId(end) } : {});
    if (announcements.degraded) client.tell(announcements.degraded);
    catchUp.begin(client, lastId);
  }

  end(client: Client): void {
    this.#options.watches.end(client);
  }

  receive(client: Client, text: string): void {
    const parsed = clientFrame.safeParse(parseJson(text));
    if (parsed.success) this.#answer(client, parsed.data);
    else closeFor(client.outgoing.ws, 'bad_frame');
  }

  #answer(client: Client, frame: ClientFrame): void {
    const { catchUp } = this.#options;
    switch (frame.type) {
      case 'resume':
        // One at a time: each may send the whole window again.
        if (catchUp.isUnderWay(client)) closeFor(client.outgoing.ws, 'rate_limited');
        else catchUp.resume(client, frame.payload.last_id);
        break;
      case 'ack':
        this.#acknowledge(client, frame.payload.last_id);
        break;
      case 'auth':
        void this.#extend(client, frame.payload.token);
        break;
      case 'ping':
        client.tell({ type: 'pong', payload: {} });
        break;
      case 'watch_area':
        this.#options.watches.ask(client, frame.payload);
        break;
      default:
        frame satisfies never;
    }
  }

  #acknowledge(client: Client, lastId: string): void {
    const { journal, metrics } = this.#options;
    const cursor = parseId(lastId);
    if (!cursor) {
      closeFor(client.outgoing.ws, 'bad_frame');
      return;
    }
    client.acknowledge(lastId);
    const publishedAt = journal.publishedAt(cursor);
    if (publishedAt !== undefined) metrics.ackAge.observe((Date.now() - publishedAt) / 1000);
  }

  async #extend(client: Client, token: string): Promise<void> {
    const { connections, verify } = this.#options;
    const { principal } = client;
    const { ws } = client.outgoing;
    try {
      const identity = await verify(token);
      const isSame = identity.principal.id === principal.id && identity.principal.role === principal.role;
      if (!isSame) {
        closeFor(ws, 'other_principal');
        return;
      }
      connections.extend(ws, identity);
      client.tell({ type: 'authenticated', payload: { expires_at: toTimestamp(identity.expiresAt) } });
    } catch (err) {
      // While the issuer's keys cannot be had, the session goes on as long as its old token does.
      const code = err instanceof DomainError ? err.code : undefined;
      if (code === 'unavailable') return;
      closeFor(ws, code === 'blocked' || code === 'token_revoked' ? 'ended_by_operator' : 'token_expired');
    }
  }
}
