import { Backoff } from './backoff.ts';
import { onWake, safely } from './here.ts';
import type { LineOptions, LineParts, State } from './line-options.ts';
import { Liveness } from './liveness.ts';
import { LogiError } from './logi-error.ts';
import { askWhy } from './refusal.ts';
import { findWebSocket, openSocket, type Socket, urlOf } from './socket.ts';

/**
 *   connecting --(hold)---------------------------------------> open
 *   connecting --(cannot, or breaks)--------------------------> waiting
 *   open       --(breaks, or does not answer; comeBack)-------> waiting
 *   waiting    --(the back-off has passed; connect; on waking)-> connecting   with what getToken gives then
 *   any        --(close, or what would be so again)-----------> closed        until connect; a replaced one until it is looked at
 */
type Connection =
  /** At first without a socket: making one needs a token. */
  | { is: 'connecting'; ws?: Socket }
  | { is: 'open'; ws: Socket; sinceMs: number; heartbeatMs: number }
  | Waiting
  | { is: 'closed'; isReplaced: boolean; ws?: undefined };
/** Without a timer while it is asked why. */
type Waiting = { is: 'waiting'; timer?: ReturnType<typeof setTimeout>; ws?: undefined };

const TICK_MS = 1_000;
const ANSWER_MS = 10_000;
/** Somebody looks at it. */
const ANSWER_WHEN_AWAKE_MS = 4_000;
const REST_MS = 5_000;
const REPLACED = 4409;
/** After these the same would happen again: a broken client, somebody else's token, an operator's decision. */
const FINAL_CODES: ReadonlySet<number> = new Set([1002, 1007, 1008, 1009, 4400, 4403, REPLACED, 4410]);
const WANTS_REST: ReadonlySet<number> = new Set([1013, 4429]);
/** Those of ours say more than that a line broke. */
const FIRST_OWN_CODE = 4000;
const OPEN = 1;

/** A WebSocket that comes back by itself, for as long as that can be of use. */
export class Line {
  readonly #options: LineOptions & LineParts;
  readonly #WebSocket: ReturnType<typeof findWebSocket>;
  readonly #backoff = new Backoff();
  readonly #liveness = new Liveness();
  #connection: Connection = { is: 'connecting' };
  /** Attempts in a row that had a token, and were never held. */
  #refusals = 0;
  #url = '';
  #token: string | undefined;
  #ticker: ReturnType<typeof setInterval> | undefined;
  #stopListening: (() => void) | undefined;

