import { safely } from '../connection/here.ts';
import { Line } from '../connection/line.ts';
import type { LineOptions, State } from '../connection/line-options.ts';
import { LogiError } from '../connection/logi-error.ts';
import { findWebSocket } from '../connection/socket.ts';
import { Backlog, type Kept, type Store } from './backlog.ts';
import { type KeptPoint, keepPoint, type Point } from './point.ts';

type Reason = {
  code: string;
  field: string;
  /** False: it was sent again, as often as may be. */
  final: boolean;
};
export type Rejection = Reason & { point: KeptPoint };

export type DriverStreamOptions = LineOptions & {
  /** Keeps what waits through a reload or a dead battery; see `@logi/client/stores`. Without one it waits in memory. */
  store?: Store;
  /** Points that may wait. Above it they are thinned: of the older half every second one goes. */
  maxWaiting?: number;
  /** Names of this device and this app, kept with what is sent. */
  device?: string;
  app?: string;
  /** So many wait now. */
  onWaiting?: (count: number) => void;
  /** These are on disk at the server. */
  onAcknowledged?: (points: KeptPoint[]) => void;
  /** These will not be taken. */
  onRejected?: (rejections: Rejection[]) => void;
  /** So many were given up so that others could be kept. */
  onThinned?: (count: number) => void;
};

type Ack = {
  type: string;
  payload: {
    accepted: number;
    rejected: (Reason & { index: number })[];
    wait_ms?: number;
  };
};

const TYPE = 'location_update';
const DEFAULT_MAX_WAITING = 20_000;
/** A store that is full is made room in only as long as more than this is in it. */
const LEAST_KEPT = 500;
/** What the server takes in one frame. */
const MAX_FRAME_POINTS = 500;
/** Of one that was rejected, and might be taken later. */
const MAX_TRIES = 5;
const TRY_AGAIN_MS = 5_000;
const MAX_ADVICE_MS = 60_000;
/** While its database is slow the server reads late, and a second connection would not be read sooner. */
const PATIENCE_MS = 30_000;
/** Without a message of the server's for so long, the line is asked: an empty list is answered, too. */
const SILENCE_MS = 25_000;

/**
 * A driver's points on their way to tracking. Each is kept until it is acknowledged, and sent again where that is not
 * known; a trail has it once.
 *
 * One frame is under way at a time, so that an acknowledgement can only be of that one. What comes meanwhile waits, and
 * makes the next one. A frame that was lost with its line is sent again by half, as it may have been too long for it.
 */
export class DriverStream {
  readonly #options: DriverStreamOptions;
  readonly #maxWaiting: number;
  readonly #backlog: Backlog<KeptPoint>;
  #line: Line | undefined;
  #isClosed = false;
  #underWay: readonly Kept<KeptPoint>[] = [];
  #framePoints = MAX_FRAME_POINTS;
  #notBeforeMs = 0;
  readonly #tries = new WeakMap<Kept<KeptPoint>, number>();
  #drains: ((isDone: boolean) => void)[] = [];

