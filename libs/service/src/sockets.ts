import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Identity, VerifyToken } from '@logi/auth';
import { DomainError, PROTOCOL_DEFAULT, type Role } from '@logi/contracts';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import { currentRequestId, REQUEST_ID_HEADER, requestIdOf, withRequestId } from './answers/request-id.ts';
import { isSecurityMatter, type SecurityLog } from './answers/security-log.ts';
import { bearerToken } from './bearer.ts';
import { mapError, refuseSocket } from './http-errors.ts';

/** A connection that was let in. `socket` is the TCP stream under `ws`, for corking and for the kernel's view of it. */
type Accepted<Request> = { ws: WebSocket; socket: Duplex; identity: Identity; request: Request };

export type SocketOptions<Request> = {
  server: Server;
  path: string;
  roles: readonly Role[];
  verify: VerifyToken;
  log: Logger;
  security: SecurityLog;
  addressOf: (request: IncomingMessage) => string;
  /** Exact origins that browsers may come from; undefined allows all. Programs send no Origin and need only a token. */
  allowedOrigins: ReadonlySet<string> | undefined;
  maxFrameBytes: number;
  /** Subprotocols that the server speaks; the first of them that a client offers is chosen. */
  protocols?: readonly string[];
  maxTokenCharacters?: number;
  /** Refuses before anything costly is done, as a thrown DomainError. */
  beforeVerify?: (request: IncomingMessage) => void;
  /** Other reasons to refuse, as a thrown DomainError; what it returns is handed to `onAccepted`. */
  admit: (identity: Identity, query: URLSearchParams, request: IncomingMessage) => Request;
  onAccepted: (accepted: Accepted<Request>) => void;
  onRefused?: (error: DomainError) => void;
  isDraining: () => boolean;
};

const BEARER_PROTOCOL = 'bearer.';
/** A message may come in this many pieces; more is an attack by tiny fragments. */
const MAX_FRAGMENTS = 64;

/** Accepts WebSocket upgrades on one path. Whoever is refused gets plain HTTP with a JSON error, before the upgrade. */
export function acceptSockets<Request>(options: SocketOptions<Request>): void {
  const { server, maxFrameBytes, log, protocols = [] } = options;
  const wss = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false, // 20 times the memory of a connection without it
    maxPayload: maxFrameBytes,
    maxFragments: MAX_FRAGMENTS,
    handleProtocols: (offered) => chooseProtocol(offered, protocols),
  });
  const refuse = (err: unknown, request: IncomingMessage, socket: Duplex) => {
    const error = mapError(err, log);
    options.onRefused?.(error);
    const requestId = currentRequestId() ?? requestIdOf(request.headers);
    if (isSecurityMatter('upgrade', error)) tellOf(options, error, { request, requestId });
    refuseSocket(socket, error, requestId);
  };
  wss.on('wsClientError', (_err, socket, request) => refuse(new DomainError('invalid_upgrade'), request, socket));
  wss.on('headers', (headers) => {
    const requestId = currentRequestId();
    if (requestId !== undefined) headers.push(`${REQUEST_ID_HEADER}: ${requestId}`);
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', destroy);
    void withRequestId(requestIdOf(request.headers), () =>
      upgrade(options, wss, { request, socket, head }).catch((err: unknown) => refuse(err, request, socket)),
    );
  });
}

function tellOf<Request>(
  { path, security, addressOf }: SocketOptions<Request>,
  error: DomainError,
  { request, requestId }: { request: IncomingMessage; requestId: string },
): void {
  const { method, url } = request;
  const route = parseTarget(url)?.pathname === path ? path : 'none';
  security.tell({ door: 'upgrade', error, address: addressOf(request), method, route, requestId });
}

/** Shared by all sockets, and taken off again once `ws` listens: what a socket keeps is kept ten thousand times. */
function destroy(this: Duplex): void {
  this.destroy();
}

type Upgrade = { request: IncomingMessage; socket: Duplex; head: Buffer };

async function upgrade<Request>(
  options: SocketOptions<Request>,
  wss: WebSocketServer,
  { request, socket, head }: Upgrade,
) {
  const { path, roles, verify, allowedOrigins, admit, onAccepted, isDraining, beforeVerify } = options;
  const { maxTokenCharacters = Number.POSITIVE_INFINITY } = options;
  if (isDraining()) throw new DomainError('unavailable');
  const url = parseTarget(request.url);
  if (url?.pathname !== path) throw new DomainError('not_found');
  if (request.method !== 'GET' || request.headers.upgrade?.toLowerCase() !== 'websocket') {
    throw new DomainError('upgrade_required');
  }
  const { origin } = request.headers;
  if (allowedOrigins && origin !== undefined && !allowedOrigins.has(origin))
    throw new DomainError('origin_not_allowed');
  beforeVerify?.(request);
  const token = findToken(request, url.searchParams);
  if (token.length > maxTokenCharacters) throw new DomainError('unauthenticated', { message: 'The token is too long' });
  const identity = await verify(token);
  // It may have waited for the issuer's keys, and a drain closes only the sockets that it finds.
  if (isDraining()) throw new DomainError('unavailable');
  if (!roles.includes(identity.principal.role)) throw new DomainError('forbidden');
  const admitted = admit(identity, url.searchParams, request);
  wss.handleUpgrade(request, socket, head, (ws) => {
    socket.off('error', destroy);
    onAccepted({ ws, socket, identity, request: admitted });
  });
}

function parseTarget(target: string | undefined): URL | undefined {
  return URL.canParse(target ?? '', 'ws://logi') ? new URL(target ?? '', 'ws://logi') : undefined;
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
