import { setTimeout } from 'node:timers/promises';
import type { Blocks, Identity } from '@logi/auth';
import { type Principal, principalKey } from '@logi/contracts';
import type { RawData, WebSocket } from 'ws';
import type { Allowance } from './doors/allowance.ts';
import { closeOneByOne } from './doors/drain.ts';
import type { Limits } from './doors/limits.ts';
import { closeFor, ServedSocket } from './doors/served-socket.ts';
import { type FrameKind, sharedListeners } from './shared-listeners.ts';

const SWEEP_MS = 1_000;
/** Pings are not answered while so much waits to be written: who asks more than they read would fill our memory. */
const MAX_UNREAD_BYTES = 65_536;
const MAX_MISSED_PONGS = 2;
/** For the last of a drain; a stop has a time of its own. */
const DRAINED_GRACE_MS = 3_000;
/** In upgrades, beside the one: two apps that take the last place from each other in turns soon have to wait. */
const REPLACING_COST = 9;

type OnFrame = (text: string, ws: WebSocket) => void;

type Connection = {
  ws: WebSocket;
  principal: Principal;
  /** The principal's; made once, since every frame is paid for in its name. */
  key: string;
  issuedAt: number | undefined;
  onFrame: OnFrame;
  expiresAt: number;
  /** When to tell the client that its token ends; Infinity once it has been told. */
  noticeAt: number;
  nextPingAt: number;
  missedPongs: number;
  /** It is not read before then; 0 when it is. */
  heldUntil: number;
};

