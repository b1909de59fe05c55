import { Publisher } from '@logi/messaging';
import { openDatabase } from '@logi/persistence';
import { Frame, type ListeningService } from '@logi/service';
import { BrokerLink } from './broker/broker-link.ts';
import type { Config } from './config.ts';
import type { Context } from './context.ts';
import { handOnCalls } from './handing/hand-on-calls.ts';
import { HandedOnSockets } from './handing/hand-on-sockets.ts';
import { servePage } from './page/serve-page.ts';
import { deadLetters } from './routes/dead-letters.ts';
import { getHealth } from './routes/get-health.ts';
import { getSession } from './routes/get-session.ts';
import { makeToken } from './routes/make-token.ts';
import { signIn } from './routes/sign-in.ts';

export { readConfig } from './config.ts';

/** For people who look: the page, what it asks the others for, and what no other service can answer. */
export async function createOperationsService(config: Config): Promise<ListeningService> {
  const frame = new Frame('operations', config);
  const { log, blocks, callers } = frame;
  const { DATABASE_URL, DATABASE_POOL_SIZE: poolSize, AMQP_URL: url } = config;
  const db = openDatabase<unknown>({ url: DATABASE_URL, schema: 'operations', name: 'operations', log, poolSize });
  const publisher = new Publisher({ url, name: 'operations publisher', log, shards: config.WORK_QUEUE_SHARDS });
  const broker = new BrokerLink({ url, blocks, publisher, log });
  const ctx: Context = { config, log, callers, db, publisher, broker };

  // It is ready while servers are away: that is when people look.
  const app = await frame.createApp({ whyNotReady: () => undefined });
  signIn(app, ctx);
  getSession(app, ctx);
  makeToken(app, ctx);
  getHealth(app, ctx);
  deadLetters(app, ctx);
  handOnCalls(app, ctx);
  servePage(app, config);
  const sockets = new HandedOnSockets(app.server, ctx);
  return frame.assemble(
    app,
    { stop: () => db.destroy() },
    publisher,
    broker,
    frame.listener(app, config.OPERATIONS_PORT),
    sockets,
  );
}
