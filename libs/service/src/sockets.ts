import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Identity, VerifyToken } from '@logi/auth';
import { DomainError, PROTOCOL_DEFAULT, type Role } from '@logi/contracts';
import type { Logger } from 'pino';
import { type Server as SocketServer, WebSocketServer } from 'ws';
import { WEBSOCKET_VERSION } from './answers/answer-headers.ts';
import { currentRequestId, REQUEST_ID_HEADER, requestIdOf, withRequestId } from './answers/request-id.ts';
import { isSecurityMatter, type SecurityLog } from './answers/security-log.ts';
import { bearerToken } from './bearer.ts';
import type { Callers } from './doors/callers.ts';
import type { DropBounds } from './doors/drop.ts';
import { checkHost } from './doors/host.ts';
import { ServedSocket } from './doors/served-socket.ts';
import { mapError, refuseSocket } from './http-errors.ts';

/** A connection that was let in. `socket` is the TCP stream under `ws`, for corking and for the kernel's view of it. */
type Accepted<Request> = { ws: ServedSocket; socket: Duplex; identity: Identity; request: Request };

export type SocketOptions<Request> = {
  server: Server;
  path: string;
  roles: readonly Role[];
  verify: VerifyToken;
  callers: Callers;
  closing: DropBounds;
  log: Logger;
  security: SecurityLog;
  /** Exact origins that browsers may come from; undefined allows all. Programs send no Origin and need only a token. */
  allowedOrigins: ReadonlySet<string> | undefined;
  maxFrameBytes: number;
  /** Subprotocols that the server speaks; the first of them that a client offers is chosen. */
  protocols?: readonly string[];
  maxTokenCharacters?: number;
  /** Other reasons to refuse, as a thrown DomainError, before anything is looked at that costs much. */
  beforeVerify?: (address: string) => void;
  /** Other reasons to refuse, as a thrown DomainError; takes nothing. What it returns is handed to `onAccepted`. */
  admit: (identity: Identity, query: URLSearchParams, address: string) => Request;
  /** The last that may refuse: what letting it in takes from others, or from its principal's allowance. */
  takeRoom?: (identity: Identity) => void;
  onAccepted: (accepted: Accepted<Request>) => void;
  onRefused?: (error: DomainError) => void;
  isDraining: () => boolean;
};

/** A token that is not good was paid for where it was looked at; a flood is paid for by its principal; a 503 is our matter. */
const PAID_OTHERWISE: ReadonlySet<number> = new Set([401, 429, 500, 503]);
const BEARER_PROTOCOL = 'bearer.';
/** A message may come in this many pieces; more is an attack by tiny fragments. */
const MAX_FRAGMENTS = 64;

/**
 * Accepts WebSocket upgrades on one path. Whoever is refused gets plain HTTP with a JSON error, before the upgrade. Browsers
 * do not show it to their pages: `explain` refuses a plain request as its upgrade would be, with 426 when all is well.
 */
export function acceptSockets<Request>(options: SocketOptions<Request>): {
  explain: (request: IncomingMessage) => Promise<never>;
} {
  const { server, maxFrameBytes, log, protocols = [], closing, callers } = options;
  const wss = new WebSocketServer<typeof ServedSocket>({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false, // 20 times the memory of a connection without it
    maxPayload: maxFrameBytes,
    maxFragments: MAX_FRAGMENTS,
    WebSocket: ServedSocket,
    ...{ closeTimeout: closing.graceMs }, // which the types of ws do not know yet
    autoPong: false, // a ping is paid for before it is answered
    handleProtocols: (offered) => chooseProtocol(offered, protocols),
  });
  const refuse = (err: unknown, request: IncomingMessage, socket: Duplex) => {
    const error = mapError(err, log);
    options.onRefused?.(error);
    const requestId = currentRequestId() ?? requestIdOf(request.headers);
    if (isSecurityMatter('upgrade', error)) tellOf(options, error, { request, requestId });
    callers.inTime(request, error, () => refuseSocket(socket, error, { requestId, method: request.method }));
  };
  wss.on('wsClientError', (_err, socket, request) => refuse(new DomainError('invalid_upgrade'), request, socket));
  wss.on('headers', (headers) => {
    const requestId = currentRequestId();
    if (requestId !== undefined) headers.push(`${REQUEST_ID_HEADER}: ${requestId}`);
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', destroy);
    void withRequestId(requestIdOf(request.headers), () =>
      upgrade(options, wss, { request, socket, head }).catch((err: unknown) =>
        refuse(
          asPaid(mapError(err, log), () => callers.payAsStranger(request)),
          request,
          socket,
        ),
      ),
    );
  });
  return {
    async explain(request) {
      await examine(options, request);
      throw new DomainError('upgrade_required');
    },
  };
}

