import { transactWithEvents } from '@logi/events';
import type { Database } from '@logi/persistence';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import type { Heard } from './drivers/heard.ts';
import type { Ingest } from './positions/ingest.ts';
import type { PointsAllowance } from './positions/points-allowance.ts';
import type { Refusals } from './positions/refusals.ts';
import type { Tables, TrackingTx } from './tables.ts';

/** What every route, consumer and worker of the service receives. */
export type Context = {
  config: Config;
  log: Logger;
  db: Database<Tables>;
  ingest: Ingest;
  /** Counts what is not taken of what drivers' apps send. */
  refusals: Refusals;
  heard: Heard;
  /** Of drivers' points. */
  pointsAllowance: PointsAllowance;
  /** Sends appended events on their way now instead of at the relay's next poll. */
  wakeRelay: () => void;
};

/** One transaction, then the events it appended are on their way. */
export async function commit<Result>(
  ctx: Pick<Context, 'db' | 'wakeRelay'>,
  work: (tx: TrackingTx) => Promise<Result>,
): Promise<Result> {
  const result = await transactWithEvents(ctx.db, work);
  ctx.wakeRelay();
  return result;
}
