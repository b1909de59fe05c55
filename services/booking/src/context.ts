import type { Blocks } from '@logi/auth';
import { DomainError } from '@logi/contracts';
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
  blocks: Blocks;
  findRoute: FindRoute;
};

/** What the history refuses with (migrations/0016_blocks.sql): who acts was blocked after they came in. */
const BLOCKED_STATE = 'BL403';

/** One transaction, with the events it appends. */
export function commit<Result>(ctx: Context, work: (tx: BookingTx) => Promise<Result>): Promise<Result> {
  return transactWithEvents(ctx.db, work).catch((cause: unknown) => {
    const isBlocked = Error.isError(cause) && 'code' in cause && cause.code === BLOCKED_STATE;
    throw isBlocked ? new DomainError('blocked', { cause }) : cause;
  });
}
