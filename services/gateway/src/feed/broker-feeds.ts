import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Blocks } from '@logi/auth';
import { deadQueue, POSITIONS_RECORDED, QUEUES, redeliveryExchange, STATE_STREAMS } from '@logi/contracts';
import {
  createBlockReader,
  Link,
  type Publisher,
  type Session,
  StateReader,
  type StreamMessage,
  tailStream,
} from '@logi/messaging';
import { Loop } from '@logi/service';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { Instances } from '../instances.ts';
import type { Journal } from '../journal/journal.ts';
import type { LastPositions } from '../journal/last-positions.ts';
import type { Metrics } from '../metrics.ts';
import type { Announcements } from '../sockets/announcements.ts';
import type { CatchUp } from '../sockets/catch-up.ts';
import type { Hub } from '../sockets/hub.ts';
import { type DeliveryStep, linkLost, probeLost, probeReturned, STARTING } from './delivery.ts';
import { EventFeed } from './event-feed.ts';
import { PositionFeed } from './position-feed.ts';
import { StreamProbe } from './stream-probe.ts';

/** Tracking writes a snapshot of all trips every ten seconds, or a little later. More would only make the start longer. */
const TRIPS_LOOK_BACK_MS = 20_000;
/** After the broker's return, delivery goes on within two seconds. */
const MAX_BACKOFF_MS = 1_000;
const PROBE_TICK_MS = 50;
/** How long a start waits for the recent messages to be read, so that the first client can already resume. */
const WARM_UP_MS = 10_000;

export type BrokerFeedsOptions = {
  config: Config;
  log: Logger;
  instances: Instances;
  publisher: Publisher;
  hub: Hub;
  journal: Journal;
  lastPositions: LastPositions;
  catchUp: CatchUp;
  announcements: Announcements;
  metrics: Metrics;
  blocks: Blocks;
  /** What else is to be consumed over the same link. */
  alsoConsume: (session: Session) => Promise<void>;
};

/** The link to the broker, what comes over it, and whether it does. Clients are told when it goes and when it is back. */
export class BrokerFeeds {
  readonly #options: BrokerFeedsOptions;
  readonly #positions: PositionFeed;
  readonly #trips: StateReader;
  readonly #blocked: StateReader;
  readonly #events: EventFeed;
  readonly #probe: StreamProbe;
  readonly #link: Link;
  readonly #prober: Loop;
  #delivery = STARTING;

  constructor(options: BrokerFeedsOptions) {
    const { config, log, publisher, lastPositions } = options;
    this.#options = options;
    this.#positions = new PositionFeed({ ...options, last: lastPositions, windowMs: config.RESUME_WINDOW_MS });
    this.#trips = new StateReader({
      stream: STATE_STREAMS.tripPositions,
      service: 'gateway',
      publisher,
      lookBackMs: TRIPS_LOOK_BACK_MS,
      onEntries: (entries) => this.#positions.readBack(entries),
      onWhole: () => lastPositions.forgetUnnamed(),
      onOther: ({ routingKey, body }) => routingKey === POSITIONS_RECORDED && this.#positions.receive(body),
      onCurrent: () => this.#welcomeIfCurrent(),
      onMalformed: ({ offset, routingKey }) => log.warn({ offset, routingKey }, 'malformed message of trips dropped'),
    });
    this.#blocked = createBlockReader({ service: 'gateway', ...options });
    this.#events = new EventFeed({
      ...options,
      positions: this.#positions,
      windowMs: config.RESUME_WINDOW_MS,
      onMalformed: (message, reason) => this.#putAside(message, reason),
      onProbe: (message) => this.#probe.receive(message),
    });
    this.#probe = new StreamProbe({
      ...options,
      everyMs: config.STREAM_PROBE_MS,
      timeoutMs: config.STREAM_PROBE_TIMEOUT_MS,
      progress: () => this.#events.lastOffset,
      onReturn: (lagSeconds) => this.#probeReturned(lagSeconds),
      onLost: () => this.#probeLost(),
    });
    this.#link = new Link({
      url: config.AMQP_URL,
      name: 'gateway feeds',
      log,
      maxBackoffMs: MAX_BACKOFF_MS,
      open: (session) => this.#open(session),
    });
    this.#prober = new Loop({ name: 'stream probe', everyMs: PROBE_TICK_MS, log, work: () => this.#tick() });
  }

  /** The recent messages have been read at least once, so a client that comes back can be told what it missed. */
  get hasWarmedUp(): boolean {
    return this.#events.isCurrent;
  }

  whyNotReady(): string | undefined {
    if (!this.#link.isOpen) return 'broker away, nothing can be delivered';
    return this.#delivery.is === 'working' ? undefined : 'the stream has not delivered yet';
  }

  /** Resolves once the recent messages have been read, or it has taken too long. */
  async start(stopping: AbortSignal): Promise<void> {
    this.#link.start();
    this.#prober.start();
    const deadline = Date.now() + WARM_UP_MS;
    while (!this.#isWarm() && !stopping.aborted && Date.now() < deadline) await setTimeout(PROBE_TICK_MS);
  }

  async stop(): Promise<void> {
    await this.#prober.stop();
    await this.#link.stop();
  }

  #isWarm(): boolean {
    return this.#events.isCurrent && this.#options.blocks.areKnown;
  }

  async #open(session: Session): Promise<void> {
    const { catchUp, alsoConsume } = this.#options;
    const onEnd = () => this.#follow(linkLost(this.#delivery, new Date()));
    session.ended.addEventListener('abort', onEnd, { once: true });
    this.#probe.attached();
    await tailStream(session, {
      stream: QUEUES.gatewayNotifications,
      from: this.#events.attach(),
      onMessage: (message) => {
        if (session.ended.aborted) return;
        this.#events.receive(message);
        catchUp.journalGrew();
      },
    });
    await this.#blocked.attach(session);
    await this.#trips.attach(session);
    await alsoConsume(session);
  }

  async #tick(): Promise<void> {
    if (this.#link.isOpen) await Promise.all([this.#probe.tick(), this.#blocked.tick(), this.#trips.tick()]);
  }

  #probeReturned(lagSeconds: number): void {
    this.#options.metrics.streamLag.set(lagSeconds);
    this.#events.markCurrent();
    this.#follow(probeReturned(this.#delivery));
  }

  #probeLost(): void {
    this.#follow(probeLost(this.#delivery, new Date()));
    this.#link.session?.fail(new Error('the stream does not bring what is put into it'));
  }

  #follow({ delivery, tell, isDistrusted }: DeliveryStep): void {
    this.#delivery = delivery;
    if (tell) this.#options.announcements.tell(tell);
    if (isDistrusted) this.#events.distrust();
    this.#welcomeIfCurrent();
  }

  #welcomeIfCurrent(): void {
    this.#positions.setCurrent(this.#delivery.is === 'working' && this.#trips.isCurrent);
  }

  /** A message that is no event of ours goes where an operator finds it. */
  #putAside(message: StreamMessage, reason: string): void {
    const { metrics, log, publisher } = this.#options;
    metrics.malformed.inc();
    log.warn({ offset: message.offset, routingKey: message.routingKey, reason }, 'malformed event put aside');
    const letter = {
      exchange: redeliveryExchange('gateway'),
      routingKey: deadQueue(QUEUES.gatewayNotifications),
      body: message.body,
      messageId: message.messageId ?? randomUUID(),
      type: message.routingKey,
      headers: { 'x-reason': reason, 'x-stream-offset': message.offset },
    };
    void publisher.publish([letter]);
  }
}
