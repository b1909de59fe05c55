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
import { type Crash, startSupervised } from '../processes/supervised-child.ts';
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

export type NativePostgres = { url: string; crash: Crash; stop(): Promise<void> };

export async function startPostgres(options: NativeOptions): Promise<NativePostgres> {
  const { log, signal } = options;
  const home = openServerHome({ ...options, name: 'postgres' });
  const dataPath = join(home.directory, 'data');
  const recordFile = join(home.directory, 'postgres.pid.json');
  if (await stopLeftover('PostgreSQL', recordFile, STOP_STEPS))
    log('stopped a PostgreSQL that an earlier run left behind');

  const bin = findBinaries(dataPath);
  const access = await openAccess(home, dataPath);
  if (!existsSync(dataPath))
    await initialise({ bin, home, dataPath, password: access.password, durable: options.durable });
  signal.throwIfAborted();

  const urlOf = (database: string) =>
    `postgres://${SUPERUSER}:${access.password}@${LOOPBACK}:${access.port}/${database}`;
  const settings = { ...SETTINGS, ...(options.durable ? {} : THROWAWAY_SETTINGS), port: access.port };
  const logFile = join(home.directory, 'postgres.log');
  log('starting PostgreSQL');
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
    await createLogiDatabase(urlOf('postgres'));
  } catch (err) {
    await server.stop();
    throw err;
  }
  return { url: urlOf(LOGI_DATABASE), crash: server.crash, stop: server.stop };
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
async function openAccess(home: ServerHome, dataPath: string): Promise<{ port: number; password: string }> {
  const file = join(home.directory, 'access.json');
  const known = readPrivateFile(file, accessSchema);
  if (!known && existsSync(dataPath)) {
    throw new StackError(`${file} with the password is gone: remove ${home.directory} to begin anew`);
  }
  const { port } = await findPorts({ port: known ? [known.port] : [] });
  const access = { port, password: known?.password ?? randomBytes(24).toString('hex') };
  writePrivateFile(file, access);
  return access;
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

async function accepts(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => undefined);
  return client.connect().then(
    () => client.end().then(() => true),
    () => false,
  );
}