export type ConnectionsOptions = {
  heartbeatMs: number;
  /** What somebody has open ends when they are blocked. */
  blocks: Blocks;
  /** Every frame is paid for as `frames` and `bytes`. */
  allowance: Allowance;
  limits: Pick<Limits, 'RATE_PENALTY_MS'>;
  /** Whoever takes text frames pays for them, as what is in them. */
  areTextsPaidByTaker?: boolean;
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
      areTextsPaidByTaker: false,
      expiryNoticeMs: 0,
      onExpiring: () => undefined,
      onPong: () => undefined,
      ...options,
    };
    this.#listen = sharedListeners({
      frame: (ws, kind, data) => this.#receive(ws, kind, data),
      close: (ws) => this.#forget(ws),
    });
    this.#options.blocks.onBlocked((principal) => this.#endRefused(principal));
    this.#sweeper = setInterval(() => this.#sweep(Date.now()), SWEEP_MS).unref();
  }

  get size(): number {
    return this.#open.size;
  }

  countOf(principal: Principal): number {
    return this.#perPrincipal.get(principalKey(principal))?.length ?? 0;
  }

  /** Throws `rate_limited` when one more would take the place of another, and its principal has done so too often. */
  payForPlace(principal: Principal, { most }: { most: number }): void {
    if (this.countOf(principal) < most) return;
    this.#options.allowance.pay('upgrades', principalKey(principal), { cost: REPLACING_COST });
  }

  /** Makes room for a newcomer: the newest of the principal's connections stay, the others are told and closed. */
  replaceOldest(principal: Principal, { keep }: { keep: number }): void {
    const key = principalKey(principal);
    const sockets = this.#perPrincipal.get(key) ?? [];
    const replaced = sockets.slice(0, Math.max(0, sockets.length - keep));
    for (const ws of replaced) {
      this.#leave(key, ws);
      closeFor(ws, 'replaced');
    }
  }

  /** `onFrame` gets each text frame within the rate limits; a binary one is a bad frame. */
  add(ws: WebSocket, { principal, issuedAt, expiresAt }: Identity, onFrame: OnFrame): void {
    const key = principalKey(principal);
    const { heartbeatMs } = this.#options;
    this.#open.set(ws, {
      ws,
      principal,
      key,
      issuedAt,
      onFrame,
      expiresAt,
      noticeAt: this.#noticeAt(expiresAt),
      nextPingAt: Date.now() + Math.round(heartbeatMs * spread()),
      missedPongs: 0,
      heldUntil: 0,
    });
    const others = this.#perPrincipal.get(key);
    if (others) others.push(ws);
    else this.#perPrincipal.set(key, [ws]);
    this.#listen(ws);
    if (this.#isPaused) ws.pause();
    this.#endRefused(principal); // blocked since the token was looked at
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
    for (const ws of [...sockets.slice(first), ...sockets.slice(0, first)]) this.#read(ws);
  }

  /** Reads nothing more from this one for so long, or until `release`. What it sends waits in its network. */
  hold(ws: WebSocket, forMs: number): void {
    const connection = this.#open.get(ws);
    if (!connection) return;
    connection.heldUntil = Math.max(connection.heldUntil, Date.now() + forMs);
    if (ws.readyState === ws.OPEN) ws.pause();
  }

  release(ws: WebSocket): void {
    const connection = this.#open.get(ws);
    if (!connection) return;
    connection.heldUntil = 0;
    this.#read(ws);
  }

  /** A new token: the connection lasts as long as it does. */
  extend(ws: WebSocket, { issuedAt, expiresAt }: Identity): void {
    const connection = this.#open.get(ws);
    if (!connection) return;
    connection.issuedAt = issuedAt;
    connection.expiresAt = expiresAt;
    connection.noticeAt = this.#noticeAt(expiresAt);
  }

  expiryOf(ws: WebSocket): number | undefined {
    return this.#open.get(ws)?.expiresAt;
  }

  /** Closes all, spread over the time given, then cuts the rest. */
  async drain(spreadMs: number, warn?: (ws: WebSocket, closesInMs: number) => void): Promise<void> {
    clearInterval(this.#sweeper);
    await closeOneByOne([...this.#open.keys()], { spreadMs, warn });
    const deadline = Date.now() + DRAINED_GRACE_MS;
    while (this.#open.size > 0 && Date.now() < deadline) await setTimeout(20);
    for (const { ws } of this.#open.values()) ws.terminate();
  }

  #endRefused(principal: Principal): void {
    for (const ws of [...(this.#perPrincipal.get(principalKey(principal)) ?? [])]) {
      const connection = this.#open.get(ws);
      if (connection && this.#options.blocks.whyRefused(connection)) closeFor(ws, 'ended_by_operator');
    }
  }

  #noticeAt(expiresAt: number): number {
    return expiresAt - this.#options.expiryNoticeMs * spread(); // else all that came together ask for tokens together
  }

  #read(ws: WebSocket): void {
    if (!this.#isPaused && this.#open.get(ws)?.heldUntil === 0) ws.resume();
  }

  #receive(ws: WebSocket, kind: FrameKind, data: RawData): void {
    const connection = this.#open.get(ws);
    if (!connection) return;
    if (!this.#isPaid(connection, kind, data)) {
      this.#refuseFlood(connection);
      return;
    }
    if (ws.readyState !== ws.OPEN) return;
    switch (kind) {
      case 'text':
        connection.onFrame(data.toString(), ws);
        break;
      case 'binary':
        closeFor(ws, 'bad_frame');
        break;
      case 'ping':
        if (ws.bufferedAmount <= MAX_UNREAD_BYTES) ws.pong(data);
        break;
      case 'pong':
        connection.missedPongs = 0;
        this.#options.onPong(connection.principal);
        break;
      default:
        kind satisfies never;
    }
  }

  /** Frames that come after our close frame are paid for as well, or a client could send them for free until it is cut off. */
  #isPaid({ ws, key }: Connection, kind: FrameKind, data: RawData): boolean {
    const { allowance, areTextsPaidByTaker } = this.#options;
    if (kind === 'text' && areTextsPaidByTaker && ws.readyState === ws.OPEN) return true;
    const bytes = Buffer.isBuffer(data) ? data.length : 0;
    return allowance.tryPay('frames', key) && allowance.tryPay('bytes', key, bytes);
  }

  #refuseFlood({ ws, key }: Connection): void {
    const { allowance, limits } = this.#options;
    if (ws.readyState === ws.OPEN) {
      closeFor(ws, 'rate_limited');
      allowance.suspend('upgrades', key, limits.RATE_PENALTY_MS);
    }
    if (ws instanceof ServedSocket) ws.drop();
  }

  #sweep(now: number): void {
    for (const connection of this.#open.values()) {
      const { ws } = connection;
      if (ws.readyState !== ws.OPEN) continue;
      if (connection.heldUntil !== 0 && connection.heldUntil <= now) this.release(ws);
      if (connection.expiresAt <= now) {
        closeFor(ws, 'token_expired');
        continue;
      }
      if (connection.noticeAt <= now) {
        connection.noticeAt = Infinity;
        this.#options.onExpiring(ws, connection.expiresAt);
      }
      // Paused, we would not hear the pongs.
      if (connection.nextPingAt <= now && !this.#isPaused && connection.heldUntil === 0) {
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
    this.#leave(connection.key, ws);
  }

  #leave(key: string, ws: WebSocket): void {
    const sockets = this.#perPrincipal.get(key) ?? [];
    const at = sockets.indexOf(ws);
    if (at !== -1) sockets.splice(at, 1);
    if (sockets.length === 0) this.#perPrincipal.delete(key);
  }
}

/** Half to one: moments that are spread, not all in one tick. */
function spread(): number {
  return 0.5 + Math.random() / 2;
}
