import { EXCHANGES, type LivePosition, POSITIONS_RECORDED, type PositionsRecorded } from '@logi/contracts';
import type { TransientPublisher } from '@logi/messaging';
import type { Config } from '../config.ts';
import { Paced } from '../drivers/paced.ts';
import type { Moved } from '../positions/position-store.ts';
import { toLivePosition } from './last-fix.ts';

type OnJob = Moved & { job: NonNullable<Moved['job']> };

export type LivePositionsOptions = { publisher: TransientPublisher; config: Config };

/**
 * Tells the gateways where drivers on a job are, in one message for all that is due. What is not of the trip is told to
 * nobody.
 */
export class LivePositions {
  readonly #options: LivePositionsOptions;
  readonly #paced: Paced<OnJob>;

  constructor(options: LivePositionsOptions) {
    this.#options = options;
    this.#paced = new Paced({ everyMs: options.config.PUBLISH_INTERVAL_MS, tell: (due) => this.#tell(due) });
  }

  /** Positions just committed. Those of drivers without a job are nobody's business. */
  add(moved: readonly Moved[]): void {
    for (const each of moved) if (isOnJob(each)) this.#paced.put(each);
    this.#paced.tellDue(Date.now());
  }

  stop(): void {
    this.#paced.stop();
  }

  #tell(due: OnJob[]): void {
    const positions = due.flatMap((each) => positionOf(each, this.#options.config) ?? []);
    if (positions.length > 0) this.#publish({ positions });
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
