import type { Database } from '@logi/persistence';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import type { Heard } from './drivers/heard.ts';
import type { Ingest } from './positions/ingest.ts';
import type { PointsAllowance } from './positions/points-allowance.ts';
import type { Refusals } from './positions/refusals.ts';
import type { Tables } from './tables.ts';

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
};
