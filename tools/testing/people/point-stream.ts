import { type LatLon, parseJson } from '@logi/contracts';
import { z } from 'zod';
import { keepConnected, type ReconnectingSocket } from './reconnecting-socket.ts';

/** What the stream takes in one frame; a phone that is away for longer forgets its oldest points. */
const MAX_UNACKNOWLEDGED = 500;

const ack = z.object({
  type: z.literal('ack'),
  payload: z.object({ seq: z.int().optional(), accepted: z.int(), rejected: z.array(z.object({ code: z.string() })) }),
});

export type Reading = LatLon & { accuracy?: number; speed?: number; heading?: number };
export type SentPoint = Reading & { recorded_at: string; seq: number };

export type Acknowledged = {
  /** Those that waited for it, oldest first: they are committed, or refused for good. */
  points: SentPoint[];
  /** Since the newest of them was sent first. */
  waitedMs?: number;
  accepted: number;
  rejected: number;
};

export type PointStreamOptions = {
  trackingUrl: string;
  token: string;
  signal: AbortSignal;
  onAcknowledged: (acknowledged: Acknowledged) => void;
  /** A frame that is no acknowledgement. */
  onOther?: (text: string) => void;
  onLost?: (why: string) => void;
};

/**
 * A driver's positions over tracking's WebSocket, as a driver app sends them: a point is kept until it is acknowledged, and
 * what was not when the socket broke is sent again on the next one.
 */
export class PointStream {
  readonly socket: ReconnectingSocket;
  readonly #options: PointStreamOptions;
  readonly #unacknowledged = new Map<number, { point: SentPoint; sentAt: number }>();
  #sendText: (text: string) => void = () => undefined;
  #seq = 0;

  constructor(options: PointStreamOptions) {
    this.#options = options;
    const { trackingUrl, token, signal, onLost } = options;
    this.socket = keepConnected({
      url: `${trackingUrl.replace(/^http/, 'ws')}/v1/stream`,
      token,
      onOpen: (ws) => {
        this.#sendText = (text) => ws.readyState === ws.OPEN && ws.send(text);
        const waiting = [...this.#unacknowledged.values()].map(({ point }) => point);
        if (waiting.length > 0) this.#sendUpdate(waiting);
      },
      onText: (text) => this.#acknowledge(text),
      ...(onLost && { onLost }),
      signal,
    });
  }

  send(reading: Reading): SentPoint {
    const point = { ...reading, recorded_at: new Date().toISOString(), seq: this.#seq };
    this.#seq += 1;
    this.#unacknowledged.set(point.seq, { point, sentAt: performance.now() });
    this.#unacknowledged.delete(point.seq - MAX_UNACKNOWLEDGED);
    this.#sendUpdate(point);
    return point;
  }

  #sendUpdate(payload: SentPoint | SentPoint[]): void {
    this.#sendText(JSON.stringify({ type: 'location_update', payload }));
  }

  /** Everything up to the acknowledged number is settled. */
  #acknowledge(text: string): void {
    const parsed = ack.safeParse(parseJson(text));
    if (!parsed.success) {
      this.#options.onOther?.(text);
      return;
    }
    const { seq = -1, accepted, rejected } = parsed.data.payload;
    const settled = [...this.#unacknowledged].filter(([known]) => known <= seq).map(([, sent]) => sent);
    for (const { point } of settled) this.#unacknowledged.delete(point.seq);
    const newest = settled.at(-1);
    this.#options.onAcknowledged({
      points: settled.map(({ point }) => point),
      ...(newest && { waitedMs: performance.now() - newest.sentAt }),
      accepted,
      rejected: rejected.length,
    });
  }
}
