import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AuditEntry,
  DomainError,
  EVENT_SOURCES,
  EVENTS,
  type EventOf,
  EXCHANGES,
  QUEUES,
  SHARDED_QUEUES,
  SHARDS,
  shardQueue,
  waitingRooms,
} from '@logi/contracts';
import type { ConfirmChannel, Message } from 'amqplib';
import type { Logger } from 'pino';
import { Link } from './link.ts';
import type { Session } from './session.ts';
import { withShard } from './shards.ts';

/*
 * `channel.publish` returns when the message is written to a socket. A process or a broker that dies now loses it, so
 * each message waits for the broker's confirm. That alone is not enough either: the broker confirms what reaches no queue,
 * and forgets it. `mandatory` makes it send such a message back, before the confirm, and that is then a failure. And it is
 * silent where a message reaches some of its queues: every event has a place in the stream, so one whose work queue is
 * missing is confirmed, and never has its effect. Queues are missing when a broker has just started, which lets clients
 * in before it has all of them back, and when somebody has deleted one. So nothing is published while any is missing.
 *
 *   away --(connected, and every queue is there)------------------------> open
 *   away --(connected, but a queue is missing)--------------------------> away  the link tries again
 *   open --(the session is over, or a queue is missing at a later look)-> away  what is in flight has failed
 *   open --(the broker refuses a message)-------------------------------> away  at most once in a while: a full queue
 *                                                                               refuses as well, and gains nothing by it
 *
 * A refusal ends the session, since some last as long as it: a channel of an older broker that first published to a queue
 * while that had no leader is refused there until the node that died comes back, and a new channel is not.
 *
 * Open, but blocked (`session.isBlocked`): nothing more is published; what is in flight waits for its confirm.
 *
 * Each stream has a channel of its own, on which nothing is published that does not go into it. When the leader of a stream
 * moves to another node, RabbitMQ sends it what is in flight again, numbered as on the channel instead of as in the stream
 * (`rabbit_stream_queue:resend_all`). Where the channel has counted more, the stream takes as many of the next messages
 * for repetitions: they are confirmed, and nowhere.
 */
type State = { is: 'away' } | { is: 'open'; session: Session; channels: Record<ChannelUse, ConfirmChannel> };
type ChannelUse = 'events' | 'state' | 'others';

export type OutgoingMessage = {
  exchange: string;
  routingKey: string;
  body: Buffer;
  /** Names the message in the broker and in what comes back from it; unique among those in flight. */
  messageId: string;
  type: string;
  headers?: Record<string, unknown>;
};

/** `undefined` when the broker has confirmed the message: it is on disk where the queue is durable. */
export type PublishFailure = string | undefined;

export type PublisherOptions = {
  url: string;
  name: string;
  log: Logger;
  confirmTimeoutMs?: number;
  maxBackoffMs?: number;
  queueCheckMs?: number;
  refusalPauseMs?: number;
  /** Of each sharded queue; nothing is published while one is missing, or there is one more. */
  shards?: number;
};

/** Below the database's limit for idle transactions: the outbox relay waits for confirms inside one. */
const CONFIRM_TIMEOUT_MS = 12_000;
/** How long publishing may go on when a queue was deleted under it. */
const QUEUE_CHECK_MS = 5_000;
/** Refusals end one session in so long at the most. */
const REFUSAL_PAUSE_MS = 2_000;

const USE_OF = new Map<string, ChannelUse>([
  ...Object.keys(EVENT_SOURCES).map((exchange) => [exchange, 'events'] as const),
  [EXCHANGES.bookingState, 'state'],
  [EXCHANGES.trackingState, 'state'],
]);

type InFlight = { settle: (failure: PublishFailure) => void; returned: boolean };

/**
 * Publishes persistent messages, and tells of each whether the broker has it. Nothing is kept in memory for later: whoever
 * publishes keeps it (the outbox) and tries again.
 */
export class Publisher {
  readonly #link: Link;
  readonly #inFlight = new Map<string, InFlight>();
  readonly #confirmTimeoutMs: number;
  readonly #refusalPauseMs: number;
  readonly #shards: number;
  #endedByRefusalAt = -Infinity;
  #state: State = { is: 'away' };

  constructor(options: PublisherOptions) {
    const { confirmTimeoutMs = CONFIRM_TIMEOUT_MS, queueCheckMs = QUEUE_CHECK_MS, shards = SHARDS.default } = options;
    this.#shards = shards;
    const queues = Object.values(QUEUES).flatMap((queue) => waitingRooms(queue, shards));
    this.#confirmTimeoutMs = confirmTimeoutMs;
    this.#refusalPauseMs = options.refusalPauseMs ?? REFUSAL_PAUSE_MS;
    this.#link = new Link({ ...options, open: (session) => this.#open(session, { queues, everyMs: queueCheckMs }) });
  }

  start(): void {
    this.#link.start();
  }

  async stop(): Promise<void> {
    await this.#link.stop();
  }

  /** Open and not blocked. */
  get isReady(): boolean {
    return this.#state.is === 'open' && !this.#state.session.isBlocked;
  }

