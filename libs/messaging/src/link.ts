import { EventEmitter, once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { serversIn } from '@logi/contracts';
import { connect } from 'amqplib';
import type { Logger } from 'pino';
import { Session } from './session.ts';

/*
 * A connection to the broker that is rebuilt, whole, whenever any part of it fails; or a part of one that is shared.
 *
 * The usual way repairs what broke: on 'close' connect again, on a channel's error open that channel again. amqplib's own
 * recovery watches the connection only, so after a channel error its consumer is silently dead, and a connection lost
 * while it sets up can hang for good. Repairing by hand is worse to get right: a new channel knows nothing of the old
 * one's prefetch, consumers and unacked deliveries, and an `ack` sent on the wrong one is an error that closes it.
 * Ours repairs nothing. All that belongs together is one `Session`; one failure anywhere ends it, and the next is built
 * from nothing by the same `open`. What was not acknowledged, or not confirmed, comes again.
 *
 *   waiting  --(the back-off has passed; at first there is none.
 *               A branch: the link it is of is open)--------------> opening
 *   opening  --(connected, and `open` has resolved)---------------> open
 *   opening  --(any error, stop, reachTimeoutMs, openTimeoutMs)----> waiting
 *   open     --(connection or channel closed, consumer cancelled,
 *               session.fail, stop)-------------------------------> closing
 *   closing  --(the broker has answered, or does not)-------------> waiting
 *   waiting  --(stop)---------------------------------------------> stopped
 *
 * What may fail alone, as the consumers of several shards, is a branch of a link: channels of its own over the link's
 * connection, in the same states. A channel that fails ends its branch. The connection ends all of them, and they wait for
 * the next one; that it is lost and open again is said once, by the link. A branch that gets no answer in openTimeoutMs
 * ends the link's session: the next node may have one.
 *
 * Where the URL names several nodes, each link begins at any of them, so that they share the load, and after each failure
 * the next one is tried. One that is silent is left soon for another; when all were, all are slow, as after a failure of
 * some of them, and each gets twice as long: a limit that stays the same could be one that no node ever keeps. What is
 * asked of a node that has let us in may wait for a queue's election elsewhere, and no other node would be faster.
 */
type State =
  | { is: 'waiting'; failures: number; backoffMs: number }
  | { is: 'opening'; failures: number }
  | { is: 'open'; session: Session }
  | { is: 'closing'; session: Session }
  | { is: 'stopped' };

export type LinkOptions = {
  /** Also of several nodes. */
  url: string;
  /** Shown in the RabbitMQ UI. */
  name: string;
  log: Logger;
  /** Makes channels and consumers on a new session. The link is open once this resolves; where all is in branches, at an answer. */
  open?: (session: Session) => Promise<void>;
  /** Called first on `stop`, while the link is still open, to finish what is at hand. */
  drain?: () => Promise<void>;
  heartbeatSeconds?: number;
  openTimeoutMs?: number;
  /** Until a node lets us in, in the first round of them. */
  reachTimeoutMs?: number;
  maxBackoffMs?: number;
};

const FIRST_BACKOFF_MS = 100;
/** However long the broker was away, whom an operator has blocked meanwhile is out within two seconds of its return. */
const MAX_BACKOFF_MS = 1_000;
const OPEN_TIMEOUT_MS = 10_000;
/** A node that is silent need not be waited for where there are others. */
const REACH_TIMEOUT_OF_MANY_MS = 3_000;
/** A line that is dead shows after two or three of these. RabbitMQ warns of less than 5 s: a busy moment would do. */
const HEARTBEAT_SECONDS = 5;

export class Link {
  readonly #options: Required<Omit<LinkOptions, 'drain'>> & Pick<LinkOptions, 'drain'>;
  readonly #stopping = new AbortController();
  readonly #trunk: Link | undefined;
  /** `open`, for the branches. */
  readonly #events = new EventEmitter().setMaxListeners(0);
  #state: State = { is: 'waiting', failures: 0, backoffMs: 0 };
  #running: Promise<void> | undefined;
  readonly #nodes: readonly string[];
  #tries: number;

  /** With a `trunk`, one of its branches. */
  constructor(options: LinkOptions, trunk?: Link) {
    this.#trunk = trunk;
    this.#nodes = serversIn(options.url);
    this.#tries = Math.floor(Math.random() * this.#nodes.length);
    this.#options = {
      open: (session) => session.expectAnswer(),
      heartbeatSeconds: HEARTBEAT_SECONDS,
      openTimeoutMs: OPEN_TIMEOUT_MS,
      reachTimeoutMs: this.#nodes.length > 1 ? REACH_TIMEOUT_OF_MANY_MS : OPEN_TIMEOUT_MS,
      maxBackoffMs: MAX_BACKOFF_MS,
      ...options,
    };
  }

  /** Shares the connection of this link, which is to be stopped after it. */
  branch(options: Required<Pick<LinkOptions, 'name' | 'open' | 'drain'>>): Link {
    return new Link({ ...this.#options, ...options }, this);
  }

  /** The open session, if there is one. */
  get session(): Session | undefined {
    return this.#state.is === 'open' && !this.#state.session.ended.aborted ? this.#state.session : undefined;
  }

  get isOpen(): boolean {
    return this.session !== undefined;
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
    while (this.#state.is !== 'stopped') this.#state = await this.#next(this.#state);
  }

  /** Stays in a state for as long as it lasts, and returns the one that follows. */
  async #next(state: Exclude<State, { is: 'stopped' }>): Promise<State> {
    const { log, name } = this.#options;
    const stopping = this.#stopping.signal;
    switch (state.is) {
      case 'waiting':
        await setTimeout(state.backoffMs, undefined, { signal: stopping }).catch(() => undefined);
        if (this.#trunk?.isOpen === false)
          await once(this.#trunk.#events, 'open', { signal: stopping }).catch(() => undefined);
        return stopping.aborted ? { is: 'stopped' } : { is: 'opening', failures: state.failures };
      case 'opening':
        try {
          const session = await this.#openSession(state.failures);
          if (!this.#trunk || state.failures > 0) log.info({ link: name }, 'broker link open');
          return { is: 'open', session };
        } catch (err) {
          if (stopping.aborted || this.#isCutOff) return this.#waiting(0);
          log.warn({ link: name, failures: state.failures, err }, 'broker link cannot open yet');
          return this.#waiting(state.failures + 1);
        }
      case 'open': {
        const { session } = state;
        this.#events.emit('open');
        await aborted(AbortSignal.any([session.ended, stopping]));
        if (!stopping.aborted && !this.#isCutOff)
          log.warn({ link: name, err: session.ended.reason }, 'broker link lost');
        return { is: 'closing', session };
      }
      case 'closing':
        await state.session.close();
        return this.#waiting(0);
      default:
        return state satisfies never;
    }
  }

  /** A branch whose connection is lost: no fault of its own. */
  get #isCutOff(): boolean {
    return this.#trunk?.isOpen === false;
  }

  /** With jitter, so that services cut off together do not come back together. */
  #waiting(failures: number): State {
    const backoffMs = Math.min(this.#options.maxBackoffMs, FIRST_BACKOFF_MS * 2 ** failures);
    return { is: 'waiting', failures, backoffMs: backoffMs * (0.5 + Math.random() / 2) };
  }

  async #openSession(failures: number): Promise<Session> {
    const { name, openTimeoutMs, open } = this.#options;
    const late = AbortSignal.timeout(openTimeoutMs);
    const hurry = AbortSignal.any([this.#stopping.signal, late]);
    const session = this.#trunk ? this.#trunk.#branchSession() : await this.#connect(failures, hurry);
    const givenUp = AbortSignal.any([session.ended, hurry]);
    try {
      await Promise.race([open(session), aborted(givenUp)]);
      givenUp.throwIfAborted();
      return session;
    } catch (err) {
      if (late.aborted) this.#trunk?.session?.fail(new Error(`${name} gets no answer`));
      await session.close();
      throw err;
    }
  }

  #branchSession(): Session {
    if (!this.session) throw new Error(`${this.#options.name} is not open`);
    return this.session.branch();
  }

  async #connect(failures: number, hurry: AbortSignal): Promise<Session> {
    const { url, name, heartbeatSeconds, openTimeoutMs, reachTimeoutMs } = this.#options;
    const target = new URL(this.#nodes[this.#tries % this.#nodes.length] ?? url);
    this.#tries += 1;
    target.searchParams.set('heartbeat', String(heartbeatSeconds));
    const round = Math.floor(failures / this.#nodes.length);
    const reachMs = Math.min(openTimeoutMs, reachTimeoutMs * 2 ** round);
    const hurryToReach = AbortSignal.any([hurry, AbortSignal.timeout(reachMs)]);
    // amqplib cannot give up on a broker that does not answer. Its socket can, by an option of `net.connect`.
    const socket = new AbortController();
    const cut = () => socket.abort(hurryToReach.reason);
    hurryToReach.addEventListener('abort', cut);
    const socketOptions = {
      signal: socket.signal,
      noDelay: true, // Nagle's algorithm would hold an acknowledgement back for 40 ms
      clientProperties: { connection_name: name },
    };
    const connection = await connect(target.href, socketOptions).finally(() =>
      hurryToReach.removeEventListener('abort', cut),
    );
    return new Session(connection, socket);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
