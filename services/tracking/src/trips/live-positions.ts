import { EXCHANGES, type LivePosition, POSITIONS_RECORDED, type PositionsRecorded } from '@logi/contracts';
import type { TransientPublisher } from '@logi/messaging';
import type { Config } from '../config.ts';
import type { Moved } from '../positions/position-store.ts';
import { toLivePosition } from './last-fix.ts';

type OnJob = Moved & { job: NonNullable<Moved['job']> };

export type LivePositionsOptions = { publisher: TransientPublisher; config: Config };

/**
 * Tells the gateways where drivers on a job are: at once when a driver has been quiet, else no more often than the
 * interval, and then the newest. One message for all that is due; what is not yet due waits, one position a driver, so
 * that the last of a burst is never the one left out. What is not of the trip is told to nobody.
 */
export class LivePositions {
  readonly #options: LivePositionsOptions;
  readonly #toldAt = new Map<string, number>();
  readonly #waiting = new Map<string, OnJob>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LivePositionsOptions) {
    this.#options = options;
  }

  /** Positions just committed. Those of drivers without a job are nobody's business. */
  add(moved: readonly Moved[]): void {
    for (const each of moved) if (isOnJob(each)) this.#waiting.set(each.point.driverId, each);
    this.#publishDue(Date.now());
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #publishDue(now: number): void {
    const { PUBLISH_INTERVAL_MS: intervalMs } = this.#options.config;
    for (const [driverId, at] of this.#toldAt) {
      if (now - at >= intervalMs) this.#toldAt.delete(driverId);
      else break; // in the order in which they were told
    }
    const due: OnJob[] = [];
    for (const [driverId, moved] of this.#waiting) {
      if (this.#toldAt.has(driverId)) continue;
      due.push(moved);
      this.#waiting.delete(driverId);
      this.#toldAt.set(driverId, now);
    }
    const positions = due.flatMap((each) => positionOf(each, this.#options.config) ?? []);
    if (positions.length > 0) this.#publish({ positions });
    if (this.#waiting.size > 0) this.#timer ??= this.#wait(now);
  }

  #wait(now: number): NodeJS.Timeout {
    const [oldest = now] = this.#toldAt.values();
    return setTimeout(
      () => {
        this.#timer = undefined;
        this.#publishDue(Date.now());
      },
      oldest + this.#options.config.PUBLISH_INTERVAL_MS - now,
    ).unref();
  }

  #publish(body: PositionsRecorded): void {
    this.#options.publisher.publish({
      exchange: EXCHANGES.trackingPositions,
      routingKey: POSITIONS_RECORDED,
      body: Buffer.from(JSON.stringify(body)),
    });
  }
}

function isOnJob(moved: Moved): moved is OnJob {
  return moved.job !== null;
}

function positionOf({ point, job, stands }: OnJob, config: Config): LivePosition | undefined {
  const { bookingId, userId, shown } = job;
  const { tripStartedAt: startedAt, onDutySince } = shown;
  const heardAt = point.receivedAt;
  return toLivePosition({ ...point, bookingId, userId, startedAt, onDutySince, stands, heardAt }, config);
}
