import { EXCHANGES, type LivePosition, POSITIONS_RECORDED, type PositionsRecorded } from '@logi/contracts';
import type { TransientPublisher } from '@logi/messaging';
import type { Config } from '../config.ts';
import { isLive } from '../judging/live.ts';
import type { Moved } from './position-store.ts';

/**
 * Tells the gateways where drivers on a job are: at once when a driver has been quiet, else no more often than the
 * interval, and then the newest. One message for all that is due; what is not yet due waits, one position a driver, so
 * that the last of a burst is never the one left out.
 */
export class LivePositions {
  readonly #publisher: TransientPublisher;
  readonly #intervalMs: number;
  readonly #toldAt = new Map<string, number>();
  readonly #waiting = new Map<string, LivePosition>();
  #timer: NodeJS.Timeout | undefined;

  readonly #config: Config;

  constructor({ publisher, config }: { publisher: TransientPublisher; config: Config }) {
    this.#publisher = publisher;
    this.#config = config;
    this.#intervalMs = config.PUBLISH_INTERVAL_MS;
  }

  /** Positions just committed. Those of drivers without a job are nobody's business, nor is what is not live. */
  add(moved: readonly Moved[]): void {
    const now = new Date();
    for (const each of moved) {
      const position = isNews(each, { now, config: this.#config }) ? livePosition(each) : undefined;
      if (position) this.#waiting.set(position.driver_id, position);
    }
    this.#publishDue(Date.now());
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #publishDue(now: number): void {
    for (const [driverId, at] of this.#toldAt) {
      if (now - at >= this.#intervalMs) this.#toldAt.delete(driverId);
      else break; // in the order in which they were told
    }
    const due: LivePosition[] = [];
    for (const [driverId, position] of this.#waiting) {
      if (this.#toldAt.has(driverId)) continue;
      due.push(position);
      this.#waiting.delete(driverId);
      this.#toldAt.set(driverId, now);
    }
    if (due.length > 0) this.#publish({ positions: due });
    if (this.#waiting.size > 0) this.#timer ??= this.#wait(now);
  }

  #wait(now: number): NodeJS.Timeout {
    const [oldest = now] = this.#toldAt.values();
    return setTimeout(
      () => {
        this.#timer = undefined;
        this.#publishDue(Date.now());
      },
      oldest + this.#intervalMs - now,
    ).unref();
  }

  #publish(body: PositionsRecorded): void {
    this.#publisher.publish({
      exchange: EXCHANGES.trackingPositions,
      routingKey: POSITIONS_RECORDED,
      body: Buffer.from(JSON.stringify(body)),
    });
  }
}

function isNews({ point, job, stands }: Moved, at: { now: Date; config: Config }): boolean {
  return job !== null && isLive({ ...point, stands, heardAt: at.now }, job.shown, at);
}

function livePosition({ point, job }: Moved): LivePosition | undefined {
  if (!job) return undefined;
  const { driverId, latitude, longitude, recordedAt, heading, speed } = point;
  return {
    booking_id: job.bookingId,
    user_id: job.userId,
    driver_id: driverId,
    latitude,
    longitude,
    recorded_at: recordedAt.toISOString(),
    ...(heading !== null && { heading }),
    ...(speed !== null && { speed }),
  };
}
