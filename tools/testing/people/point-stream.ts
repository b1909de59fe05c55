import { DriverStream, type KeptPoint } from '@logi/client';
import type { LatLon } from '@logi/contracts';
import type { ReconnectingSocket } from './reconnecting-socket.ts';

export type Reading = LatLon & { accuracy?: number; speed?: number; heading?: number };
export type SentPoint = Reading & { recorded_at: string; seq: number };

export type Acknowledged = {
  /** Oldest first: they are committed. */
  points: SentPoint[];
  /** Since the newest of them was pushed. */
  waitedMs: number;
};

export type PointStreamOptions = {
  trackingUrl: string;
  token: string;
  signal: AbortSignal;
  onAcknowledged: (acknowledged: Acknowledged) => void;
  /** Refused for good. */
  onRejected?: (count: number) => void;
  onLost?: (why: string) => void;
};

/** A driver app's `DriverStream` for as long as the signal is not given, with numbered points and their times on the way. */
export class PointStream {
  /** `opened` is the first opening, and `ended` comes once it was closed for good. */
  readonly socket: ReconnectingSocket;
  readonly #stream: DriverStream;
  readonly #signal: AbortSignal;
  readonly #sent = new Map<number, { point: SentPoint; atMs: number }>();
  #seq = 0;

  constructor({ trackingUrl, token, signal, onAcknowledged, onRejected, onLost }: PointStreamOptions) {
    const { promise: opened, resolve: onOpen } = Promise.withResolvers<void>();
    const { promise: ended, resolve: onEnd } = Promise.withResolvers<void>();
    this.#signal = signal;
    let isOpen = false;
    this.#stream = new DriverStream({
      url: `${trackingUrl.replace(/^http/, 'ws')}/v1/stream`,
      getToken: () => token,
      onState: (state) => {
        if (state === 'open') onOpen();
        if (state === 'closed') onEnd();
        if (isOpen && state === 'waiting') onLost?.('was lost');
        isOpen = state === 'open';
      },
      onAcknowledged: (points) => {
        const settled = points.flatMap((point) => this.#settle(point));
        const newest = settled.at(-1);
        if (!newest) return;
        onAcknowledged({ points: settled.map(({ point }) => point), waitedMs: performance.now() - newest.atMs });
      },
      onRejected: (rejections) => {
        for (const { point } of rejections) this.#settle(point);
        onRejected?.(rejections.length);
      },
    });
    const close = () => {
      void this.#stream.close().then(onEnd);
    };
    if (signal.aborted) close();
    else signal.addEventListener('abort', close, { once: true });
    this.socket = { opened: Promise.race([opened, ended]), ended };
  }

  send(reading: Reading): SentPoint {
    const point = { ...reading, recorded_at: new Date().toISOString(), seq: this.#seq };
    this.#seq += 1;
    if (this.#signal.aborted) return point;
    this.#sent.set(point.seq, { point, atMs: performance.now() });
    this.#stream.push(point);
    return point;
  }

  #settle({ seq = -1 }: KeptPoint): { point: SentPoint; atMs: number }[] {
    const sent = this.#sent.get(seq);
    this.#sent.delete(seq);
    return sent ? [sent] : [];
  }
}
