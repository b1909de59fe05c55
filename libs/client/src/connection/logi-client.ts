import { safely } from './here.ts';
import { Line } from './line.ts';
import type { LineOptions, State } from './line-options.ts';
import type { ClientFrame, Message, MessageOf, MessageType } from './message.ts';
import { Readers } from './readers.ts';

export type LogiClientOptions = LineOptions & {
  /** Narrows what is delivered. */
  types?: readonly MessageType[];
  /** Where an earlier client was; it is then told what it missed. */
  lastId?: string;
  /** What was missed cannot be told: fetch the state by HTTP. */
  onGap?: () => void;
  /** Messages that may wait for a reader; above it the oldest are dropped, and `onGap` is called. */
  maxWaiting?: number;
};

const DEFAULT_MAX_WAITING = 10_000;
/** Also where the app has no newer token yet, or one that ends as soon. */
const RENEW_EVERY_MS = 10_000;
const FRAME_TOO_LARGE = 1009;

/**
 * A connection to the gateway that comes back by itself and tells each event exactly once: it resumes from the last
 * message it has read, on whatever instance answers. Read by listeners, by `for await`, or both; what comes before there
 * is a reader waits for one.
 */
export class LogiClient implements AsyncIterable<Message> {
  readonly #options: LogiClientOptions;
  readonly #readers: Readers<Message>;
  readonly #line: Line;
  #lastId: string | undefined;
  #ackedId: string | undefined;
  #renewal: ReturnType<typeof setTimeout> | undefined;
  #renewedAtMs = -Infinity;
  /** A token that was said and not yet taken; where it was too long for a frame, the next ones begin connections. */
  #renews: 'frame' | 'unanswered' | 'connection' = 'frame';

  constructor(options: LogiClientOptions) {
    const { lastId, types, onGap, onState, maxWaiting = DEFAULT_MAX_WAITING } = options;
    this.#options = options;
    this.#lastId = lastId;
    this.#readers = new Readers({ maxWaiting, onDropped: () => safely(onGap) });
    this.#line = new Line({
      ...options,
      protocols: ['logi.v2'],
      query: () => ({ last_id: this.#lastId, types: types?.join(',') }),
      ping: { type: 'ping', payload: {} } satisfies ClientFrame,
      onState: (state) => {
        if (state === 'closed') this.#readers.end();
        if (state !== 'open') clearTimeout(this.#renewal);
        if (state === 'connecting') this.#readers.begin();
        safely(onState, state);
      },
      onMessage: (message) => this.#receive(message as Message), // the gateway says what its contracts say
      onTick: () => this.#acknowledge(),
      isForgiven: (code) => this.#isForgiven(code),
    });
  }

  get state(): State {
    return this.#line.state;
  }

  /** Where this client is; keep it to go on from there later, also in another process. */
  get lastId(): string | undefined {
    return this.#lastId;
  }

  /** Calls `listener` for each message of the type, `*` for all. Returns what removes it. */
  on<Type extends MessageType | '*'>(
    type: Type,
    listener: (message: Type extends MessageType ? MessageOf<Type> : Message) => void,
  ): () => void {
    return this.#readers.listen(type, listener as (message: Message) => void); // it is called for its type only
  }

  [Symbol.asyncIterator](): AsyncIterator<Message> {
    return this.#readers.iterate();
  }

  /** At once: instead of the next attempt, or after it was closed. Loops that have ended are begun anew, listeners stay. */
  connect(): void {
    this.#line.connect();
  }

  close(): void {
    this.#acknowledge();
    this.#line.end();
  }

  /** Says something to the gateway, such as which area an admin watches; only while it is open. */
  send(frame: ClientFrame): void {
    this.#line.say(frame);
  }

  #receive(message: Message): void {
    const { id } = message;
    if (message.type === 'resumed')
      this.#lastId = id; // after a gap ids may begin anew, or there is none to go on from
    else if (id !== undefined) {
      if (this.#lastId !== undefined && id <= this.#lastId) return;
      this.#lastId = id;
    }
    switch (message.type) {
      case 'hello':
        this.#renewedAtMs = -Infinity;
        this.#line.hold(message.payload.heartbeat_ms);
        break;
      case 'resumed':
        if (!message.payload.recovered) safely(this.#options.onGap);
        break;
      case 'token_expiring':
        this.#renewInTime();
        break;
      case 'authenticated':
        this.#renews = 'frame';
        break;
      case 'goaway':
        // The instance stops and has said when to come back; the place is kept, so nothing is missed in between.
        this.#acknowledge();
        this.#line.comeBack(message.payload.reconnect_in_ms);
        break;
    }
    this.#readers.tell(message);
  }

  #renewInTime(): void {
    const waitMs = this.#renewedAtMs + RENEW_EVERY_MS - performance.now();
    clearTimeout(this.#renewal);
    if (waitMs > 0) this.#renewal = setTimeout(() => void this.#renew(), waitMs);
    else void this.#renew();
  }

  async #renew(): Promise<void> {
    const { session } = this.#line;
    if (session === undefined) return;
    this.#renewedAtMs = performance.now();
    const token = await this.#line.askForToken();
    if (session !== this.#line.session) return; // the one that came after it has a token of its own
    if (token === undefined || token === this.#line.heldToken) {
      this.#renewInTime();
    } else if (this.#renews === 'connection') {
      this.#line.comeBack(0);
    } else {
      this.#renews = 'unanswered';
      this.#line.renew(token);
    }
  }

  #isForgiven(code: number): boolean {
    if (code !== FRAME_TOO_LARGE || this.#renews !== 'unanswered') return false;
    this.#renews = 'connection';
    return true;
  }

  #acknowledge(): void {
    if (this.#lastId === undefined || this.#lastId === this.#ackedId) return;
    this.#ackedId = this.#lastId;
    this.#line.say({ type: 'ack', payload: { last_id: this.#lastId } } satisfies ClientFrame);
  }
}
