import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { deadQueue, EXCHANGES, QUEUES, redeliveryExchange } from '@logi/contracts';
import { consumeLatest, Link, type Publisher, type StreamMessage, tailStream } from '@logi/messaging';
import { Loop } from '@logi/service';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { Journal } from '../journal/journal.ts';
import { controlFrame } from '../journal/message-frame.ts';
import type { Metrics } from '../metrics.ts';
import type { Clients } from '../sockets/clients.ts';
import { resumedFrame } from '../sockets/conversation.ts';
import type { Hub } from '../sockets/hub.ts';
import { EventFeed } from './event-feed.ts';
import { StreamProbe } from './stream-probe.ts';

/** Positions wait so long for a gateway that is busy; older ones are of no use to anybody. */
const POSITION_TTL_MS = 5_000;
const MAX_WAITING_POSITION_MESSAGES = 5_000;
/** Nobody waits longer for the answer to a command. */
const COMMAND_TTL_MS = 5_000;
const MAX_WAITING_COMMANDS = 1_000;
/** After the broker's return, delivery goes on within two seconds. */
const MAX_BACKOFF_MS = 1_000;
const PROBE_TICK_MS = 50;

export type BrokerFeedsOptions = {
  config: Config;
  log: Logger;
  instanceId: string;
  publisher: Publisher;
  hub: Hub;
  journal: Journal;
  clients: Clients;
  metrics: Metrics;
  onCommand: (body: Buffer) => void;
  /** A message of the stream has been read and delivered. */
  onRead: () => void;
};

/** The link to the broker, what comes over it, and whether it does. Clients are told when it goes and when it is back. */
export function createBrokerFeeds(options: BrokerFeedsOptions) {
  const { config, log, instanceId, publisher, hub, journal, clients, metrics, onCommand, onRead } = options;
  /** Since when nothing can be delivered. */
  let degradedSince: string | undefined;
  let lostProbes = 0;

  const feed = new EventFeed({
    hub,
    journal,
    windowMs: config.RESUME_WINDOW_MS,
    log,
    onDelivered: (ageSeconds) => metrics.eventAge.observe(ageSeconds),
    onMalformed: (message, reason) => {
      metrics.malformed.inc();
      log.warn({ offset: message.offset, routingKey: message.routingKey, reason }, 'malformed event put aside');
      void publisher.publish([toDeadLetter(message, reason)]);
    },
    onProbe: (message) => probe.take(message),
    onGap: () => clients.tellAll(resumedFrame(undefined, { recovered: false, replayed: 0 })),
  });
  const link = new Link({
    url: config.AMQP_URL,
    name: 'gateway feeds',
    log,
    maxBackoffMs: MAX_BACKOFF_MS,
    open: async (session) => {
      session.ended.addEventListener('abort', degrade, { once: true });
      probe.attached();
      await tailStream(session, {
        stream: QUEUES.gatewayNotifications,
        from: feed.attach(),
        onMessage: (message) => {
          if (session.ended.aborted) return;
          feed.takeEvent(message);
          onRead();
        },
      });
      await consumeLatest(session, {
        exchange: EXCHANGES.trackingPositions,
        maxMessages: MAX_WAITING_POSITION_MESSAGES,
        ttlMs: POSITION_TTL_MS,
        onMessage: (body) => feed.takePositions(body),
      });
      await consumeLatest(session, {
        exchange: EXCHANGES.gatewayCommands,
        maxMessages: MAX_WAITING_COMMANDS,
        ttlMs: COMMAND_TTL_MS,
        onMessage: onCommand,
      });
    },
  });
  const probe = new StreamProbe({
    instanceId,
    publisher,
    everyMs: config.STREAM_PROBE_MS,
    timeoutMs: config.STREAM_PROBE_TIMEOUT_MS,
    progress: () => feed.lastOffset,
    onReturn: (lagSeconds) => {
      lostProbes = 0;
      metrics.streamLag.set(lagSeconds);
      feed.markCurrent();
      restore();
    },
    onLost: () => {
      lostProbes += 1;
      // Attached again at the same place and still nothing: that place does not exist, the stream was made anew.
      if (lostProbes > 1) feed.distrust();
      link.session?.fail(new Error('the stream does not bring what is put into it'));
    },
  });
  const prober = new Loop({ name: 'stream probe', everyMs: PROBE_TICK_MS, log, work: () => probeIfOpen() });

  async function probeIfOpen(): Promise<void> {
    if (link.isOpen) await probe.tick();
  }

  function degrade(): void {
    if (degradedSince !== undefined || !feed.isCurrent) return;
    degradedSince = new Date().toISOString();
    clients.tellAll(controlFrame({ type: 'degraded', payload: { since: degradedSince } }));
  }

  function restore(): void {
    if (degradedSince === undefined) return;
    clients.tellAll(controlFrame({ type: 'restored', payload: { since: degradedSince } }));
    degradedSince = undefined;
  }

  return {
    /** The recent messages have been read at least once, so a client that comes back can be told what it missed. */
    get hasWarmedUp(): boolean {
      return feed.isCurrent;
    },

    whyNotReady(): string | undefined {
      if (!link.isOpen) return 'broker away, nothing can be delivered';
      return probe.hasReturned ? undefined : 'the stream has not delivered yet';
    },

    get degradedSince(): string | undefined {
      return degradedSince;
    },

    instances: () => probe.instances,

    start(): void {
      link.start();
      prober.start();
    },

    async warmUp(timeoutMs: number, stopping: AbortSignal): Promise<void> {
      const deadline = Date.now() + timeoutMs;
      while (!feed.isCurrent && !stopping.aborted && Date.now() < deadline) await setTimeout(PROBE_TICK_MS);
    },

    async stop(): Promise<void> {
      await prober.stop();
      await link.stop();
    },
  };
}

function toDeadLetter(message: StreamMessage, reason: string) {
  return {
    exchange: redeliveryExchange('gateway'),
    routingKey: deadQueue(QUEUES.gatewayNotifications),
    body: message.body,
    messageId: message.messageId ?? randomUUID(),
    type: message.routingKey,
    headers: { 'x-reason': reason, 'x-stream-offset': message.offset },
  };
}
