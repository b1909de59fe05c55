import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { DomainError } from '@logi/contracts';
import { checkHost, mapError, refuseSocket, requestIdOf } from '@logi/service';
import type { Context } from '../context.ts';
import { destinationOf, SOCKET_PATH } from './destinations.ts';
import { openCall } from './hand-on.ts';
import { headersToHandOn, withoutConnection } from './headers.ts';

/*
 * WebSockets for the gateway. A proxy that speaks the protocol on both sides lets a client in before it knows whether the
 * gateway does, so a refusal comes as a close; it keeps in memory what a slow reader has not taken, so the gateway never
 * sees that it is slow; and it says its own close codes. Here the gateway's answer to the handshake is what the client
 * gets, whatever it is, and then bytes go both ways, no faster than the slower of the two.
 */

type Upgrade = { request: IncomingMessage; socket: Duplex; head: Buffer };

export class HandedOnSockets {
  readonly #ctx: Context;
  readonly #open = new Set<Duplex>();
  #isStopping = false;

  constructor(server: Server, ctx: Context) {
    this.#ctx = ctx;
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => socket.destroy());
      this.#receive({ request, socket, head });
    });
  }

  /** Clients come back to another instance: what they missed is told there. */
  stop(): void {
    this.#isStopping = true;
    for (const socket of this.#open) socket.destroy();
  }

  #receive(upgrade: Upgrade): void {
    const { request, socket } = upgrade;
    const { callers, log } = this.#ctx;
    const requestId = requestIdOf(request.headers);
    try {
      callers.payAsStranger(request);
      checkHost(request);
      if (this.#isStopping || this.#open.size >= this.#ctx.config.MAX_HANDED_ON_SOCKETS)
        throw new DomainError('unavailable');
      this.#handOn(upgrade, requestId);
    } catch (err) {
      refuseSocket(socket, mapError(err, log), { requestId, method: request.method });
    }
  }

  #handOn({ request, socket, head }: Upgrade, requestId: string): void {
    const { config, callers, log } = this.#ctx;
    const destination = destinationOf(request.url ?? '', config);
    if (!destination?.path.startsWith(SOCKET_PATH)) throw new DomainError('not_found');
    const headers = headersToHandOn(request, { callers, forwardingKey: config.FORWARDING_KEY, requestId });
    const call = openCall(destination, {
      method: request.method,
      headers: { ...headers, connection: 'Upgrade', upgrade: request.headers.upgrade },
      timeoutMs: config.HAND_ON_TIMEOUT_MS,
      isUpgrade: true,
    });
    this.#open.add(socket);
    socket.once('close', () => {
      this.#open.delete(socket);
      call.destroy();
    });
    call.once('upgrade', (answer, upstream, rest) => {
      upstream.setTimeout(0); // the gateway has heartbeats of its own
      socket.write(headOf(answer));
      join({ socket, first: rest }, { socket: upstream, first: head }, config.CLOSE_GRACE_MS);
    });
    call.once('response', (answer) => {
      socket.write(headOf(answer, { connection: 'close' }));
      answer.pipe(socket).once('finish', () => endWithin(socket, config.CLOSE_GRACE_MS));
    });
    call.once('error', (cause) => {
      if (socket.destroyed) return;
      const error = new DomainError('unavailable', { message: 'the gateway does not answer', cause });
      refuseSocket(socket, mapError(error, log), { requestId, method: request.method });
    });
    call.end();
  }
}

type End = { socket: Duplex; first: Buffer };

/** What either says the other gets; where one has ended, or breaks, so does the other, once it has taken what there is. */
function join(client: End, gateway: End, graceMs: number): void {
  const pairs = [
    [client, gateway],
    [gateway, client],
  ] as const;
  for (const [{ socket, first }, { socket: other }] of pairs) {
    if (first.length > 0) socket.write(first);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => endWithin(other, graceMs));
    socket.pipe(other);
  }
}

function endWithin(socket: Duplex, graceMs: number): void {
  if (socket.destroyed) return;
  const destroy = () => socket.destroy();
  const timer = setTimeout(destroy, graceMs);
  socket.once('close', () => clearTimeout(timer));
  socket.end(destroy);
}

function headOf(answer: IncomingMessage, ends: Record<string, string> = {}): string {
  const isUpgrade = answer.statusCode === 101;
  const headers = isUpgrade ? answer.headers : { ...withoutConnection(answer.headers), ...ends };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return `HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\n${lines.join('\r\n')}\r\n\r\n`;
}