/** A refusal that nobody has paid for yet is paid for by the address, and is another one when it cannot. */
function asPaid(error: DomainError, pay: () => void): DomainError {
  if (PAID_OTHERWISE.has(error.status)) return error;
  try {
    pay();
    return error;
  } catch (err) {
    return err instanceof DomainError ? err : error;
  }
}

function tellOf<Request>(
  { path, security, callers }: SocketOptions<Request>,
  error: DomainError,
  { request, requestId }: { request: IncomingMessage; requestId: string },
): void {
  const { method, url } = request;
  const route = parseTarget(url)?.pathname === path ? path : 'none';
  security.tell({ door: 'upgrade', error, address: callers.addressOf(request), method, route, requestId });
}

/** Shared by all sockets, and taken off again once `ws` listens: what a socket keeps is kept ten thousand times. */
function destroy(this: Duplex): void {
  this.destroy();
}

type Upgrade = { request: IncomingMessage; socket: Duplex; head: Buffer };

async function upgrade<Request>(
  options: SocketOptions<Request>,
  wss: SocketServer<typeof ServedSocket>,
  { request, socket, head }: Upgrade,
) {
  const { callers, closing, takeRoom, onAccepted } = options;
  checkHandshake(options, request);
  const { identity, admitted } = await examine(options, request);
  callers.pay(identity, 'upgrades');
  takeRoom?.(identity);
  wss.handleUpgrade(request, socket, head, (ws) => {
    socket.off('error', destroy);
    ws.serve(socket, closing);
    onAccepted({ ws, socket, identity, request: admitted });
  });
}

/** RFC 6455, 4.2.1: what `ws` lets pass, or answers in another way. The key is left to it. */
function checkHandshake({ path }: Pick<SocketOptions<unknown>, 'path'>, request: IncomingMessage): void {
  const { method, headers, httpVersion } = request;
  if (parseTarget(request.url)?.pathname !== path) throw new DomainError('not_found');
  if (method !== 'GET' || headers.upgrade?.toLowerCase() !== 'websocket') throw new DomainError('upgrade_required');
  checkHost(request);
  if (httpVersion !== '1.1') throw new DomainError('invalid_upgrade', { message: 'HTTP/1.1 is required' });
  if (headers['sec-websocket-version'] !== WEBSOCKET_VERSION) {
    throw new DomainError('invalid_upgrade', { message: `Sec-WebSocket-Version must be ${WEBSOCKET_VERSION}` });
  }
}

/** All reasons to refuse that can be found without taking anything from anybody. */
async function examine<Request>(options: SocketOptions<Request>, request: IncomingMessage) {
  const { roles, verify, callers, allowedOrigins, admit, isDraining, beforeVerify } = options;
  const { maxTokenCharacters = Number.POSITIVE_INFINITY } = options;
  if (isDraining()) throw new DomainError('unavailable');
  const { origin } = request.headers;
  if (allowedOrigins && origin !== undefined && !allowedOrigins.has(origin))
    throw new DomainError('origin_not_allowed');
  const address = callers.addressOf(request);
  beforeVerify?.(address);
  const query = parseTarget(request.url)?.searchParams ?? new URLSearchParams();
  const identity = await callers.verified(request, async () => {
    const token = findToken(request, query);
    if (token.length > maxTokenCharacters)
      throw new DomainError('unauthenticated', { message: 'The token is too long' });
    return verify(token);
  });
  // It may have waited for the issuer's keys, and a drain closes only the sockets that it finds.
  if (isDraining()) throw new DomainError('unavailable');
  if (!roles.includes(identity.principal.role)) throw new DomainError('forbidden');
  return { identity, admitted: admit(identity, query, address) };
}

function parseTarget(target = ''): URL | undefined {
  return URL.parse(target, 'ws://logi') ?? undefined;
}

function findToken(request: IncomingMessage, query: URLSearchParams): string {
  const fromQuery = query.get('token');
  if (fromQuery) return fromQuery;
  const offered = request.headers['sec-websocket-protocol']?.split(',').map((protocol) => protocol.trim()) ?? [];
  const fromProtocol = offered.find((protocol) => protocol.startsWith(BEARER_PROTOCOL));
  if (fromProtocol) return fromProtocol.slice(BEARER_PROTOCOL.length);
  return bearerToken(request.headers.authorization);
}

/**
 * A browser gives up unless one of the subprotocols it offered is chosen. A token is sent back only to one that offers
 * nothing else that we speak.
 */
function chooseProtocol(offered: Set<string>, spoken: readonly string[]): string | false {
  const chosen = [...spoken, PROTOCOL_DEFAULT].find((protocol) => offered.has(protocol));
  return chosen ?? [...offered].find((protocol) => protocol.startsWith(BEARER_PROTOCOL)) ?? false;
}
