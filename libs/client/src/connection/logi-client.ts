import type { ClientFrame, Message } from './message.ts';
import { type Listener, Readers } from './readers.ts';

/**
 *   connecting --(hello)--------------------------------------> open
 *   connecting --(cannot, or the line breaks)-----------------> waiting
 *   open       --(the line breaks, or is silent; goaway)------> waiting     then with the place of the last message
 *   waiting    --(the back-off has passed)--------------------> connecting  with a new token where the old one was refused
 *   any        --(close, or a code that says not to come back)-> closed     iteration ends
 */
type Connection =
  /** At first without a socket: making one needs a token. */
  | { is: 'connecting'; ws?: WebSocket }
  | { is: 'open'; ws: WebSocket }
  | { is: 'waiting'; timer?: ReturnType<typeof setTimeout> }
  | { is: 'closed' };
export type State = Connection['is'];

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
const FINAL_CODES: ReadonlySet<number> = new Set([1002, 1007, 1008, 1009, 4400, 4403, 4409, 4410]);
const DEFAULT_HEARTBEAT_MS = 25_000;
const DEFAULT_MAX_WAITING = 10_000;

/**
 * A connection to the gateway that comes back by itself and tells each event exactly once: it resumes from the last
 * message it has read, on whatever instance answers. Read by listeners, by `for await`, or both.
 */
export class LogiClient implements AsyncIterable<Message> {
  readonly #options: LogiClientOptions;
  readonly #readers: Readers<Message>;
  #connection: Connection = { is: 'waiting' };
  #lastId: string | undefined;
  #ackedId: string | undefined;
  #failures = 0;
  #heartbeatMs = DEFAULT_HEARTBEAT_MS;
  #lastHeardAt = 0;
  #ticker: ReturnType<typeof setInterval> | undefined;

  constructor(options: LogiClientOptions) {
    this.#options = options;
    this.#lastId = options.lastId;
    const { maxWaiting = DEFAULT_MAX_WAITING } = options;
    this.#readers = new Readers({ maxWaiting, onDropped: () => options.onGap?.() });
    void this.#connect();
  }

  get state(): State {
    return this.#connection.is;
  }

  /** Where this client is; keep it to go on from there later, also in another process. */
  get lastId(): string | undefined {
    return this.#lastId;
  }

  /** Calls `listener` for each message of the type, `*` for all. Returns what removes it. */
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
    const attempt: Connection = { is: 'connecting' };
    this.#become(attempt);
    this.#lastHeardAt = Date.now(); // what was heard before the back-off says nothing about this attempt
    // A token may take so long that the attempt is given up. Whoever came back then has, or will have, another one.
    try {
      const token = await this.#options.getToken();
      if (this.#connection === attempt) this.#open(token);
    } catch {
      if (this.#connection === attempt) this.#comeBack();
    }
  }

  #open(token: string): void {
    const url = new URL(this.#options.url);
    if (this.#lastId !== undefined) url.searchParams.set('last_id', this.#lastId);
    if (this.#options.types) url.searchParams.set('types', this.#options.types.join(','));
    // As a subprotocol: browsers cannot set headers, and URLs end up in logs.
    const ws = new WebSocket(url, [PROTOCOL, `bearer.${token}`]);
    this.#become({ is: 'connecting', ws });
    this.#lastHeardAt = Date.now();
    ws.onmessage = ({ data }) => {
      if (ws === this.#ws) this.#receive(ws, JSON.parse(String(data)));
    };
    ws.onclose = ({ code, reason }) => {
      if (ws !== this.#ws) return;
      if (FINAL_CODES.has(code)) this.#end(new Error(`closed by the gateway: ${code} ${reason}`));
      else this.#comeBack();
    };
    this.#ticker ??= setInterval(() => this.#tick(), ACK_EVERY_MS);
  }

  #receive(ws: WebSocket, message: Message): void {
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
        this.#become({ is: 'open', ws });
        break;
      case 'resumed':
        if (!message.payload.recovered) this.#options.onGap?.();
        break;
      case 'token_expiring':
        void this.#authenticate();
        break;
      case 'goaway':
        // The instance stops and has said when to come back; the place is kept, so nothing is missed in between.
        this.#acknowledge();
        this.#comeBack(message.payload.reconnect_in_ms);
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
    if (this.state === 'connecting' && Date.now() - this.#lastHeardAt > CONNECT_TIMEOUT_MS) this.#comeBack();
    if (this.state !== 'open') return;
    this.#acknowledge();
    const silentMs = Date.now() - this.#lastHeardAt;
    if (silentMs > 2 * this.#heartbeatMs) this.#comeBack();
    else if (silentMs > this.#heartbeatMs) this.#say({ type: 'ping', payload: {} });
  }

  #acknowledge(): void {
    if (this.#lastId === undefined || this.#lastId === this.#ackedId) return;
    this.#ackedId = this.#lastId;
    this.#say({ type: 'ack', payload: { last_id: this.#lastId } });
  }

  get #ws(): WebSocket | undefined {
    return 'ws' in this.#connection ? this.#connection.ws : undefined;
  }

  #say(frame: ClientFrame): void {
    if (this.#ws?.readyState === WebSocket.OPEN) this.#ws.send(JSON.stringify(frame));
  }

  /** Growing waits with jitter, so that clients cut off together do not come back together. */
  #comeBack(afterMs?: number): void {
    if (this.state === 'closed') return;
    const backoffMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** this.#failures) * Math.random();
    this.#failures += 1;
    this.#become({ is: 'waiting', timer: setTimeout(() => void this.#connect(), afterMs ?? backoffMs) });
  }

  #end(cause?: Error): void {
    if (cause) this.#options.onError?.(cause);
    clearInterval(this.#ticker);
    this.#become({ is: 'closed' });
    this.#readers.end();
  }

  /** Lets go of what only the state before had: its timer, or its socket, without waiting for a close that may never come. */
  #become(next: Connection): void {
    const before = this.#connection;
    if (before.is === 'closed') return;
    this.#connection = next;
    if (before.is === 'waiting') clearTimeout(before.timer);
    else if (before.ws !== this.#ws) before.ws?.close();
    if (before.is !== next.is) this.#options.onState?.(next.is);
  }
}
