import type { ClientFrame, ControlMessage, DetailedEnvelope } from '@logi/contracts';
import { type Listener, Readers } from './readers.ts';

/** What the gateway tells about the business, and what it tells about the connection. */
export type Message = DetailedEnvelope;
export type ControlType = ControlMessage['type'];

/**
 *   connecting --(hello)--------------------------------------> open
 *   connecting --(cannot, or the line breaks)-----------------> waiting
 *   open       --(the line breaks, or is silent; goaway)------> waiting     then with the place of the last message
 *   waiting    --(the back-off has passed)--------------------> connecting  with a new token where the old one was refused
 *   any        --(close, or a code that says not to come back)-> closed     iteration ends
 */
export type State = 'connecting' | 'open' | 'waiting' | 'closed';

export type LogiClientOptions = {
  /** `ws://host:8080/ws`, or wss. */
  url: string;
  /** Asked for each connection and whenever the session's token is about to end. After 10 s it is asked again. */
  getToken: () => string | Promise<string>;
  /** Narrows what is delivered. */
  types?: readonly string[];
  /** Where an earlier client was; it is then told what it missed. */
  lastId?: string;
  /** What was missed cannot be told: fetch the state by HTTP. */
  onGap?: () => void;
  onState?: (state: State) => void;
  /** Why the client has given up. */
  onError?: (error: Error) => void;
  /** Messages that may wait to be iterated over; above it the oldest are dropped, and `onGap` is called. */
  maxWaiting?: number;
};

const PROTOCOL = 'logi.v2';
const FIRST_BACKOFF_MS = 500;
/** Everybody is back within half a minute also where the gateways took some seconds of it to start. */
const MAX_BACKOFF_MS = 15_000;
const CONNECT_TIMEOUT_MS = 10_000;
const ACK_EVERY_MS = 1_000;
/** After these the same would happen again: a broken client, somebody else's token, an operator's decision. */
const FINAL_CODES: ReadonlySet<number> = new Set([1002, 1007, 1008, 1009, 4400, 4403, 4410]);
const DEFAULT_HEARTBEAT_MS = 25_000;
const DEFAULT_MAX_WAITING = 10_000;

/**
 * A connection to the gateway that comes back by itself and tells each event exactly once: it resumes from the last
 * message it has read, on whatever instance answers. Read by listeners, by `for await`, or both.
 */
export class LogiClient implements AsyncIterable<Message> {
  readonly #options: LogiClientOptions;
  readonly #readers: Readers<Message>;
  #state: State = 'waiting';
  #ws: WebSocket | undefined;
  #lastId: string | undefined;
  #ackedId: string | undefined;
  #attempts = 0;
  #failures = 0;
  #heartbeatMs = DEFAULT_HEARTBEAT_MS;
  #lastHeardAt = 0;
  #reconnect: ReturnType<typeof setTimeout> | undefined;
  #ticker: ReturnType<typeof setInterval> | undefined;

  constructor(options: LogiClientOptions) {
    this.#options = options;
    this.#lastId = options.lastId;
    const { maxWaiting = DEFAULT_MAX_WAITING } = options;
    this.#readers = new Readers({ maxWaiting, onDropped: () => options.onGap?.() });
    void this.#connect();
  }

  get state(): State {
    return this.#state;
  }

  /** Where this client is; keep it to go on from there later, also in another process. */
  get lastId(): string | undefined {
    return this.#lastId;
  }

  /** Calls `listener` for each message of the type, `*` for all. Returns what takes it off again. */
  on(type: Message['type'] | '*', listener: Listener<Message>): () => void {
    return this.#readers.listen(type, listener);
  }

  [Symbol.asyncIterator](): AsyncIterator<Message> {
    return this.#readers.iterate();
  }

  close(): void {
    this.#acknowledge();
    this.#end();
  }

