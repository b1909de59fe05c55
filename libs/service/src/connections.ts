import { setTimeout } from 'node:timers/promises';
import type { Identity } from '@logi/auth';
import { CLOSE_CODES, type CloseReason, type Principal } from '@logi/contracts';
import type { RawData, WebSocket } from 'ws';
import { type Allowance, firstAllowance, spend } from './allowance.ts';
import { sharedListeners } from './shared-listeners.ts';

const SWEEP_MS = 1_000;
/** How long a client may take to answer our close frame before the line is cut. */
const CLOSE_GRACE_MS = 3_000;
const MAX_MISSED_PONGS = 2;
const DRAIN_SLICE_MS = 100;

type OnFrame = (text: string, ws: WebSocket) => void;

type Connection = {
  ws: WebSocket;
  principal: Principal;
  onFrame: OnFrame;
  expiresAt: number;
  /** When to tell the client that its token ends; Infinity once it has been told. */
  noticeAt: number;
  nextPingAt: number;
  missedPongs: number;
  allowance: Allowance;
};

export type ConnectionsOptions = {
  heartbeatMs: number;
  maxFramesPerSecond: number;
  maxBytesPerSecond?: number;
  /**
   * A client may save up what it did not send for so long. What it sent while the network, or we, stood still comes at
   * once, and is no flood.
   */
  savedSeconds?: number;
  /** How long before its token ends a client is told so, by `onExpiring`. */
  expiryNoticeMs?: number;
  onExpiring?: (ws: WebSocket, expiresAt: number) => void;
  /** A client has answered a ping. */
  onPong?: (principal: Principal) => void;
};

/**
 * The open sockets of a server. One timer for all of them closes those whose token has expired, pings, cuts those that
 * no longer answer, and counts what comes in. Listeners are shared, too: 10,000 sockets with timers and closures of their
 * own would cost half as much again.
 */
export class Connections {
  readonly #open = new Map<WebSocket, Connection>();
  /** Oldest first, without those that were replaced. */
  readonly #perPrincipal = new Map<string, WebSocket[]>();
  readonly #options: Required<ConnectionsOptions>;
  readonly #sweeper: NodeJS.Timeout;
  readonly #listen: (ws: WebSocket) => void;
  #isPaused = false;

