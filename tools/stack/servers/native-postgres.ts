import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { z } from 'zod';
import { runCommand, type StopStep, stopLeftover } from '../processes/child-process.ts';
import { tailOf } from '../processes/log-tail.ts';
import { findPorts, LOOPBACK } from '../processes/ports.ts';
import { readPrivateFile, writePrivateFile } from '../processes/private-file.ts';
import { StackError } from '../processes/stack-error.ts';
import { type Supervised, startSupervised } from '../processes/supervised-child.ts';
import { createLogiDatabase, LOGI_DATABASE } from './logi-database.ts';
import type { NativeOptions } from './native-options.ts';
import { findPostgres, SERVER_ENV } from './packages.ts';
import { openServerHome, type ServerHome } from './server-home.ts';

const READY_DEADLINE_MS = 60_000;
const CONNECT_TIMEOUT_MS = 2_000;
const SUPERUSER = 'postgres';

// "Fast" shutdown: sessions are ended, a checkpoint is written; then "immediate", which recovers at the next start.
const STOP_STEPS: StopStep[] = [
  { signal: 'SIGINT', waitMs: 20_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
];
const THROWAWAY_STOP_STEPS = STOP_STEPS.slice(-1);

const SETTINGS = {
  listen_addresses: LOOPBACK,
  unix_socket_directories: '',
  max_connections: 200,
  shared_buffers: '256MB',
};
// Survives the death of any process, but not of the machine. Not `synchronous_commit=off`, which loses commits with a process.
const THROWAWAY_SETTINGS = { fsync: 'off', full_page_writes: 'off' };

const accessSchema = z.object({ port: z.number(), password: z.string() });

export type NativePostgres = Supervised & {
  url: string;
  /** The same server's, of the database that every one has. */
  serverUrl: string;
};

/** A copy streams from the server at this URL, and takes no changes until it is promoted. */
type PostgresOptions = NativeOptions & { name?: string; copyOf?: string; port?: number };

export async function startPostgres(options: PostgresOptions): Promise<NativePostgres> {
  const { log, signal, name = 'postgres', copyOf } = options;
  const home = openServerHome({ ...options, name, userName: 'postgres' });
  const dataPath = join(home.directory, 'data');
  const recordFile = join(home.directory, 'postgres.pid.json');
  if (await stopLeftover('PostgreSQL', recordFile, STOP_STEPS))
    log('stopped a PostgreSQL that an earlier run left behind');

  const bin = findBinaries(dataPath);
  const access = await openAccess(home, dataPath, options);
  if (!existsSync(dataPath)) {
    const wanted = { bin, home, dataPath, durable: options.durable };
    await (copyOf === undefined ? initialise({ ...wanted, password: access.password }) : copyServer(wanted, copyOf));
  }
  signal.throwIfAborted();

  const urlOf = (database: string) =>
    `postgres://${SUPERUSER}:${access.password}@${LOOPBACK}:${access.port}/${database}`;
  const settings = { ...SETTINGS, ...(options.durable ? {} : THROWAWAY_SETTINGS), port: access.port };
  const logFile = join(home.directory, 'postgres.log');
  log(copyOf === undefined ? 'starting PostgreSQL' : 'starting a standby of PostgreSQL');
  rmSync(logFile, { force: true });
  const server = await startSupervised({
    child: {
      name: 'PostgreSQL',
      command: join(bin, 'postgres'),
      args: ['-D', dataPath, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      env: SERVER_ENV,
      cwd: home.directory,
      user: home.user,
      output: logFile,
      recordFile,
      stopSteps: options.durable ? STOP_STEPS : THROWAWAY_STOP_STEPS,
    },
    isReady: () => accepts(urlOf('postgres')),
    readyDeadlineMs: READY_DEADLINE_MS,
    lastWords: () => tailOf(logFile),
    log,
    signal,
  });
  try {
    if (copyOf === undefined) {
      await forgetStandbys(urlOf('postgres'));
      await createLogiDatabase(urlOf('postgres'));
    }
  } catch (err) {
    await server.stop();
    throw err;
  }
  return { ...server, url: urlOf(LOGI_DATABASE), serverUrl: urlOf('postgres') };
}

/** Data can only be read by the major version that wrote it. */
function findBinaries(dataPath: string): string {
  if (!existsSync(dataPath)) {
    const newest = findPostgres();
    if (newest) return newest;
    throw new StackError('PostgreSQL with PostGIS cannot be found');
  }
  const version = readFileSync(join(dataPath, 'PG_VERSION'), 'utf8').trim();
  const same = findPostgres(version);
  if (same) return same;
  throw new StackError(
    `${dataPath} was made by PostgreSQL ${version}, which is not installed any more: install it, or remove that directory`,
  );
}

/** The same port and password as last time, where that port is free, so that URLs that somebody noted stay right. */
async function openAccess(
  home: ServerHome,
  dataPath: string,
  { copyOf, port: wanted }: Pick<PostgresOptions, 'copyOf' | 'port'>,
): Promise<{ port: number; password: string }> {
  const file = join(home.directory, 'access.json');
  const known = readPrivateFile(file, accessSchema);
  if (!known && existsSync(dataPath)) {
    throw new StackError(`${file} with the password is gone: remove ${home.directory} to begin anew`);
  }
  const { port } = await findPorts({ port: [wanted, known?.port].filter((each) => each !== undefined) });
  const access = { port, password: passwordOf(copyOf) ?? known?.password ?? randomBytes(24).toString('hex') };
  writePrivateFile(file, access);
  return access;
}

function passwordOf(url: string | undefined): string | undefined {
  return url === undefined ? undefined : decodeURIComponent(new URL(url).password);
}

/** Renamed when complete, as below. */
async function copyServer(
  { bin, home, dataPath, durable }: { bin: string; home: ServerHome; dataPath: string; durable: boolean },
  url: string,
): Promise<void> {
  const newPath = `${dataPath}.new`;
  rmSync(newPath, { recursive: true, force: true });
  const args = ['--pgdata', newPath, '--write-recovery-conf', '--wal-method=stream', '--checkpoint=fast'];
  args.push('--dbname', url, ...(durable ? [] : ['--no-sync']));
  await runCommand(join(bin, 'pg_basebackup'), args, { env: SERVER_ENV, cwd: home.directory, user: home.user });
  renameSync(newPath, dataPath);
}

async function initialise(options: {
  bin: string;
  home: ServerHome;
  dataPath: string;
  password: string;
  durable: boolean;
}): Promise<void> {
  const { bin, home, dataPath, password, durable } = options;
  // Renamed when complete, so that a run which was killed in between leaves nothing half-made.
  const newPath = `${dataPath}.new`;
  const passwordFile = join(home.directory, 'initial-password');
  rmSync(newPath, { recursive: true, force: true });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (home.user) chownSync(passwordFile, home.user.uid, home.user.gid);
  const args = ['-D', newPath, '-U', SUPERUSER, `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8'];
  args.push('--locale=C.UTF-8', '--no-instructions', ...(durable ? [] : ['--no-sync']));
  try {
    await runCommand(join(bin, 'initdb'), args, { env: SERVER_ENV, cwd: home.directory, user: home.user });
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(newPath, dataPath);
}

/** Those of an earlier run would have every commit wait for a standby that is not there, or not yet. */
async function forgetStandbys(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('alter system reset synchronous_standby_names');
    await client.query('select pg_reload_conf()');
  } finally {
    await client.end();
  }
}

async function accepts(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => undefined);
  return client.connect().then(
    () => client.end().then(() => true),
    () => false,
  );
}
