import { type ControlMessage, PROTOCOL_V2, type Role } from '@logi/contracts';
import type { WebSocket } from 'ws';
import { controlFrame } from '../journal/message-frame.ts';
import type { Client } from './client.ts';

type Filter = { role?: Role | undefined; sub?: string | undefined; sessionId?: string | undefined };

/** The clients of this gateway, by their sockets. */
export class Clients {
  readonly #bySocket = new Map<WebSocket, Client>();

  add(client: Client): void {
    this.#bySocket.set(client.outgoing.ws, client);
  }

  remove(client: Client): void {
    this.#bySocket.delete(client.outgoing.ws);
  }

  get(ws: WebSocket): Client | undefined {
    return this.#bySocket.get(ws);
  }

  get queuedBytes(): number {
    let bytes = 0;
    for (const { outgoing } of this.#bySocket.values()) bytes += outgoing.waitingBytes;
    return bytes;
  }

  *matching({ role, sub, sessionId }: Filter): Iterable<Client> {
    for (const client of this.#bySocket.values()) {
      const { principal } = client;
      if (role !== undefined && principal.role !== role) continue;
      if (sub !== undefined && principal.id !== sub) continue;
      if (sessionId !== undefined && !client.isSession(sessionId)) continue;
      yield client;
    }
  }

  /** Says something to all who understand it; the frame is made once. */
  tellAll(message: ControlMessage): void {
    const frame = controlFrame(message);
    for (const { outgoing } of this.#bySocket.values()) {
      if (outgoing.mode === PROTOCOL_V2) outgoing.sendControl(frame);
    }
  }
}