  async #connect(): Promise<void> {
    this.#become('connecting');
    this.#attempts += 1;
    this.#lastHeardAt = Date.now(); // what was heard before the back-off says nothing about this attempt
    const attempt = this.#attempts;
    // A token may take so long that the attempt is given up. Whoever came back then has, or will have, another one.
    const isCurrent = () => attempt === this.#attempts && this.#state === 'connecting';
    try {
      const token = await this.#options.getToken();
      if (isCurrent()) this.#open(token);
    } catch {
      if (isCurrent()) this.#comeBack();
    }
  }

  #open(token: string): void {
    const url = new URL(this.#options.url);
    if (this.#lastId !== undefined) url.searchParams.set('last_id', this.#lastId);
    if (this.#options.types) url.searchParams.set('types', this.#options.types.join(','));
    // As a subprotocol: browsers cannot set headers, and URLs end up in logs.
    const ws = new WebSocket(url, [PROTOCOL, `bearer.${token}`]);
    this.#ws = ws;
    this.#lastHeardAt = Date.now();
    ws.onmessage = ({ data }) => {
      if (ws === this.#ws) this.#take(JSON.parse(String(data)));
    };
    ws.onclose = ({ code, reason }) => {
      if (ws === this.#ws) this.#lost(code, reason);
    };
    this.#ticker ??= setInterval(() => this.#tick(), ACK_EVERY_MS);
  }

  #take(message: Message): void {
    this.#lastHeardAt = Date.now();
    const { id } = message;
    if (message.type === 'resumed')
      this.#lastId = id; // after a gap ids may begin anew, or there is none to go on from
    else if (id !== undefined) {
      if (this.#lastId !== undefined && id <= this.#lastId) return;
      this.#lastId = id;
    }
    switch (message.type) {
      case 'hello':
        this.#heartbeatMs = message.payload.heartbeat_ms;
        this.#failures = 0;
        this.#become('open');
        break;
      case 'resumed':
        if (!message.payload.recovered) this.#options.onGap?.();
        break;
      case 'token_expiring':
        void this.#authenticate();
        break;
      case 'goaway':
        this.#leave(message.payload.reconnect_in_ms);
        break;
    }
    this.#readers.tell(message);
  }

  async #authenticate(): Promise<void> {
    const ws = this.#ws;
    try {
      const token = await this.#options.getToken();
      if (ws === this.#ws) this.#say({ type: 'auth', payload: { token } });
    } catch {
      // The session ends with its token, and coming back asks for another one.
    }
  }

  /** Every second: acknowledges, and finds out whether the line is dead. Browsers do not show the server's pings. */
  #tick(): void {
    if (this.#state === 'connecting') {
      if (Date.now() - this.#lastHeardAt > CONNECT_TIMEOUT_MS) this.#drop();
      return;
    }
    if (this.#state !== 'open') return;
    this.#acknowledge();
    const silentMs = Date.now() - this.#lastHeardAt;
    if (silentMs > 2 * this.#heartbeatMs) this.#drop();
    else if (silentMs > this.#heartbeatMs) this.#say({ type: 'ping' });
  }

  #acknowledge(): void {
    if (this.#lastId === undefined || this.#lastId === this.#ackedId) return;
    this.#ackedId = this.#lastId;
    this.#say({ type: 'ack', payload: { last_id: this.#lastId } });
  }

  #say(frame: ClientFrame): void {
    if (this.#ws?.readyState === WebSocket.OPEN) this.#ws.send(JSON.stringify(frame));
  }

  #lost(code: number, reason: string): void {
    this.#ws = undefined;
    if (FINAL_CODES.has(code)) {
      this.#options.onError?.(new Error(`closed by the gateway: ${code} ${reason}`));
      this.#end();
    } else this.#comeBack();
  }

  /** Without waiting for a close that may never come. */
  #drop(): void {
    this.#forget();
    this.#comeBack();
  }

  /** The instance stops and has said when to come back; the place is kept, so nothing is missed in between. */
  #leave(afterMs: number): void {
    this.#acknowledge();
    this.#forget();
    this.#comeBack(afterMs);
  }

  #forget(): void {
    const ws = this.#ws;
    this.#ws = undefined;
    ws?.close();
  }

  /** Growing waits with jitter, so that clients cut off together do not come back together. */
  #comeBack(afterMs?: number): void {
    if (this.#state === 'closed') return;
    const backoffMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** this.#failures) * Math.random();
    this.#failures += 1;
    this.#become('waiting');
    this.#reconnect = setTimeout(() => void this.#connect(), afterMs ?? backoffMs);
  }

  #end(): void {
    clearTimeout(this.#reconnect);
    clearInterval(this.#ticker);
    this.#become('closed');
    this.#forget();
    this.#readers.end();
  }

  #become(state: State): void {
    if (this.#state === state || this.#state === 'closed') return;
    this.#state = state;
    this.#options.onState?.(state);
  }
}
