import { randomUUID } from 'node:crypto';
import { createTokenVerifier } from '@logi/auth';
import {
  DomainError,
  isRecord,
  MAX_ID_CHARACTERS,
  type Mode,
  PROTOCOL_V2,
  parseJson,
  ROLES,
  V2_TYPES,
  type V2Type,
} from '@logi/contracts';
import { Publisher } from '@logi/messaging';
import {
  acceptSockets,
  Connections,
  closeFor,
  createHttpApp,
  createLogger,
  type ListeningService,
  listeningPort,
} from '@logi/service';
import { Registry } from 'prom-client';
import type { WebSocket } from 'ws';
import type { Config } from './config.ts';
import { createBrokerFeeds } from './feed/broker-feeds.ts';
import { Journal } from './journal/journal.ts';
import { controlFrame } from './journal/message-frame.ts';
import { createMetrics } from './metrics.ts';
import { Sessions } from './operators/sessions.ts';
import { endSessions, listSessions } from './routes/sessions.ts';
import { Admission, addressOf } from './sockets/admission.ts';
import { Clients } from './sockets/clients.ts';
import { Conversation } from './sockets/conversation.ts';
import { Flusher } from './sockets/flusher.ts';
import { Hub } from './sockets/hub.ts';
import { Outgoing } from './sockets/outgoing.ts';

const SOCKET_PATH = '/ws';
/** How long a start waits for the recent messages to be read, so that the first client can already resume. */
const WARM_UP_MS = 10_000;
/** A client that is told to leave comes back elsewhere after a random part of this. */
const RECONNECT_SPREAD_MS = 2_000;

