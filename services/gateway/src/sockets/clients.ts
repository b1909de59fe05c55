import { randomUUID } from 'node:crypto';
import { PROTOCOL_V2, type Principal } from '@logi/contracts';
import type { WebSocket } from 'ws';
import type { Outgoing } from './outgoing.ts';

/** One connection, as the gateway knows it. */
export type Client = {
  /** Given when first asked for: it weighs as much as all the rest of this, and most clients never hear of it. */
  sessionId: string | undefined;
  readonly principal: Principal;
  readonly address: string;
  readonly connectedAt: number;
  readonly outgoing: Outgoing;
  /** The id that the client has acknowledged last, in `logi.v2`. */
  ackedId: string | undefined;
};

type Filter = { role?: string | undefined; sub?: string | undefined; sessionId?: string | undefined };

/** The connections of this gateway, by their sockets. */
export class Clients {
  readonly #bySocket = new Map<WebSocket, Client>();

  add(ws: WebSocket, client: Omit<Client, 'sessionId' | 'connectedAt' | 'ackedId'>): Client {
    const added = { sessionId: undefined, connectedAt: Date.now(), ackedId: undefined, ...client };
    this.#bySocket.set(ws, added);
    return added;
  }

  get(ws: WebSocket): Client | undefined {
    return this.#bySocket.get(ws);
  }

  take(ws: WebSocket): Client | undefined {
    const client = this.#bySocket.get(ws);
    this.#bySocket.delete(ws);
    return client;
  }

  get all(): Iterable<Client> {
    return this.#bySocket.values();
  }

  get queuedBytes(): number {
    let bytes = 0;
    for (const { outgoing } of this.all) bytes += outgoing.waitingBytes;
    return bytes;
  }

  *matching({ role, sub, sessionId }: Filter): Iterable<Client> {
    for (const client of this.#bySocket.values()) {
      const { principal } = client;
      if (role !== undefined && principal.role !== role) continue;
      if (sub !== undefined && principal.id !== sub) continue;
      if (sessionId !== undefined && client.sessionId !== sessionId) continue;
      yield client;
    }
  }

  /** A notice to all that understand it. */
  tellAll(frame: Buffer): void {
    for (const { outgoing } of this.all) if (outgoing.mode === PROTOCOL_V2) outgoing.sendControl(frame);
  }
}

export function sessionIdOf(client: Client): string {
  client.sessionId ??= randomUUID();
  return client.sessionId;
}
