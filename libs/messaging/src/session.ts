import { setTimeout } from 'node:timers/promises';
import { serversIn } from '@logi/contracts';
import { type Channel, type ChannelModel, type ConfirmChannel, connect } from 'amqplib';

/** A broker that is gone does not answer a close. */
const CLOSE_TIMEOUT_MS = 2_000;
const REACH_TIMEOUT_MS = 5_000;
export const AMQP_NOT_FOUND = 404;

/**
 * One connection to the broker with its channels, from when it was made until any of them fails: then the whole is over,
 * `ended` tells why, and whoever holds it has to wait for the next one (link.ts). Nothing of it can touch that.
 *
 * A branch has channels of its own over that connection. When one of these fails, the branch alone is over.
 */
export class Session {
  readonly #connection: ChannelModel;
  readonly #socket: AbortController | undefined;
  readonly #channels: Channel[] = [];
  readonly #ended = new AbortController();
  #isBlocked = false;

  /** Aborting `socket` destroys the connection's socket; a branch has none. */
  constructor(connection: ChannelModel, socket?: AbortController) {
    this.#connection = connection;
    this.#socket = socket;
    if (!socket) return;
    connection.on('error', (err: Error) => this.fail(err));
    connection.on('close', (err?: Error) => this.fail(err ?? new Error('connection closed')));
    connection.on('blocked', () => {
      this.#isBlocked = true;
    });
    connection.on('unblocked', () => {
      this.#isBlocked = false;
    });
  }

  /** Aborted, with the cause, when the session is over: acknowledging or publishing on it is pointless then. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** Whether the broker, short of memory or disk, reads nothing that this connection publishes. A branch does not know. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  fail(cause: Error): void {
    this.#ended.abort(cause);
  }

  /** It ends with this session, or alone. */
  branch(): Session {
    this.ended.throwIfAborted();
    const branch = new Session(this.#connection);
    const end = () => {
      branch.#channels.length = 0; // they close with the connection
      branch.#ended.abort(this.ended.reason);
    };
    this.ended.addEventListener('abort', end, { signal: branch.ended });
    return branch;
  }

  /**
   * Rejects where nobody is on the other side any more. A connection that was closed by the very piece of data that opened
   * it has said so already, before anybody could listen; what is asked of it fails.
   */
  async expectAnswer(): Promise<void> {
    const channel = await this.#passingChannel();
    await channel.close();
  }

  async channel(): Promise<Channel> {
    return this.#watch(await this.#connection.createChannel());
  }

  async confirmChannel(): Promise<ConfirmChannel> {
    return this.#watch(await this.#connection.createConfirmChannel());
  }

  /** The first of the queues that the broker does not know by now; also undefined when it does not tell us. */
  async missingQueue(queues: readonly string[]): Promise<string | undefined> {
    const channel = await this.#passingChannel();
    for (const queue of queues) {
      try {
        await channel.checkQueue(queue);
      } catch (err) {
        return err instanceof Error && 'code' in err && err.code === AMQP_NOT_FOUND ? queue : undefined;
      }
    }
    await channel.close();
    return undefined;
  }

  /** What waits in a queue, and how many consume it; undefined where there is none of that name. */
  async look(queue: string): Promise<{ messages: number; consumers: number } | undefined> {
    const channel = await this.#passingChannel();
    try {
      const { messageCount: messages, consumerCount: consumers } = await channel.checkQueue(queue);
      await channel.close();
      return { messages, consumers };
    } catch (err) {
      if (err instanceof Error && 'code' in err && err.code === AMQP_NOT_FOUND) return undefined;
      throw err;
    }
  }

  /** As channels close, by themselves or with their connection, the broker requeues what was not acknowledged, in order. */
  async close(): Promise<void> {
    this.fail(new Error('link stopped'));
    const closing = this.#socket ? [this.#connection.close()] : this.#channels.map((channel) => channel.close());
    const closed = Promise.allSettled(closing); // already closed is what we want
    await Promise.race([closed, setTimeout(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
    this.#socket?.abort();
  }

  /** For a question. It is not watched: a "not found" closes it, and it alone. */
  async #passingChannel(): Promise<Channel> {
    const channel = await this.#connection.createChannel();
    channel.on('error', () => undefined);
    return channel;
  }

  #watch<C extends Channel>(channel: C): C {
    channel.on('error', (err: Error) => this.fail(err));
    channel.on('close', () => this.fail(new Error('channel closed')));
    this.#channels.push(channel);
    // It was closed while this one was on its way.
    if (this.ended.aborted) void channel.close().catch(() => undefined);
    return channel;
  }
}

/** A connection to the first of the nodes that lets us in; rejects with why the last did not. What breaks it fails the calls that wait. */
export async function connectOnce(list: string, socketOptions: object): Promise<ChannelModel> {
  const nodes = serversIn(list);
  for (const [index, node] of nodes.entries()) {
    try {
      const connection = await connect(node, { timeout: REACH_TIMEOUT_MS, noDelay: true, ...socketOptions });
      connection.on('error', () => undefined);
      return connection;
    } catch (err) {
      if (index === nodes.length - 1) throw err;
    }
  }
  throw new Error('no node is named');
}

/** Connects once and closes again, or rejects with why that cannot be: nobody there, a wrong password, no such virtual host. */
export async function reachBroker(url: string): Promise<void> {
  const connection = await connectOnce(url, {});
  await connection.close();
}
