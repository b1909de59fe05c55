import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { StackError } from '../processes/stack-error.ts';
import type { NativeOptions } from './native-options.ts';
import { type NativePostgres, startPostgres } from './native-postgres.ts';

const POLL_MS = 50;
const STREAMING_DEADLINE_MS = 30_000;
/** Every commit waits until one standby has it on disk, too. */
const SYNCHRONOUS = 'ANY 1 (*)';

/** A primary and its standby, which takes over when it is told to. */
export type PostgresPair = {
  /** Of the database, naming both. */
  url: string;
  primary: () => NativePostgres;
  standby: () => NativePostgres;
  /** From now on each commit waits for the standby. */
  makeSynchronous(): Promise<void>;
  /** The standby hears no more of its primary, as if the line between them were slow. */
  fallBehind(): Promise<void>;
  /** Kills the primary; the standby takes its place at once. */
  failOver(): Promise<void>;
  /** A new standby in the place of the one that was promoted, at the address where the dead primary was. */
  replaceStandby(): Promise<void>;
  stop(): Promise<void>;
};

type PairOptions = NativeOptions & { isSynchronous?: boolean };

export async function startPostgresPair(options: PairOptions): Promise<PostgresPair> {
  const { isSynchronous = true } = options;
  let copies = 0;
  let vacantPort: number | undefined;
  let primary = await startPostgres(options);
  let standby: NativePostgres;
  const startStandby = async () => {
    copies += 1;
    const name = copies === 1 ? 'postgres-standby' : `postgres-standby-${copies}`;
    const started = await startPostgres({
      ...{ ...options, name, copyOf: primary.serverUrl },
      ...(vacantPort !== undefined && { port: vacantPort }),
    });
    if (isSynchronous) await makeSynchronous(primary.serverUrl);
    return started;
  };
  try {
    standby = await startStandby();
    const [role] = await ask(standby.serverUrl, 'select pg_is_in_recovery() as waits');
    if (role?.['waits'] !== true)
      throw new StackError(
        'the standby of PostgreSQL was promoted: which of the two is right, only you can know. Keep one of ' +
          `${options.dataDirectory}/postgres and postgres-standby`,
      );
  } catch (err) {
    await primary.stop();
    throw err;
  }
  return {
    get url() {
      return listOf(primary, standby);
    },
    primary: () => primary,
    standby: () => standby,
    makeSynchronous: () => makeSynchronous(primary.serverUrl),
    async fallBehind() {
      await ask(standby.serverUrl, `alter system set primary_conninfo = ''`, 'select pg_reload_conf()');
      while ((await ask(standby.serverUrl, 'select 1 from pg_stat_wal_receiver')).length > 0) await sleep(POLL_MS);
    },
    async failOver() {
      await primary.kill();
      vacantPort = Number(new URL(primary.url).port);
      await ask(standby.serverUrl, 'select pg_promote()');
      primary = standby;
    },
    async replaceStandby() {
      standby = await startStandby();
    },
    async stop() {
      await standby.stop();
      if (primary !== standby) await primary.stop();
    },
  };
}

function listOf(primary: NativePostgres, standby: NativePostgres): string {
  const [one, other] = [new URL(primary.url).host, new URL(standby.url).host];
  return one === other ? primary.url : primary.url.replace(one, `${one},${other}`);
}

async function makeSynchronous(url: string): Promise<void> {
  for (const deadline = Date.now() + STREAMING_DEADLINE_MS; ; await sleep(POLL_MS)) {
    const rows = await ask(url, `select 1 from pg_stat_replication where state::text = 'streaming'`);
    if (rows.length > 0) break;
    if (Date.now() > deadline) throw new StackError('the standby of PostgreSQL does not follow its primary');
  }
  await ask(url, `alter system set synchronous_standby_names = '${SYNCHRONOUS}'`, 'select pg_reload_conf()');
}

/** The rows of the last statement. */
async function ask(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) ({ rows } = await client.query(statement));
    return rows;
  } finally {
    await client.end();
  }
}
