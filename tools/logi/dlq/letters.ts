import { asOnlyOperator, keepDeadLetters } from '@logi/events/dead-letters';
import { type Database, openDatabase } from '@logi/persistence';
import { createLogger } from '@logi/service/log';
import { findRunningStack } from '../../stack/run-file.ts';
import { Failure } from '../ending.ts';
import { note } from '../output.ts';
import { ROOT } from '../stack.ts';

const SQL_NO_SUCH_TABLE = '42P01';

// What goes wrong is told at the end, in one sentence.
export const log = createLogger({ service: 'dlq', level: 'silent' });

export type Letters = { db: Database<unknown>; databaseUrl: string; amqpUrl: string; moved: number };

/** Those that have died until now are in the table, in order, while the work goes on; and nobody else works on them. */
export async function withLetters(work: (letters: Letters) => Promise<void>): Promise<void> {
  const { databaseUrl, amqpUrl } = findServers();
  const db = openDatabase<unknown>({ url: databaseUrl, schema: 'operations', name: 'dlq', log });
  try {
    await asOnlyOperator(
      db,
      async (connection) => {
        const moved = await keepDeadLetters(connection, amqpUrl);
        if (moved > 0) note(`moved ${moved} from the broker's dead queues to the table operations.dead_letter`);
        await work({ db: connection, databaseUrl, amqpUrl, moved });
      },
      { onWait: () => note('waiting for another operator…') },
    );
  } catch (err) {
    if (err instanceof Error && 'code' in err && err.code === SQL_NO_SUCH_TABLE)
      throw new Failure('The database is older than this: run `migrate` first.');
    throw err;
  } finally {
    await db.destroy();
  }
}

function findServers(): { databaseUrl: string; amqpUrl: string } {
  const running = findRunningStack(ROOT);
  const databaseUrl = process.env['DATABASE_URL'] || running?.databaseUrl;
  const amqpUrl = process.env['AMQP_URL'] || running?.amqpUrl;
  if (databaseUrl && amqpUrl) return { databaseUrl, amqpUrl };
  throw new Failure('No stack runs from this clone. Start it by `npm start`, or set DATABASE_URL and AMQP_URL.');
}