  constructor(options: ConnectionsOptions) {
    this.#options = {
      maxBytesPerSecond: Infinity,
      savedSeconds: 1,
      expiryNoticeMs: 0,
      onExpiring: () => undefined,
      onPong: () => undefined,
      ...options,
    };
    this.#listen = sharedListeners({
      frame: (ws, data, isBinary) => this.#receive(ws, data, isBinary),
      pong: (ws) => {
        const connection = this.#open.get(ws);
        if (!connection) return;
        connection.missedPongs = 0;
        this.#options.onPong(connection.principal);
      },
      close: (ws) => this.#forget(ws),
    });
    this.#sweeper = setInterval(() => this.#sweep(Date.now()), SWEEP_MS).unref();
  }

  get size(): number {
    return this.#open.size;
  }

  countOf(principal: Principal): number {
    return this.#perPrincipal.get(keyOf(principal))?.length ?? 0;
  }

  /** Makes room for a newcomer: the newest of the principal's connections stay, the others are told and closed. */
  replaceOldest(principal: Principal, { keep }: { keep: number }): void {
    const key = keyOf(principal);
    const sockets = this.#perPrincipal.get(key) ?? [];
    const replaced = sockets.slice(0, Math.max(0, sockets.length - keep));
    for (const ws of replaced) {
      this.#leave(key, ws);
      closeFor(ws, 'replaced');
    }
  }

  /** `onFrame` gets each text frame within the rate limits; a binary one is a bad frame. */
  add(ws: WebSocket, { principal, expiresAt }: Identity, onFrame: OnFrame): void {
    const key = keyOf(principal);
    const { heartbeatMs } = this.#options;
    this.#open.set(ws, {
      ws,
      principal,
      onFrame,
      expiresAt,
      noticeAt: this.#noticeAt(expiresAt),
      nextPingAt: Date.now() + Math.round(heartbeatMs * spread()),
      missedPongs: 0,
      allowance: firstAllowance(this.#options, Date.now()),
    });
    const others = this.#perPrincipal.get(key);
    if (others) others.push(ws);
    else this.#perPrincipal.set(key, [ws]);
    this.#listen(ws);
    if (this.#isPaused) ws.pause();
  }

  /** Reads nothing more from anybody until `resume`: what clients send waits in their networks, and they feel it. */
  pause(): void {
    this.#isPaused = true;
    for (const ws of this.#open.keys()) if (ws.readyState === ws.OPEN) ws.pause();
  }

  resume(): void {
    this.#isPaused = false;
    // Whoever is read first may fill us up again, so each time somebody else begins.
    const sockets = [...this.#open.keys()];
    const first = Math.floor(Math.random() * sockets.length);
    for (const ws of [...sockets.slice(first), ...sockets.slice(0, first)]) ws.resume();
  }

  /** A new token: the connection lasts as long as it does. */
  extend(ws: WebSocket, expiresAt: number): void {
    const connection = this.#open.get(ws);
    if (!connection) return;
    connection.expiresAt = expiresAt;
    connection.noticeAt = this.#noticeAt(expiresAt);
  }

  expiryOf(ws: WebSocket): number | undefined {
    return this.#open.get(ws)?.expiresAt;
  }

  /**
   * Closes all, spread over the time given so that the clients do not all come back in one moment, then cuts the rest.
   * With `warn`, each client is told a moment before its turn and may move by itself.
   */
  async drain(spreadMs: number, warn?: (ws: WebSocket, closesInMs: number) => void): Promise<void> {
    clearInterval(this.#sweeper);
    const sockets = [...this.#open.keys()];
    const slices = Math.min(sockets.length, Math.ceil(spreadMs / DRAIN_SLICE_MS)) || 1;
    // Steps between a client's warning and its close: at least one, or the close would overtake the warning.
    const lag = warn && spreadMs > 0 ? Math.max(1, Math.floor(slices / 4)) : 0;
    const stepMs = Math.min(DRAIN_SLICE_MS, spreadMs / (slices + lag));
    for (let step = 0; step < slices + lag; step += 1) {
      for (const [i, ws] of sockets.entries()) {
        if (lag > 0 && i % slices === step) warn?.(ws, Math.round(lag * stepMs));
        if (i % slices === step - lag) closeFor(ws, 'restart');
      }
      if (step < slices + lag - 1) await setTimeout(stepMs);
    }
    const deadline = Date.now() + CLOSE_GRACE_MS;
    while (this.#open.size > 0 && Date.now() < deadline) await setTimeout(20);
    for (const { ws } of this.#open.values()) ws.terminate();
  }

  #noticeAt(expiresAt: number): number {
    return expiresAt - this.#options.expiryNoticeMs * spread(); // else all that came together ask for tokens together
  }

  #receive(ws: WebSocket, data: RawData | undefined, isBinary: boolean): void {
    const connection = this.#open.get(ws);
    if (!connection || ws.readyState !== ws.OPEN) return;
    const bytes = Buffer.isBuffer(data) ? data.length : 0;
    const isAllowed = spend(connection.allowance, bytes, { now: Date.now(), limits: this.#options });
    if (!isAllowed) closeFor(ws, 'rate_limited');
    else if (isBinary) closeFor(ws, 'bad_frame');
    else if (data) connection.onFrame(data.toString(), ws);
  }

  #sweep(now: number): void {
    for (const connection of this.#open.values()) {
      const { ws } = connection;
      if (ws.readyState !== ws.OPEN) continue;
      if (connection.expiresAt <= now) {
        closeFor(ws, 'token_expired');
        continue;
      }
      if (connection.noticeAt <= now) {
        connection.noticeAt = Infinity;
        this.#options.onExpiring(ws, connection.expiresAt);
      }
      // Paused, we would not hear the pongs.
      if (connection.nextPingAt <= now && !this.#isPaused) {
        if (connection.missedPongs >= MAX_MISSED_PONGS) ws.terminate();
        else ws.ping();
        connection.missedPongs += 1;
        connection.nextPingAt = now + this.#options.heartbeatMs;
      }
    }
  }

  #forget(ws: WebSocket): void {
    const connection = this.#open.get(ws);
    if (!connection) return;
    this.#open.delete(ws);
    this.#leave(keyOf(connection.principal), ws);
  }

  #leave(principal: string, ws: WebSocket): void {
    const sockets = this.#perPrincipal.get(principal) ?? [];
    const at = sockets.indexOf(ws);
    if (at !== -1) sockets.splice(at, 1);
    if (sockets.length === 0) this.#perPrincipal.delete(principal);
  }
}

/** Half to one: moments that are spread, not all in one tick. */
function spread(): number {
  return 0.5 + Math.random() / 2;
}

/** Closes with the code and reason of the list; a client that does not answer is cut off. */
export function closeFor(ws: WebSocket, why: CloseReason): void {
  if (ws.readyState !== ws.OPEN) return;
  const { code, reason } = CLOSE_CODES[why];
  ws.close(code, reason);
  ws.resume(); // or its answer would not be heard
  setTimeout(CLOSE_GRACE_MS, undefined, { ref: false }).then(
    () => ws.terminate(),
    () => undefined,
  );
}

function keyOf({ role, id }: Principal): string {
  return `${role} ${id}`;
}
