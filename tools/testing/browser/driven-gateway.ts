type Frame = { type: string; payload?: unknown };
type Behaviour = (socket: DrivenSocket) => void;

/** One connection to it, as the client sees it, and as the gateway does. */
export class DrivenSocket {
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  /** What the client has said. */
  readonly frames: Frame[] = [];
  readonly url: URL;
  readonly token: string;
  /** Dead lines take what is sent and answer nothing. */
  isDead = false;
  readonly #gateway: DrivenGateway;

  constructor(gateway: DrivenGateway, url: string, protocols: string[]) {
    this.#gateway = gateway;
    this.url = new URL(url);
    this.token = protocols.find((protocol) => protocol.startsWith('bearer.'))?.slice('bearer.'.length) ?? '';
  }

  send(text: string): void {
    const frame: Frame = JSON.parse(text);
    this.frames.push(frame);
    if (frame.type === 'ping' && !this.isDead) this.tell('pong', {});
  }

  close(): void {
    this.readyState = 3;
  }

  greet(): void {
    this.readyState = 1;
    this.onopen?.();
    this.tell('hello', { session_id: 's', heartbeat_ms: 25_000, resume_window_ms: 300_000, expires_at: '' });
  }

  tell(type: string, payload: object, id?: string): void {
    const data = JSON.stringify({ user_id: 'ana', type, payload, at: new Date().toISOString(), ...(id && { id }) });
    this.#gateway.deliver(() => this.onmessage?.({ data }));
  }

  /** Closed from the other end, or by what is in between. */
  end(code = 1006, reason = ''): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }
}

/**
 * A gateway in memory, for clients on a driven clock: what takes half an hour of silence is seen in a moment. Nothing it
 * says takes time.
 */
export class DrivenGateway {
  readonly sockets: DrivenSocket[] = [];
  /** What it does with whoever connects. */
  onConnect: Behaviour = (socket) => socket.greet();
  #held: (() => void)[] | undefined;

  readonly WebSocket: new (
    url: string,
    protocols: string[],
  ) => DrivenSocket;

  constructor() {
    const gateway = this;
    this.WebSocket = class extends DrivenSocket {
      constructor(url: string, protocols: string[]) {
        super(gateway, url, protocols);
        gateway.sockets.push(this);
        queueMicrotask(() => gateway.onConnect(this));
      }
    };
  }

  get last(): DrivenSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error('nobody has connected');
    return socket;
  }

  /** What arrives at a frozen page is read when it thaws. */
  hold(): void {
    this.#held ??= [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const deliver of held) deliver();
  }

  deliver(message: () => void): void {
    if (this.#held) this.#held.push(message);
    else queueMicrotask(message);
  }
}
