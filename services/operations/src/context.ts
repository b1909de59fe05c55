import type { Publisher } from '@logi/messaging';
import type { Database } from '@logi/persistence';
import type { Callers } from '@logi/service';
import type { Logger } from 'pino';
import type { BrokerLink } from './broker/broker-link.ts';
import type { Config } from './config.ts';

/** What every route of the service receives. */
export type Context = {
  config: Config;
  log: Logger;
  callers: Callers;
  db: Database<unknown>;
  publisher: Publisher;
  broker: BrokerLink;
};
