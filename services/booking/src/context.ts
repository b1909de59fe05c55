import { transactWithEvents } from '@logi/events';
import type { Database } from '@logi/persistence';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import type { FindRoute } from './pricing/routing.ts';
import type { BookingTx, Tables } from './tables.ts';

/** What every route, consumer and worker of the service receives. */
export type Context = {
  config: Config;
  log: Logger;
  db: Database<Tables>;
  findRoute: FindRoute;
  /** Sends appended events on their way now instead of at the relay's next poll. */
  wakeRelay: () => void;
};

/** One transaction, then the events it appended are on their way. */
export async function commit<Result>(ctx: Context, work: (tx: BookingTx) => Promise<Result>): Promise<Result> {
  const result = await transactWithEvents(ctx.db, work);
  ctx.wakeRelay();
  return result;
}
