import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { allOrNone } from '../processes/all-or-none.ts';
import { startContainers } from './container-servers.ts';
import { type NativePostgres, startPostgres } from './native-postgres.ts';
import { type NativeRabbitmq, startRabbitmq } from './native-rabbitmq.ts';
import { installMissing } from './packages.ts';
import { type PostgresPair, startPostgresPair } from './postgres-pair.ts';
import type { Servers } from './running-servers.ts';

export type { Servers };

/** Servers of ours, which can be crashed. */
export type NativeServers = Servers & {
  /** The primary, where there is a standby. */
  postgres: Pick<NativePostgres, 'crash'>;
  rabbitmq: NativeRabbitmq;
  pair?: PostgresPair;
};

export type ServersOptions = {
  /** `auto`: containers where a Docker engine answers and has or gets the images, else native. */
  kind: 'native' | 'containers' | 'auto';
  /** Where native servers keep their data for the next start; without it, all of it goes when they stop. */
  dataDirectory?: string;
  /** The first choice for the management UI of a native server. */
  uiPort?: number;
  /** Of the broker; with more than one, the database has a standby. */
  nodes?: number;
  /** Whether a commit waits for the standby. */
  isSynchronous?: boolean;
  /** Opens RabbitMQ's own WebSocket server, too, for a benchmark to stand beside; native servers only. */
  webStomp?: boolean;
  onProgress: (line: string) => void;
  signal?: AbortSignal;
};

/** PostgreSQL with PostGIS, and RabbitMQ: private, and ready for use. */
export async function startServers(options: ServersOptions): Promise<Servers> {
  const { kind, onProgress, signal = new AbortController().signal } = options;
  if (kind === 'native') return startNativeServers(options);
  try {
    return await startContainers(onProgress, signal);
  } catch (err) {
    if (kind === 'containers' || signal.aborted) throw err;
    onProgress(`no containers here (${err instanceof Error ? err.message : err}): using private servers`);
    return startNativeServers(options);
  }
}

export async function startNativeServers(options: Omit<ServersOptions, 'kind'>): Promise<NativeServers> {
  const { onProgress: log, uiPort, webStomp = false, signal = new AbortController().signal } = options;
  await installMissing(['postgres', 'rabbitmq'], log);
  signal.throwIfAborted();
  const data = openDataDirectory(options.dataDirectory);
  const shared = { dataDirectory: data.path, durable: data.isKept, log };
  const isCluster = (options.nodes ?? 1) > 1;
  const { nodes, isSynchronous } = options;
  const pairOptions = { ...shared, ...(isSynchronous !== undefined && { isSynchronous }) };
  const brokerOptions = { ...shared, uiPorts: uiPort === undefined ? [] : [uiPort], webStomp };
  try {
    const [database, rabbitmq] = await allOrNone(signal, (signal) => [
      isCluster ? startPostgresPair({ ...pairOptions, signal }) : startPostgres({ ...shared, signal }),
      startRabbitmq({ ...brokerOptions, signal, ...(nodes !== undefined && { nodes }) }),
    ]);
    return {
      get databaseUrl() {
        return database.url;
      },
      amqpUrl: rabbitmq.url,
      managementUrl: rabbitmq.managementUrl,
      ...(rabbitmq.webStompUrl !== undefined && { webStompUrl: rabbitmq.webStompUrl }),
      postgres: 'primary' in database ? { crash: (...how) => database.primary().crash(...how) } : database,
      ...('primary' in database && { pair: database }),
      rabbitmq,
      async stop() {
        await Promise.all([rabbitmq.stop(), database.stop()]);
        data.discard();
      },
    };
  } catch (err) {
    data.discard();
    throw err;
  }
}

function openDataDirectory(kept: string | undefined): { path: string; isKept: boolean; discard: () => void } {
  if (kept !== undefined) {
    const path = resolve(kept);
    mkdirSync(path, { recursive: true });
    return { path, isKept: true, discard: () => undefined };
  }
  const path = mkdtempSync(join(tmpdir(), 'logi-servers-'));
  chmodSync(path, 0o711); // the servers' users pass through
  return { path, isKept: false, discard: () => rmSync(path, { recursive: true, force: true }) };
}
