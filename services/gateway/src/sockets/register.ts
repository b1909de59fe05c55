import type { Duplex } from 'node:stream';
import type { Identity } from '@logi/auth';
import { isRecord, type Mode, PROTOCOL_V2, parseJson, type V2Type } from '@logi/contracts';
import { type Connections, closeFor, endedWith } from '@logi/service';
import type { WebSocket } from 'ws';
import type { Config } from '../config.ts';
import type { Metrics } from '../metrics.ts';
import type { Admission } from './admission.ts';
import type { CatchUp } from './catch-up.ts';
import { Client } from './client.ts';
import type { Clients } from './clients.ts';
import type { Conversation } from './conversation.ts';
import { Flusher } from './flusher.ts';
import { Outgoing, type OutgoingShared } from './outgoing.ts';

export type RegisterOptions = {
  config: Config;
  metrics: Metrics;
  clients: Clients;
  connections: Connections;
  admission: Admission;
  catchUp: CatchUp;
  conversation: Conversation;
};

/** A socket that was let in, and what its request asked for. */
export type Arrival = {
  ws: WebSocket;
  socket: Duplex;
  identity: Identity;
  address: string;
  types: ReadonlySet<string> | undefined;
  lastId: string | undefined;
};

/**
 * A socket is known in several places: the clients, the heartbeats, the count of its address, its audience, the
 * metrics. `enter` is the only one that adds it to them, and `#leave` the only one that takes it away again.
 */
export class Register {
  readonly #options: RegisterOptions;
  readonly #shared: OutgoingShared;
  /** Listeners of all sockets: each a function of its own would weigh as much as all else that is kept of one. */
  readonly #onFrame = (text: string, ws: WebSocket): void => this.#receive(text, ws);
  readonly #onClose: (this: WebSocket, code: number) => void;

  constructor(options: RegisterOptions) {
    this.#options = options;
    this.#shared = sharedBySockets(options.config, options.metrics);
    const leave = (ws: WebSocket, code: number): void => this.#leave(ws, code);
    this.#onClose = function onClose(code) {
      leave(this, endedWith(this, code));
    };
  }

  enter({ ws, socket, identity, address, types, lastId }: Arrival): void {
    const { clients, connections, admission, catchUp, conversation, metrics } = this.#options;
    const { principal } = identity;
    const mode: Mode = ws.protocol === PROTOCOL_V2 ? PROTOCOL_V2 : 'default';
    const outgoing = new Outgoing({ shared: this.#shared, ws, socket, mode, types });
    const client = new Client({ principal, address, outgoing });
    clients.add(client);
    connections.add(ws, identity, this.#onFrame); // they hear of the close by themselves
    ws.on('close', this.#onClose);
    admission.enter(address);
    metrics.connections.inc({ role: principal.role });
    metrics.accepted.inc({ protocol: mode });
    if (mode === PROTOCOL_V2) conversation.begin(client, lastId);
    else catchUp.begin(client, undefined);
  }

  #leave(ws: WebSocket, code: number): void {
    const { clients, admission, catchUp, conversation, metrics } = this.#options;
    const client = clients.get(ws);
    if (!client) return;
    clients.remove(client);
    catchUp.end(client);
    if (client.outgoing.mode === PROTOCOL_V2) conversation.end(client);
    admission.leave(client.address);
    metrics.connections.dec({ role: client.principal.role });
    metrics.countClosed(code);
  }

  #receive(text: string, ws: WebSocket): void {
    const client = this.#options.clients.get(ws);
    if (client?.outgoing.mode === PROTOCOL_V2) this.#options.conversation.receive(client, text);
    else if (!isMessage(text)) closeFor(ws, 'bad_frame');
  }
}

function sharedBySockets(config: Config, metrics: Metrics): OutgoingShared {
  return {
    maxEvents: config.MAX_QUEUED_EVENTS,
    maxBytes: config.MAX_QUEUED_BYTES,
    flusher: new Flusher(),
    onSlow: ({ ws }: Outgoing) => {
      metrics.slowCloses.inc();
      closeFor(ws, 'too_slow');
    },
    onSent: metrics.countSent,
    onReplayed: (type: V2Type) => metrics.replayed.inc({ type }),
    onPositionDropped: (why: 'coalesced' | 'ended') => metrics.positionsDropped.inc({ why }),
  };
}

/** The default mode asks nothing of a client. A frame that is not even a message shows a client that is lost. */
function isMessage(text: string): boolean {
  const value = parseJson(text);
  return isRecord(value) && typeof value['type'] === 'string';
}