/** Owns the sockets. It has no database: what it knows it has read from the broker. */
export async function createGatewayService(config: Config): Promise<ListeningService> {
  const log = createLogger({ service: 'gateway', level: config.LOG_LEVEL });
  if (config.auth.usesDevelopmentSecret) log.warn('tokens are checked with the development secret; set JWT_SECRET');
  const instanceId = randomUUID();
  const registry = new Registry();
  const clients = new Clients();
  const journal = new Journal({ windowMs: config.RESUME_WINDOW_MS, maxBytes: config.RESUME_WINDOW_BYTES });
  const metrics = createMetrics(registry, {
    queuedBytes: () => clients.queuedBytes,
    journalBytes: () => journal.bytes,
  });
  const hub = new Hub(journal);
  const publisher = new Publisher({ url: config.AMQP_URL, name: 'gateway publisher', log, maxBackoffMs: 1_000 });
  const feeds = createBrokerFeeds({
    config,
    log,
    instanceId,
    publisher,
    hub,
    journal,
    clients,
    metrics,
    onCommand: (body) => sessions.take(body),
    onRead: () => conversation.journalGrew(),
  });
  const connections = new Connections({
    heartbeatMs: config.HEARTBEAT_MS,
    maxFramesPerSecond: config.MAX_FRAMES_PER_SECOND,
    maxBytesPerSecond: config.MAX_INBOUND_BYTES_PER_SECOND,
    expiryNoticeMs: config.TOKEN_NOTICE_MS,
    onExpiring: (ws, expiresAt) => {
      const client = clients.get(ws);
      if (client?.outgoing.mode === PROTOCOL_V2) conversation.tellExpiry(client, expiresAt);
    },
  });
  const admission = new Admission({
    maxPerAddress: config.MAX_CONNECTIONS_PER_ADDRESS,
    maxUpgradesPerSecond: config.MAX_UPGRADES_PER_SECOND,
  });
  const verify = createTokenVerifier(config.auth);
  const sessions = new Sessions({
    instanceId,
    clients,
    publisher,
    log,
    expiryOf: ({ outgoing }) => connections.expiryOf(outgoing.ws),
    instances: feeds.instances,
  });
  const conversation = new Conversation({
    journal,
    connections,
    verify,
    metrics,
    hub,
    degradedSince: () => feeds.degradedSince,
    heartbeatMs: config.HEARTBEAT_MS,
    windowMs: config.RESUME_WINDOW_MS,
  });
  const shared = {
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

  const stopping = new AbortController();
  const app = await createHttpApp({
    title: 'Logi gateway',
    log,
    registry,
    verify,
    requestTimeoutMs: config.REQUEST_TIMEOUT_MS,
    whyNotReady: () => (stopping.signal.aborted ? 'draining' : feeds.whyNotReady()),
  });
  listSessions(app, sessions);
  endSessions(app, sessions);
  app.get(SOCKET_PATH, { schema: { hide: true } }, async () => {
    throw new DomainError('upgrade_required');
  });
  acceptSockets({
    server: app.server,
    path: SOCKET_PATH,
    roles: ROLES,
    verify,
    log,
    protocols: [PROTOCOL_V2],
    allowedOrigins: config.ALLOWED_ORIGINS,
    maxFrameBytes: config.MAX_FRAME_BYTES,
    maxTokenCharacters: config.MAX_TOKEN_CHARACTERS,
    isDraining: () => stopping.signal.aborted,
    beforeVerify: (request) => admission.check(addressOf(request, config.TRUSTED_PROXY_HOPS)),
    admit: ({ principal }, query, request) => {
      const types = wantedTypes(query);
      if (!feeds.hasWarmedUp) throw new DomainError('unavailable', { message: 'Nothing can be delivered yet' });
      if (connections.size >= config.MAX_CONNECTIONS) throw new DomainError('unavailable');
      if (connections.countOf(principal) >= config.MAX_CONNECTIONS_PER_PRINCIPAL) {
        throw new DomainError('too_many_connections');
      }
      const address = addressOf(request, config.TRUSTED_PROXY_HOPS);
      return { types, address, lastId: query.get('last_id')?.slice(0, MAX_ID_CHARACTERS) };
    },
    onRefused: ({ code }) => metrics.refused.inc({ reason: code }),
    onAccepted: ({ ws, socket, identity, request: { types, address, lastId } }) => {
      const { principal } = identity;
      const mode: Mode = ws.protocol === PROTOCOL_V2 ? PROTOCOL_V2 : 'default';
      const outgoing = new Outgoing({ shared, ws, socket, mode, types });
      const client = clients.add(ws, { principal, address, outgoing });
      connections.add(ws, identity, takeFrame);
      ws.on('close', onClose);
      admission.enter(address);
      metrics.connections.inc({ role: principal.role });
      metrics.accepted.inc({ protocol: mode });
      if (mode === PROTOCOL_V2) conversation.begin(client, lastId);
      else hub.add(principal, outgoing);
    },
  });

  function takeFrame(text: string, ws: WebSocket): void {
    const client = clients.get(ws);
    if (client?.outgoing.mode === PROTOCOL_V2) conversation.take(client, text);
    else if (!isMessage(text)) closeFor(ws, 'bad_frame');
  }

  function onClose(this: WebSocket, code: number): void {
    const client = clients.take(this);
    if (!client) return;
    conversation.end(client);
    hub.remove(client.principal, client.outgoing);
    admission.leave(client.address);
    metrics.connections.dec({ role: client.principal.role });
    metrics.countClosed(code);
  }

  function sayGoodbye(ws: WebSocket, closesInMs: number): void {
    const client = clients.get(ws);
    if (client?.outgoing.mode !== PROTOCOL_V2) return;
    const payload = { closes_in_ms: closesInMs, reconnect_in_ms: Math.round(Math.random() * RECONNECT_SPREAD_MS) };
    client.outgoing.sendControl(controlFrame({ type: 'goaway', payload }));
  }

  return {
    log,
    port: () => listeningPort(app),
    async start() {
      publisher.start();
      feeds.start();
      await feeds.warmUp(WARM_UP_MS, stopping.signal);
      if (stopping.signal.aborted) return;
      await app.listen({ host: config.HOST, port: config.GATEWAY_PORT });
      log.info({ port: listeningPort(app), instanceId }, 'gateway listens');
    },
    async stop() {
      stopping.abort();
      await connections.drain(config.DRAIN_MS, sayGoodbye);
      await app.close();
      await feeds.stop();
      await publisher.stop();
    },
  };
}

/** `?types=a,b` narrows a connection to some of what its role may see; it cannot widen it. */
function wantedTypes(query: URLSearchParams): ReadonlySet<string> | undefined {
  const asked = query.get('types')?.split(',');
  if (!asked) return undefined;
  const types = V2_TYPES.filter((type) => asked.includes(type));
  const unknown = asked.filter((name) => !types.some((type) => type === name));
  if (unknown.length > 0) throw new DomainError('unknown_message_type', { details: { known: V2_TYPES } });
  return new Set(types);
}

/** The default mode asks nothing of a client. A frame that is not even a message shows a client that is lost. */
function isMessage(text: string): boolean {
  const value = parseJson(text);
  return isRecord(value) && typeof value['type'] === 'string';
}