  constructor(options: LineOptions & LineParts) {
    this.#options = options;
    this.#WebSocket = findWebSocket(options.WebSocket);
    const first = this.#connection;
    // Whoever made this is to have it in hand when they are first called.
    queueMicrotask(() => {
      if (this.#connection !== first) return;
      safely(options.onState, 'connecting');
      if (this.#connection === first) void this.#attempt();
    });
  }

  get state(): State {
    return this.#connection.is;
  }

  /** What this session lasts as long as. */
  get heldToken(): string | undefined {
    return this.#token;
  }

  /** The same while it is the same socket. */
  get session(): object | undefined {
    return this.#connection.ws;
  }

  /** At once, also where it was closed for good: a person wants it. */
  connect(): void {
    if (this.state === 'waiting' || this.state === 'closed') void this.#attempt();
  }

  /** It is ours now. A silence longer than the server's heartbeat is looked into. */
  hold(heartbeatMs: number): void {
    const connection = this.#connection;
    if (connection.is !== 'connecting' || !connection.ws) return;
    this.#refusals = 0;
    this.#liveness.heard();
    this.#become({ is: 'open', ws: connection.ws, sinceMs: performance.now(), heartbeatMs });
  }

  say(frame: object): void {
    if (this.#connection.is === 'open' && this.#connection.ws.readyState === OPEN)
      this.#connection.ws.send(JSON.stringify(frame));
  }

  /** Says what has to be answered. */
  ask(frame: object, patienceMs = ANSWER_MS): void {
    this.#liveness.asked(patienceMs);
    this.say(frame);
  }

  /** What `getToken` gives; nothing where it fails, or nobody wants it any more. */
  async askForToken(): Promise<string | undefined> {
    const asking = this.#connection;
    let token: string | null | undefined;
    try {
      token = await this.#options.getToken();
    } catch (error) {
      if (this.#connection === asking) this.#tell(error, true);
    }
    if (this.#connection !== asking) return undefined;
    if (token === null) this.end(new LogiError('signed_out', 'getToken says nobody is signed in'));
    return token ?? undefined;
  }

  /** The session goes on with this token. */
  renew(token: string): void {
    this.#token = token;
    this.say({ type: 'auth', payload: { token } });
  }

  /** After so long, or after a back-off. */
  comeBack(afterMs?: number): void {
    const broken = this.#connection;
    if (broken.is === 'open') this.#backoff.broke(performance.now() - broken.sinceMs);
    if (broken.is === 'connecting' && broken.ws) this.#refusals += 1;
    const waitMs = afterMs ?? this.#backoff.nextMs();
    const waiting: Waiting = { is: 'waiting' };
    this.#become(waiting);
    // After 2, 4, 8, … of them.
    if (this.#refusals > 1 && (this.#refusals & (this.#refusals - 1)) === 0) void this.#askWhy(waiting, waitMs);
    else this.#wait(waiting, waitMs);
  }

  end(error?: LogiError): void {
    this.#refusals = 0;
    this.#become({ is: 'closed', isReplaced: error?.code === REPLACED });
    if (error) this.#tell(error, false);
  }

  async #attempt(): Promise<void> {
    const attempt: Connection = { is: 'connecting' };
    this.#become(attempt);
    this.#expectAnswer(ANSWER_MS);
    this.#ticker ??= setInterval(() => this.#tick(), TICK_MS);
    this.#stopListening ??= onWake((isPerson) => this.#wake(isPerson));
    // A token may take so long that the attempt is given up. Whoever came back then has, or will have, another one.
    const token = await this.askForToken();
    if (this.#connection !== attempt) return;
    if (token === undefined) this.comeBack();
    else this.#open(token);
  }

  #open(token: string): void {
    const { url, query, protocols, onSocket, onMessage } = this.#options;
    let ws: Socket;
    try {
      this.#url = urlOf(url, query?.());
      ws = openSocket(this.#WebSocket, this.#url, { protocols, token });
    } catch (error) {
      this.end(error as LogiError); // the two throw nothing else
      return;
    }
    this.#token = token;
    this.#become({ is: 'connecting', ws });
    this.#expectAnswer(ANSWER_MS);
    ws.onopen = () => {
      if (ws === this.session) onSocket?.();
    };
    ws.onmessage = ({ data }) => {
      if (ws !== this.session) return;
      this.#liveness.heard();
      safely(() => {
        const message = JSON.parse(String(data));
        if (message?.type && message.payload instanceof Object) onMessage(message);
      });
    };
    ws.onclose = ({ code, reason }) => {
      if (ws === this.session) this.#broke(code, reason);
    };
    ws.onerror = () => undefined; // a close follows; without a listener the package ws throws
  }

  #broke(code: number, reason: string): void {
    const error = new LogiError(code, `closed by the server: ${code} ${reason}`);
    if (FINAL_CODES.has(code) && !this.#options.isForgiven?.(code)) {
      this.end(error);
      return;
    }
    if (WANTS_REST.has(code)) this.#backoff.rest(REST_MS);
    this.comeBack();
    if (code >= FIRST_OWN_CODE) this.#tell(error, true);
  }

  async #askWhy(waiting: Waiting, waitMs: number): Promise<void> {
    const { error, isFinal, afterMs } = await askWhy(this.#url, this.#token ?? '');
    if (this.#connection !== waiting) return;
    if (isFinal) {
      this.end(error);
      return;
    }
    this.#backoff.rest(afterMs);
    this.#wait(waiting, Math.max(waitMs, afterMs));
    this.#tell(error, true);
  }

  #wait(waiting: Waiting, ms: number): void {
    if (this.#connection === waiting) waiting.timer = setTimeout(() => void this.#attempt(), ms);
  }

  #tick(): void {
    const connection = this.#connection;
    if (connection.is === 'waiting') return;
    const seen = this.#liveness.look(connection.is === 'open' ? connection.heartbeatMs : Infinity);
    if (seen === 'dead') this.comeBack();
    if (connection.is !== 'open' || seen === 'dead') return;
    safely(this.#options.onTick);
    if (seen === 'silent') this.#ping();
  }

  #ping(patienceMs?: number): void {
    this.ask(this.#options.ping, patienceMs);
  }

  /** What was asked before counts no more. */
  #expectAnswer(patienceMs: number): void {
    this.#liveness.heard();
    this.#liveness.asked(patienceMs);
  }

  #wake(isPerson: boolean): void {
    const connection = this.#connection;
    if (connection.is === 'open') {
      this.#liveness.heard(); // as far as is known
      this.#ping(ANSWER_WHEN_AWAKE_MS);
    }
    const isWanted = connection.is === 'closed' && connection.isReplaced && isPerson;
    if (isWanted || (connection.is === 'waiting' && !this.#backoff.isResting)) this.connect();
  }

  #tell(error: unknown, willRetry: boolean): void {
    safely(this.#options.onError, error instanceof Error ? error : new Error(String(error)), { willRetry });
  }

  /** Lets go of what only the state before had: its timer, or its socket, without waiting for a close that may never come. */
  #become(next: Connection): void {
    const before = this.#connection;
    this.#connection = next;
    if (before.is === 'waiting') clearTimeout(before.timer);
    else if (before.ws !== this.session) before.ws?.close();
    if (next.is === 'closed') {
      clearInterval(this.#ticker);
      this.#ticker = undefined;
      if (!next.isReplaced) {
        this.#stopListening?.();
        this.#stopListening = undefined;
      }
    }
    if (before.is !== next.is) safely(this.#options.onState, next.is);
  }
}
