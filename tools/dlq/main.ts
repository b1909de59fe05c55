import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  asOnlyOperator,
  countKept,
  discardKept,
  findLetters,
  keepDeadLetters,
  listDecided,
  listKept,
  replayKept,
} from '@logi/events';
import { Publisher } from '@logi/messaging';
import { type Database, openDatabase } from '@logi/persistence';
import { createLogger } from '@logi/service';
import { findRunningStack } from '../stack/run-file.ts';
import { type Options, readOptions, USAGE, UsageError } from './options.ts';
import { renderDecided, renderKept, renderLetter, renderLine } from './render.ts';

/*
 * `npm run dlq`: what could not be handled, and what to do with it. Every command first moves the letters from the dead
 * queues to the database, where they are kept in order, until and after they have been decided.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const USAGE_STATUS = 2;
const LISTED = 50;
const BROKER_TIMEOUT_MS = 15_000;
const BROKER_POLL_MS = 20;
const SQL_NO_SUCH_TABLE = '42P01';

// What goes wrong is told at the end, in one sentence.
const log = createLogger({ service: 'dlq', level: 'silent' });

try {
  await main(readOptions(process.argv.slice(2)));
} catch (err) {
  process.stderr.write(`${describe(err)}\n`);
  process.exitCode = err instanceof UsageError ? USAGE_STATUS : 1;
}

async function main(options: Options): Promise<void> {
  const { databaseUrl, amqpUrl } = findServers();
  const db = openDatabase<unknown>({ url: databaseUrl, schema: 'operations', name: 'dlq', log });
  try {
    await asOnlyOperator(
      db,
      async (connection) => {
        await keepDeadLetters(connection, amqpUrl);
        await run(connection, { ...options, amqpUrl });
      },
      () => process.stderr.write('waiting for another operator…\n'),
    );
  } finally {
    await db.destroy();
  }
}

async function run(db: Database<unknown>, options: Options & { amqpUrl: string }): Promise<void> {
  const { command, filter, limit, by, decided, isDryRun } = options;
  if (command === 'show') return show(db, filter.messageId ?? '');
  if (command === 'list') {
    const page = { ...filter, limit: limit ?? LISTED };
    return print(
      decided
        ? renderDecided(await listDecided(db, page))
        : renderKept(await listKept(db, page), await countKept(db, filter)),
    );
  }
  if (isDryRun) {
    for (const letter of await listKept(db, { ...filter, limit: limit ?? LISTED })) print(renderLine(letter));
    const matching = [...(await countKept(db, filter)).values()].reduce((sum, count) => sum + count, 0);
    return print(`${command} would decide ${Math.min(matching, limit ?? matching)}`);
  }
  if (command === 'discard') return print(`discarded ${await discardKept(db, { filter, limit, by })}`);
  await replay(db, options);
}

async function show(db: Database<unknown>, messageId: string): Promise<void> {
  const letters = await findLetters(db, messageId);
  if (letters.length === 0) throw new Error(`no message ${messageId} has died`);
  print(letters.map(renderLetter).join('\n\n'));
}

async function replay(db: Database<unknown>, options: Options & { amqpUrl: string }): Promise<void> {
  const { amqpUrl, filter, limit, by } = options;
  const publisher = new Publisher({ url: amqpUrl, name: 'dlq replay', log });
  publisher.start();
  try {
    const deadline = Date.now() + BROKER_TIMEOUT_MS;
    while (!publisher.isReady && Date.now() < deadline) await setTimeout(BROKER_POLL_MS);
    const { replayed, failure } = await replayKept(db, { filter, limit, by, publisher });
    print(`replayed ${replayed}`);
    if (failure !== undefined) throw new Error(`the rest is still here: ${failure}`);
  } finally {
    await publisher.stop();
  }
}

function findServers(): { databaseUrl: string; amqpUrl: string } {
  const running = findRunningStack(ROOT);
  const databaseUrl = process.env['DATABASE_URL'] || running?.databaseUrl;
  const amqpUrl = process.env['AMQP_URL'] || running?.amqpUrl;
  if (databaseUrl && amqpUrl) return { databaseUrl, amqpUrl };
  throw new Error('No stack runs from this clone. Start it by `npm start`, or set DATABASE_URL and AMQP_URL.');
}

function describe(err: unknown): string {
  if (err instanceof UsageError) return `${err.message}\n${USAGE}`;
  if (!(err instanceof Error)) return String(err);
  if ('code' in err && err.code === SQL_NO_SUCH_TABLE) return 'The database is older than this: run `migrate` first.';
  // A host name that stands for several addresses fails with an AggregateError, which has a code and no message.
  const cause = err.cause instanceof Error ? `: ${describe(err.cause)}` : '';
  return `${err.message || ('code' in err ? err.code : err.name)}${cause}`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
