import { Socket } from 'node:net';
import { OPERATORS_LOCK } from '@logi/events/dead-letters';
import { connect, openPool } from '@logi/persistence';
import { log } from '../dlq/letters.ts';

/** Services hold their locks for less. */
const LOCK_TIMEOUT_MS = 15_000;

type Values = Record<string, unknown>;

/** One connection as the administrator, on which a statement may take as long as a large table does; one of us at a time. */
export type Session = {
  rows: <Row>(text: string, values?: Values) => Promise<Row[]>;
  /** How many rows it changed. */
  run: (text: string, values?: Values) => Promise<number>;
};

export async function withSession(
  databaseUrl: string,
  { work, onWait }: { work: (session: Session) => Promise<void>; onWait: () => void },
): Promise<void> {
  const pool = openPool(
    { url: databaseUrl, schema: 'operations', name: 'privacy', log, poolSize: 1 },
    {
      statement_timeout: 0,
      idle_in_transaction_session_timeout: 0,
      stream: () => new Socket(), // which waits for an answer as long as the line stands
    },
  );
  const client = await connect(pool);
  try {
    const session: Session = {
      rows: async (text, values) => (await client.query(bind(text, values))).rows,
      run: async (text, values) => (await client.query(bind(text, values))).rowCount ?? 0,
    };
    await beOnlyOperator(session, onWait);
    await session.run(`set lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await work(session);
  } finally {
    client.release(true);
    await pool.end();
  }
}

/** Nobody replays a dead letter meanwhile. The lock ends with the connection. */
async function beOnlyOperator(session: Session, onWait: () => void): Promise<void> {
  await session.run('set lock_timeout = 0');
  const lock = { lock: OPERATORS_LOCK };
  const [tried] = await session.rows<{ held: boolean }>('select pg_try_advisory_lock(:lock) as held', lock);
  if (tried?.held) return;
  onWait();
  await session.run('select pg_advisory_lock(:lock)', lock);
}

/** All of it, or, whenever we are killed, nothing. */
export async function transact<Result>(
  session: Session,
  begin: 'begin' | 'begin isolation level repeatable read',
  work: () => Promise<Result>,
): Promise<Result> {
  await session.run(begin);
  try {
    const result = await work();
    await session.run('commit');
    return result;
  } catch (err) {
    await session.run('rollback').catch(() => undefined); // the first error says what is wrong
    throw err;
  }
}

/** `:name` stands for a value, so that each statement names only what it needs. */
function bind(text: string, values: Values = {}): { text: string; values: unknown[] } {
  const names: string[] = [];
  const bound = text.replaceAll(/(?<!:):([a-z_]+)/g, (_match, name: string) => {
    if (!names.includes(name)) names.push(name);
    return `$${names.indexOf(name) + 1}`;
  });
  return { text: bound, values: names.map((name) => values[name]) };
}
