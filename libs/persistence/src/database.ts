import {
  CamelCasePlugin,
  Kysely,
  type PluginTransformResultArgs,
  PostgresDialect,
  type QueryResult,
  type Transaction,
  type UnknownRow,
} from 'kysely';
import pg from 'pg';
import type { Logger } from 'pino';
import { failpoint } from './failpoints.ts';
import { DatabaseAway, isTransactionConflict } from './faults.ts';
import { PreparedClient, TurnSocket } from './prepared-client.ts';
import { findReplicationRisk } from './reach.ts';
import { expectPrimary, Servers } from './servers.ts';

// bigint: ours count rows and money in minor units, far below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

export type DatabaseOptions = {
  /** Also of several servers (servers.ts). */
  url: string;
  /** The one schema that the service owns. */
  schema: string;
  /** Shown in pg_stat_activity. */
  name: string;
  log: Logger;
  poolSize?: number;
};

export type Database<Tables> = Kysely<Tables>;
export type Tx<Tables> = Transaction<Tables>;

/** Also the longest wait for a free connection of the pool. */
const CONNECT_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 10_000;
/** Whoever holds a lock for longer is frozen or cut off, and loses it soon: what waits is tried again, like in an outage. */
const LOCK_TIMEOUT_MS = 5_000;
/** A process that hangs inside a transaction must not hold its row locks for longer than this. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;
/**
 * A server that is there says something at least this often: the pool keeps no idle connection for longer than 10 s, and
 * the server ends statements and idle transactions by the two limits above. One that is silent for longer is gone, and
 * nothing else would tell: the kernel gives a dead line a quarter of an hour.
 */
const SILENCE_TIMEOUT_MS = 17_000;
const POOL_IDLE_TIMEOUT_MS = 10_000;
const MAX_TRIES = 5;

const serversOf = new WeakMap<pg.Pool, Servers>();

/** A pool of connections whose unqualified table names mean the service's own schema. */
export function openPool(options: DatabaseOptions, settings: pg.PoolConfig = {}): pg.Pool {
  const { url, schema, name, log, poolSize = 10 } = options;
  const servers = new Servers(url);
  const pool = new pg.Pool({
    Client: servers.client(),
    verify: (client, done) => void expectPrimary(client).then(() => done(), done),
    max: poolSize,
    application_name: name,
    options: `-c search_path=${schema},public`,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    idleTimeoutMillis: POOL_IDLE_TIMEOUT_MS,
    stream: openSocket,
    ...settings,
  });
  // A connection can break between two queries, in the pool or in a transaction. Then there is no query to fail, and an
  // 'error' that nobody listens to would end the process. The pool drops it; a transaction's next query fails. Not `err`
  // itself is logged: the pool hangs the whole client on it.
  pool.on('connect', (client) =>
    client.on('error', ({ message }) => log.warn({ reason: message }, 'database connection lost')),
  );
  pool.on('error', () => undefined); // told just above
  serversOf.set(pool, servers);
  return pool;
}

/** Fails every query that waits on it, when the line is dead. */
function openSocket(): TurnSocket {
  const socket = new TurnSocket();
  return socket.setTimeout(SILENCE_TIMEOUT_MS, () =>
    socket.destroy(Object.assign(new Error('the database is silent'), { code: 'ETIMEDOUT' })),
  );
}

/** How `pg-pool` says that all connections stayed in use for too long; it has no code. No server is to blame. */
const POOL_IS_FULL = 'timeout exceeded when trying to connect';

/** A connection of the pool, or DatabaseAway: whatever keeps us out, nothing was asked yet. */
export async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  const servers = serversOf.get(pool);
  for (let tries = 1; ; tries += 1) {
    const asked = servers?.current ?? '';
    try {
      return await pool.connect();
    } catch (err) {
      const isFull = err instanceof Error && err.message === POOL_IS_FULL;
      if (!isFull) servers?.hasFailed(asked);
      if (isFull || tries >= (servers?.urls.length ?? 1)) throw new DatabaseAway(err);
    }
  }
}

/** What a new connection shows before it is used: that its server takes changes; the first one, also what is at risk there. */
function warnOfReplication(log: Logger): NonNullable<pg.PoolConfig['verify']> {
  let hasLooked = false;
  const look = async (client: pg.PoolClient) => {
    await expectPrimary(client);
    if (hasLooked) return;
    hasLooked = true;
    const risk = await findReplicationRisk(client);
    if (risk !== undefined) log.warn(risk);
  };
  return (client, done) => void look(client).then(() => done(), done);
}

/** For queries only: rows come as we name them (statement.ts). */
class SnakeCaseNames extends CamelCasePlugin {
  override async transformResult({ result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    return result;
  }
}

/** Such a pool behind Kysely. Rows come in camelCase. */
export function openDatabase<Tables>(options: DatabaseOptions): Database<Tables> {
  const pool = openPool(options, { pipeline: true, verify: warnOfReplication(options.log) });
  // One for each connection, since it knows what its connection has prepared.
  const prepared = new WeakMap<pg.PoolClient, PreparedClient>();
  const connectPrepared = async () => {
    const client = await connect(pool);
    const known = prepared.get(client) ?? new PreparedClient(client);
    prepared.set(client, known);
    return known;
  };
  const behindKysely = { connect: connectPrepared, end: () => pool.end(), options: pool.options };
  return askingAtOnce(
    new Kysely<Tables>({ dialect: new PostgresDialect({ pool: behindKysely }), plugins: [new SnakeCaseNames()] }),
  );
}

/**
 * Kysely waits for the answer to each statement of a transaction before it asks the next. Our connections are pipelined:
 * what is asked at once, as by `Promise.all`, is sent in one write.
 */
function askingAtOnce<Tables>(db: Database<Tables>): Database<Tables> {
  const executor = db.getExecutor();
  const { withConnectionProvider } = executor;
  executor.withConnectionProvider = (inLine) =>
    withConnectionProvider.call(executor, {
      provideConnection: async (ask) => ask(await inLine.provideConnection(async (connection) => connection)),
    });
  return db;
}

/** Runs `work` in one transaction, and again from its start when PostgreSQL broke a deadlock by ending this side. */
export async function transact<Tables, Result>(
  db: Database<Tables>,
  work: (tx: Tx<Tables>) => Promise<Result>,
): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      const result = await db.transaction().execute(async (tx) => {
        const done = await work(tx);
        failpoint('before_commit');
        return done;
      });
      failpoint('after_commit');
      return result;
    } catch (err) {
      if (tries === MAX_TRIES || !isTransactionConflict(err)) throw err;
    }
  }
}