  constructor(options: DriverStreamOptions) {
    this.#options = options;
    this.#maxWaiting = options.maxWaiting ?? DEFAULT_MAX_WAITING;
    findWebSocket(options.WebSocket); // throws here, where it can be seen
    this.#backlog = new Backlog({
      store: options.store,
      onStoreError: (cause, isFull) => {
        if (this.#isClosed) return;
        const error = new LogiError('store_failed', 'Points are kept in memory only', { cause });
        safely(options.onError, error, { willRetry: true });
        if (isFull && this.waiting > LEAST_KEPT) this.#thin();
      },
    });
    void this.#begin();
  }

  /** `waiting` also while another tab has the store. */
  get state(): State {
    if (this.#isClosed) return 'closed';
    return this.#line?.state ?? 'waiting';
  }

  /** Points that are not acknowledged yet. */
  get waiting(): number {
    return this.#backlog.oldestFirst.length;
  }

  push(point: Point): void {
    if (this.#isClosed) throw new LogiError('closed', 'This stream was closed');
    this.#backlog.add(keepPoint(point));
    if (this.waiting > this.#maxWaiting) this.#thin();
    this.#tellWaiting();
    this.#send();
  }

  /** Resolves once all that was pushed is in the store, or the store has failed and `onError` has said so. */
  kept(): Promise<void> {
    return this.#backlog.saved();
  }

  /** Resolves with true once nothing waits, and with false when the stream is closed before. */
  async drain(): Promise<boolean> {
    if (this.waiting === 0 && this.#line) return true;
    if (this.state === 'closed') return false;
    return new Promise((resolve) => this.#drains.push(resolve));
  }

  /** At once: instead of the next attempt, or after the line was closed by the server. */
  connect(): void {
    if (!this.#isClosed) this.#line?.connect();
  }

  /** For good. What waits stays in the store, and comes out of it again next time. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#line?.end();
    this.#settleDrains(false);
    await this.#backlog.close();
  }

  async #begin(): Promise<void> {
    await this.#backlog.load();
    if (this.#isClosed) return;
    while (this.waiting > this.#maxWaiting && this.#thin());
    this.#line = new Line({
      ...this.#options,
      protocols: ['logi'],
      ping: { type: TYPE, payload: [] },
      onSocket: () => {
        this.#line?.hold(SILENCE_MS);
        this.#send();
      },
      onState: (state) => {
        if (state !== 'open') this.#lose();
        if (state === 'closed') this.#settleDrains(false);
        safely(this.#options.onState, state);
      },
      onMessage: (message) => this.#receive(message as Ack), // as tracking documents it
      onTick: () => this.#send(),
    });
    this.#tellWaiting();
  }

  #frameOf(payload: readonly KeptPoint[]): object {
    const { device, app } = this.#options;
    return { type: TYPE, sent_at: new Date(), device, app, payload };
  }

  /** After each thing that may have made it possible, and every second. */
  #send(): void {
    const isIdle = this.#underWay.length === 0 && performance.now() >= this.#notBeforeMs;
    if (!isIdle || this.waiting === 0 || this.#line?.state !== 'open') return;
    this.#underWay = this.#backlog.oldestFirst.slice(0, this.#framePoints);
    this.#line.ask(this.#frameOf(this.#underWay.map(({ value }) => value)), PATIENCE_MS);
  }

  #lose(): void {
    if (this.#underWay.length > 0) this.#framePoints = Math.ceil(this.#underWay.length / 2);
    this.#underWay = [];
  }

  #receive({ type, payload }: Ack): void {
    if (type !== 'ack') return; // what later servers may say
    const { accepted, rejected, wait_ms = 0 } = payload;
    const sent = this.#underWay;
    if (sent.length === 0 || accepted + rejected.length !== sent.length) return; // the answer to a ping
    this.#underWay = [];
    this.#framePoints = Math.min(MAX_FRAME_POINTS, 2 * this.#framePoints);
    const refused = new Map(rejected.map(({ index, ...reason }) => [sent[index], reason]));
    let waitMs = Math.min(wait_ms, MAX_ADVICE_MS);
    const settled: Kept<KeptPoint>[] = [];
    const taken: KeptPoint[] = [];
    const rejections: Rejection[] = [];
    for (const entry of sent) {
      const reason = refused.get(entry);
      if (reason?.final === false && this.#mayTryAgain(entry)) {
        waitMs = Math.max(waitMs, TRY_AGAIN_MS);
        continue;
      }
      settled.push(entry);
      if (reason) rejections.push({ point: entry.value, ...reason });
      else taken.push(entry.value);
    }
    this.#notBeforeMs = performance.now() + waitMs;
    this.#backlog.settle(settled);
    if (taken.length > 0) safely(this.#options.onAcknowledged, taken);
    if (rejections.length > 0) safely(this.#options.onRejected, rejections);
    this.#tellWaiting();
    this.#send();
  }

  #tellWaiting(): void {
    safely(this.#options.onWaiting, this.waiting);
    if (this.waiting === 0) this.#settleDrains(true);
  }

  #mayTryAgain(entry: Kept<KeptPoint>): boolean {
    const tries = (this.#tries.get(entry) ?? 0) + 1;
    this.#tries.set(entry, tries);
    return tries < MAX_TRIES;
  }

  #thin(): boolean {
    const count = this.#backlog.thin(new Set(this.#underWay));
    if (count > 0) safely(this.#options.onThinned, count);
    return count > 0;
  }

  #settleDrains(isDone: boolean): void {
    for (const resolve of this.#drains) resolve(isDone);
    this.#drains = [];
  }
}
