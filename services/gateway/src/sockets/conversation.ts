import type { VerifyToken } from '@logi/auth';
import { type ClientFrame, clientFrame, DomainError, parseJson } from '@logi/contracts';
import { type Connections, closeFor } from '@logi/service';
import { type Cursor, formatId, LAST_STEP, parseId } from '../journal/cursor.ts';
import type { Journal } from '../journal/journal.ts';
import { controlFrame } from '../journal/message-frame.ts';
import type { Metrics } from '../metrics.ts';
import { type Client, sessionIdOf } from './clients.ts';
import { audienceOf, type Hub } from './hub.ts';

export type ConversationOptions = {
  journal: Journal;
  connections: Connections;
  verify: VerifyToken;
  metrics: Metrics;
  hub: Hub;
  heartbeatMs: number;
  windowMs: number;
  /** Since when the broker has been away, if it is. */
  degradedSince: () => string | undefined;
};

/** How far this instance may be behind the one that a client comes from, in messages and in time. */
const MAX_BEHIND = 100_000;
const MAX_BEHIND_MS = 5_000;

/** The `logi.v2` side of a connection: what the client says, and what it is told about the connection itself. */
export class Conversation {
  readonly #options: ConversationOptions;
  /** Clients that have read further, on another instance, than this one has. They wait outside the hub. */
  readonly #early = new Map<Client, { lastId: string; cursor: Cursor; timer: NodeJS.Timeout }>();

  constructor(options: ConversationOptions) {
    this.#options = options;
  }

  /**
   * Greets, and puts the client among those who are told things. With `lastId` it comes back, and the greeting does not
   * move its cursor: the replay does.
   */
  begin(client: Client, lastId: string | undefined): void {
    const { journal, connections, hub, heartbeatMs, windowMs } = this.#options;
    const { outgoing } = client;
    const payload = {
      session_id: sessionIdOf(client),
      heartbeat_ms: heartbeatMs,
      resume_window_ms: windowMs,
      expires_at: toTimestamp(connections.expiryOf(outgoing.ws) ?? 0),
    };
    const { end } = journal;
    const isNew = lastId === undefined && end !== undefined;
    outgoing.sendControl(controlFrame({ type: 'hello', payload }, isNew ? { id: formatId(end) } : {}));
    const since = this.#options.degradedSince();
    if (since !== undefined) outgoing.sendControl(controlFrame({ type: 'degraded', payload: { since } }));
    if (lastId === undefined) hub.add(client.principal, outgoing);
    else this.#resume(client, lastId);
  }

  end(client: Client): void {
    clearTimeout(this.#early.get(client)?.timer);
    this.#early.delete(client);
  }

  /** To be called when the journal has grown: this instance may have come as far as those who wait. */
  journalGrew(): void {
    if (this.#early.size === 0) return;
    const reached = this.#options.journal.end?.offset ?? -1;
    for (const [client, { lastId, cursor }] of this.#early) if (cursor.offset <= reached) this.#resume(client, lastId);
  }

  take(client: Client, text: string): void {
    const { ws } = client.outgoing;
    const parsed = clientFrame.safeParse(parseJson(text));
    if (parsed.success) this.#answer(client, parsed.data);
    else closeFor(ws, 'bad_frame');
  }

  #answer(client: Client, frame: ClientFrame): void {
    switch (frame.type) {
      case 'resume':
        // One at a time: each may send the whole window again.
        if (client.outgoing.isReplaying || this.#early.has(client)) closeFor(client.outgoing.ws, 'rate_limited');
        else this.#resume(client, frame.payload.last_id);
        break;
      case 'ack':
        this.#acknowledge(client, frame.payload.last_id);
        break;
      case 'auth':
        void this.#extend(client, frame.payload.token);
        break;
      case 'ping':
        client.outgoing.sendControl(controlFrame({ type: 'pong', payload: {} }));
        break;
      default:
        frame satisfies never;
    }
  }

  tellExpiry(client: Client, expiresAt: number): void {
    const payload = { expires_at: toTimestamp(expiresAt) };
    client.outgoing.sendControl(controlFrame({ type: 'token_expiring', payload }));
  }

  /**
   * The reader is put back to the first of its messages after that cursor and reads on from there, into what is live: the
   * list is one, so there is no moment at which a message could fall between replay and live, or come by both.
   */
  #resume(client: Client, lastId: string): void {
    const { journal, metrics, hub } = this.#options;
    const { outgoing, principal } = client;
    const { end } = journal;
    const cursor = parseId(lastId);
    if (end && cursor && this.#mustWait(client, { lastId, cursor, end })) return;
    this.end(client);
    hub.add(principal, outgoing);
    const isRecovered = end !== undefined && cursor !== undefined && journal.reaches(cursor);
    metrics.resumes.inc({ recovered: String(isRecovered) });
    if (!isRecovered) {
      outgoing.sendControl(resumedFrame(end, { recovered: false, replayed: 0 }));
      return;
    }
    const behind = cursor.offset === end.offset && cursor.step > LAST_STEP ? cursor : end;
    outgoing.resume(cursor, {
      missed: journal.missedSince(audienceOf(principal), cursor),
      resumed: (replayed) => resumedFrame(behind, { recovered: true, replayed }),
    });
  }

  /** Another instance was faster: what the client has read already must not come again from here. */
  #mustWait(client: Client, { lastId, cursor, end }: { lastId: string; cursor: Cursor; end: Cursor }): boolean {
    const { hub, degradedSince } = this.#options;
    if (cursor.offset <= end.offset || cursor.offset > end.offset + MAX_BEHIND) return false;
    const waiting = this.#early.get(client);
    if (waiting) return degradedSince() !== undefined; // its time is over, unless we are cut off ourselves
    hub.remove(client.principal, client.outgoing);
    const timer = setInterval(() => this.#resume(client, lastId), MAX_BEHIND_MS).unref();
    this.#early.set(client, { lastId, cursor, timer });
    return true;
  }

  #acknowledge(client: Client, lastId: string): void {
    const { journal, metrics } = this.#options;
    const cursor = parseId(lastId);
    if (!cursor) {
      closeFor(client.outgoing.ws, 'bad_frame');
      return;
    }
    client.ackedId = lastId;
    const publishedAt = journal.publishedAt(cursor);
    if (publishedAt !== undefined) metrics.ackAge.observe((Date.now() - publishedAt) / 1000);
  }

  async #extend({ outgoing, principal }: Client, token: string): Promise<void> {
    const { connections, verify } = this.#options;
    const { ws } = outgoing;
    try {
      const identity = await verify(token);
      const isSame = identity.principal.id === principal.id && identity.principal.role === principal.role;
      if (!isSame) {
        closeFor(ws, 'other_principal');
        return;
      }
      connections.extend(ws, identity.expiresAt);
      const payload = { expires_at: toTimestamp(identity.expiresAt) };
      outgoing.sendControl(controlFrame({ type: 'authenticated', payload }));
    } catch (err) {
      // While the issuer's keys cannot be had, the session goes on as long as its old token does.
      if (!(err instanceof DomainError) || err.code !== 'unavailable') closeFor(ws, 'token_expired');
    }
  }
}

/** Its id is the cursor behind all that was missed. */
export function resumedFrame(cursor: Cursor | undefined, payload: { recovered: boolean; replayed: number }): Buffer {
  return controlFrame({ type: 'resumed', payload }, cursor ? { id: formatId(cursor) } : {});
}

/** A token may be valid for longer than a Date can say. */
function toTimestamp(ms: number): string {
  return new Date(Math.min(ms, 8.64e15)).toISOString();
}