  /** Publishes in the order given; the result at each index tells about the message there. Never rejects. */
  async publish(messages: readonly OutgoingMessage[]): Promise<PublishFailure[]> {
    return Promise.all(messages.map((message) => this.#publishOne(message)));
  }

  #publishOne(message: OutgoingMessage): Promise<PublishFailure> {
    const state = this.#state;
    if (state.is !== 'open' || state.session.isBlocked) return Promise.resolve('the broker is away');
    const { exchange, routingKey, body, messageId, type, headers = {} } = message;
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle('not confirmed in time'), this.#confirmTimeoutMs);
      const settle = (failure: PublishFailure) => {
        clearTimeout(timer);
        // The same message may have been sent again since, after its confirm did not come in time.
        if (this.#inFlight.get(messageId) === inFlight) this.#inFlight.delete(messageId);
        resolve(failure);
      };
      const inFlight: InFlight = { settle, returned: false };
      this.#inFlight.set(messageId, inFlight);
      const properties = {
        mandatory: true,
        persistent: true,
        contentType: 'application/json',
        timestamp: Math.floor(Date.now() / 1000),
        messageId,
        type,
        headers: withShard(headers, this.#shards),
      };
      try {
        const channel = state.channels[USE_OF.get(exchange) ?? 'others'];
        channel.publish(exchange, routingKey, body, properties, (err: unknown) => {
          if (err) this.#refused(state.session, err, settle);
          else settle(inFlight.returned ? 'no queue takes it' : undefined);
        });
      } catch (err) {
        settle(err instanceof Error ? err.message : String(err));
      }
    });
  }

  #refused(session: Session, err: unknown, settle: InFlight['settle']): void {
    const reason = err instanceof Error ? err.message : 'refused by the broker';
    settle(reason);
    if (session.ended.aborted) return; // which is why
    if (performance.now() - this.#endedByRefusalAt < this.#refusalPauseMs) return;
    this.#endedByRefusalAt = performance.now();
    session.fail(new Error('the broker refuses a message', { cause: err }));
  }

  async #open(session: Session, check: QueueCheck): Promise<void> {
    await expectQueues(session, check.queues);
    await expectNoFurtherShard(session, this.#shards);
    const channels = {
      events: await this.#openChannel(session),
      state: await this.#openChannel(session),
      others: await this.#openChannel(session),
    };
    session.ended.throwIfAborted();
    session.ended.addEventListener('abort', () => this.#leave(session));
    this.#state = { is: 'open', session, channels };
    void keepExpectingQueues(session, check);
  }

  async #openChannel(session: Session): Promise<ConfirmChannel> {
    const channel = await session.confirmChannel();
    channel.on('return', (message: Message) => {
      const inFlight = this.#inFlight.get(String(message.properties.messageId));
      if (inFlight) inFlight.returned = true;
    });
    return channel;
  }

  #leave(session: Session): void {
    if (this.#state.is !== 'open' || this.#state.session !== session) return;
    this.#state = { is: 'away' };
    for (const { settle } of [...this.#inFlight.values()]) settle('the connection was lost');
  }
}

type QueueCheck = { queues: readonly string[]; everyMs: number };

async function expectQueues(session: Session, queues: readonly string[]): Promise<void> {
  const missing = await session.missingQueue(queues);
  if (missing !== undefined) throw new Error(`the broker has no queue ${missing}`);
}

/** Whoever takes them for fewer than there are puts a driver's events where nobody expects them. */
async function expectNoFurtherShard(session: Session, shards: number): Promise<void> {
  const [queue] = SHARDED_QUEUES;
  const further = shardQueue(queue, shards);
  if (await session.look(further))
    throw new Error(`the broker has a queue ${further}: WORK_QUEUE_SHARDS is ${shards}, and was more`);
}

async function keepExpectingQueues(session: Session, { queues, everyMs }: QueueCheck): Promise<void> {
  try {
    for (;;) {
      await sleep(everyMs, undefined, { signal: session.ended });
      await expectQueues(session, queues);
    }
  } catch (err) {
    session.fail(err instanceof Error ? err : new Error(String(err))); // nothing new where it has ended already
  }
}

/**
 * Puts on record what somebody is about to do, where there is no transaction to do it in: first the broker has it on disk,
 * then it is done. What cannot be put on record is refused.
 */
export async function publishAct(publisher: Publisher, entry: AuditEntry): Promise<void> {
  const type = 'audit.recorded';
  const event: EventOf<typeof type> = {
    event_id: randomUUID(),
    type,
    aggregate_id: randomUUID(),
    version: 1,
    occurred_at: new Date().toISOString(),
    data: EVENTS[type].data.parse(entry),
  };
  const { exchange } = EVENTS[type];
  const body = Buffer.from(JSON.stringify(event));
  const [failure] = await publisher.publish([{ exchange, routingKey: type, body, messageId: event.event_id, type }]);
  if (failure !== undefined)
    throw new DomainError('unavailable', { message: `It cannot be put on record: ${failure}` });
}
