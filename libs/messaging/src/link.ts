import { setTimeout } from 'node:timers/promises';
import { type Channel, type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import type { Logger } from 'pino';

/**
 * A connection to the broker that is rebuilt, whole, whenever any part of it fails.
 *
 *   waiting   --(start, or the back-off has passed)--> opening
 *   opening   --(connected and `open` has resolved)--> open
 *   opening   --(any error, or openTimeoutMs)--------> waiting
 *   open      --(connection or channel closed, consumer cancelled, session.fail)--> waiting
 *   any state --(stop)-------------------------------> stopped
 *
 * amqplib's own recovery watches the connection only: after a channel error the consumer stays silently dead, and a
 * connection lost during its `setup` can hang for good. Here each attempt has its own `Session`, every channel reports
 * to it, and one failure ends the session and starts the next. Nothing of an old session can touch a new one.
 */
export type LinkOptions = {
  url: string;
  /** Shown in the RabbitMQ UI. */
  name: string;
  log: Logger;
  /** Makes channels and consumers on a new session. The link is open once this resolves. */
  open: (session: Session) => Promise<void>;
  /** Called before the connection closes on `stop`, to finish what is at hand. */
  drain?: () => Promise<void>;
  heartbeatSeconds?: number;
  openTimeoutMs?: number;
  maxBackoffMs?: number;
};

/** However long the broker was away, work goes on within a few seconds of its return. */
const MAX_BACKOFF_MS = 2_000;
/** A line that is dead shows after two or three of these. RabbitMQ warns of less than 5 s: a busy moment would do. */
const HEARTBEAT_SECONDS = 5;
/** A broker that is gone does not answer a close. */
const CLOSE_TIMEOUT_MS = 2_000;
export const AMQP_NOT_FOUND = 404;

export class Session {
  readonly #connection: ChannelModel;
  readonly #socket: AbortController;
  readonly #ended = new AbortController();
  blocked = false;

  /** Aborting `socket` destroys the connection's socket. */
  constructor(connection: ChannelModel, socket: AbortController) {
    this.#connection = connection;
    this.#socket = socket;
    connection.on('error', (err: Error) => this.fail(err));
    connection.on('close', (err?: Error) => this.fail(err ?? new Error('connection closed')));
    connection.on('blocked', () => {
      this.blocked = true;
    });
    connection.on('unblocked', () => {
      this.blocked = false;
    });
  }

  /** Aborted, with the cause, when the session is over: acknowledging or publishing on it is pointless then. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  fail(cause: Error): void {
    this.#ended.abort(cause);
  }

  async channel(): Promise<Channel> {
    return this.#watch(await this.#connection.createChannel());
  }

  async confirmChannel(): Promise<ConfirmChannel> {
    return this.#watch(await this.#connection.createConfirmChannel());
  }

  /** Whether the broker knows the queue by now; true also when it does not tell us. */
  async hasQueue(queue: string): Promise<boolean> {
    const channel = await this.#connection.createChannel(); // not watched: a "not found" closes it, and it alone
    channel.on('error', () => undefined);
    try {
      await channel.checkQueue(queue);
      await channel.close();
      return true;
    } catch (err) {
      return !(err instanceof Error && 'code' in err && err.code === AMQP_NOT_FOUND);
    }
  }

  /** Closing the connection closes its channels, and the broker requeues what was not acknowledged, in order. */
  async close(): Promise<void> {
    this.fail(new Error('link stopped'));
    const closed = this.#connection.close().catch(() => undefined); // already closed is what we want
    await Promise.race([closed, setTimeout(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
    this.#socket.abort();
  }

  #watch<C extends Channel>(channel: C): C {
    channel.on('error', (err: Error) => this.fail(err));
    channel.on('close', () => this.fail(new Error('channel closed')));
    return channel;
  }
}

export class Link {
  readonly #options: Required<Omit<LinkOptions, 'drain'>> & Pick<LinkOptions, 'drain'>;
  readonly #stopping = new AbortController();
  #session: Session | undefined;
  #running: Promise<void> | undefined;

  constructor(options: LinkOptions) {
    this.#options = {
      heartbeatSeconds: HEARTBEAT_SECONDS,
      openTimeoutMs: 10_000,
      maxBackoffMs: MAX_BACKOFF_MS,
      ...options,
    };
  }

  /** The open session, if there is one. */
  get session(): Session | undefined {
    return this.#session;
  }

  get isOpen(): boolean {
    return this.#session !== undefined;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    if (!this.#stopping.signal.aborted) await this.#options.drain?.();
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { log, name, maxBackoffMs } = this.#options;
    const stopping = this.#stopping.signal;
    let failures = 0;
    while (!stopping.aborted) {
      try {
        const session = await this.#openSession();
        failures = 0;
        this.#session = session;
        log.info({ link: name }, 'broker link open');
        await aborted(AbortSignal.any([session.ended, stopping]));
        this.#session = undefined;
        if (!stopping.aborted) log.warn({ link: name, err: session.ended.reason }, 'broker link lost');
        await session.close();
      } catch (err) {
        if (!stopping.aborted) log.warn({ link: name, failures, err }, 'broker link cannot open yet');
        failures += 1;
      }
      // Jitter, so that services cut off together do not come back together.
      const backoffMs = Math.min(maxBackoffMs, 100 * 2 ** failures) * (0.5 + Math.random() / 2);
      await setTimeout(backoffMs, undefined, { signal: stopping }).catch(() => undefined);
    }
  }

  async #openSession(): Promise<Session> {
    const { url, name, heartbeatSeconds, openTimeoutMs, open } = this.#options;
    const target = new URL(url);
    target.searchParams.set('heartbeat', String(heartbeatSeconds));
    const hurry = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(openTimeoutMs)]);
    // amqplib cannot give up on a broker that does not answer. Its socket can, by an option of `net.connect`.
    const socket = new AbortController();
    const cut = () => socket.abort(hurry.reason);
    hurry.addEventListener('abort', cut);
    const socketOptions = {
      signal: socket.signal,
      noDelay: true, // Nagle's algorithm would hold an acknowledgement back for 40 ms
      clientProperties: { connection_name: name },
    };
    const connection = await connect(target.href, socketOptions).finally(() => hurry.removeEventListener('abort', cut));
    const session = new Session(connection, socket);
    const givenUp = AbortSignal.any([session.ended, hurry]);
    try {
      await Promise.race([open(session), aborted(givenUp)]);
      givenUp.throwIfAborted();
      return session;
    } catch (err) {
      await session.close();
      throw err;
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
