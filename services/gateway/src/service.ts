import { randomUUID } from 'node:crypto';
import { Publisher } from '@logi/messaging';
import { Frame, type ListeningService } from '@logi/service';
import type { Config } from './config.ts';
import { BrokerFeeds } from './feed/broker-feeds.ts';
import { Instances } from './instances.ts';
import { Journal } from './journal/journal.ts';
import { LastPositions } from './journal/last-positions.ts';
import { createMetrics } from './metrics.ts';
import { Sessions } from './operators/sessions.ts';
import { endSessions, listSessions } from './routes/sessions.ts';
import { Announcements } from './sockets/announcements.ts';
import { CatchUp } from './sockets/catch-up.ts';
import { Clients } from './sockets/clients.ts';
import { createConnections, ratesOfFrames, sayGoodbye } from './sockets/connections.ts';
import { Conversation } from './sockets/conversation.ts';
import { openEntrance } from './sockets/entrance.ts';
import { Hub } from './sockets/hub.ts';
import { Looks } from './watching/looks.ts';
import { Notices } from './watching/notices.ts';
import { Watches } from './watching/watches.ts';

export { readConfig } from './config.ts';

/** Owns the sockets. It has no database: what it knows it has read from the broker. */
export async function createGatewayService(config: Config): Promise<ListeningService> {
  const frame = new Frame('gateway', config, ratesOfFrames(config));
  const { log, registry, verify, allowance, blocks } = frame;
  const windowMs = config.RESUME_WINDOW_MS;
  const instances = new Instances({ own: randomUUID(), probeEveryMs: config.STREAM_PROBE_MS });
  const publisher = new Publisher({
    ...{ url: config.AMQP_URL, name: 'gateway publisher', log, maxBackoffMs: 1_000 },
    shards: config.WORK_QUEUE_SHARDS,
  });

  const journal = new Journal({ windowMs, maxBytes: config.RESUME_WINDOW_BYTES });
  const lastPositions = new LastPositions();
  const clients = new Clients();
  const metrics = createMetrics(registry, {
    queuedBytes: () => clients.queuedBytes,
    journalBytes: () => journal.bytes,
    tripPositions: () => lastPositions.size,
    watchedAreas: () => watches.size,
  });

  const hub = new Hub({ journal, lastPositions });
  const connections = createConnections(config, { clients, allowance, blocks });
  const announcements = new Announcements(clients);
  const catchUp = new CatchUp({ journal, hub, metrics, announcements });
  const watches = new Watches({
    ...{ config, log, instances, metrics },
    looks: new Looks({ publisher, log }),
    notices: new Notices({ config, log, instances, publisher }),
  });
  const conversation = new Conversation({
    journal,
    connections,
    catchUp,
    announcements,
    verify,
    watches,
    metrics,
    heartbeatMs: config.HEARTBEAT_MS,
    windowMs,
  });

  const sessions = new Sessions({ instances, clients, connections, publisher, log });
  const feeds = new BrokerFeeds({
    ...{ config, log, instances, publisher, hub, journal, lastPositions, catchUp, announcements, metrics, blocks },
    alsoConsume: async (session) => {
      await sessions.consume(session);
      await watches.consume(session);
    },
  });

  const app = await frame.createApp({ whyNotReady: () => feeds.whyNotReady() });
  listSessions(app, sessions);
  endSessions(app, sessions, publisher);
  openEntrance(frame, app, {
    ...{ config, metrics, clients, connections, catchUp, conversation },
    hasWarmedUp: () => feeds.hasWarmedUp,
  });
  return frame.assemble(
    app,
    publisher,
    feeds,
    watches,
    frame.listener(app, config.GATEWAY_PORT, { instanceId: instances.own }),
    { stop: () => connections.drain(config.DRAIN_MS, (ws, closesInMs) => sayGoodbye(clients.get(ws), closesInMs)) },
  );
}
