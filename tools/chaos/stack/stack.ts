import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CORE_SERVICES, type CoreService } from '@logi/contracts';
import { findPorts, LOOPBACK } from '../../stack/processes/ports.ts';
import { provision } from '../../stack/provision.ts';
import { type NativeServers, startNativeServers } from '../../stack/servers/servers.ts';
import { FASTER_THAN_PEOPLE } from '../../testing/faster-than-people.ts';
import { TcpProxy } from '../../testing/tcp-proxy.ts';
import { Instance, ownAll } from './instance.ts';
import { Line } from './line.ts';
import type { ProcessEvent } from './process-record.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** Two of each, so that one takes over when the other is killed. */
const COPIES = ['a', 'b'] as const;

/** Short times, so that every timeout happens often; room where a bad client would be cut off, for ours are many and well. */
const SETTINGS = {
  ...FASTER_THAN_PEOPLE,
  LOG_LEVEL: 'info',
  DRAIN_MS: '500',
  OFFER_TIMEOUT_MS: '2000',
  SEARCH_TIMEOUT_MS: '20000',
  NOMINATION_TIMEOUT_MS: '2000',
  SEARCH_RETRY_MS: '500',
  DISPATCH_POLL_MS: '100',
  PUBLISH_INTERVAL_MS: '500',
  HEARTBEAT_MS: '5000',
  STREAM_PROBE_MS: '500',
  MAX_FRAMES_PER_SECOND: '1000',
  MAX_STREAMS_PER_DRIVER: '100',
  MAX_CONNECTIONS_PER_PRINCIPAL: '100',
  MAX_CANCELS_PER_HOUR: '100000',
};

export type StackOptions = {
  directory: string;
  /** Of the broker; with more than one, the database has a synchronous standby. */
  nodes: number;
  /** A gateway that starts reads so much of the stream, and in these runs one starts every few seconds. */
  resumeWindowMs: number;
  log: (line: string) => void;
  record: (event: ProcessEvent) => void;
};

export type ChaosStack = {
  servers: NativeServers;
  instances: Instance[];
  /** All services reach the broker and the database by way of these. */
  lines: { broker: Line; database: Line };
  /** The load balancers, which all people come by. */
  urls: Record<CoreService, string>;
  secret: string;
  of: (service: CoreService) => Instance[];
  stop: () => Promise<void>;
};

export async function startChaosStack(options: StackOptions): Promise<ChaosStack> {
  const { directory, nodes, resumeWindowMs, log, record } = options;
  await using undo = new AsyncDisposableStack();
  const servers = await startNativeServers({ nodes, onProgress: log });
  undo.defer(servers.stop);
  const passwords = { booking: newSecret(), tracking: newSecret(), gateway: newSecret(), operations: newSecret() };
  const direct = await provision({ ...servers, brokerNodes: nodes, passwords, log });
  const secret = newSecret();
  const instances: Instance[] = [];
  undo.defer(async () => {
    await Promise.all(instances.map((instance) => instance.stop()));
  });
  const lines = {
    broker: await Line.start(servers.amqpUrl),
    database: await Line.start(servers.databaseUrl),
  };
  undo.defer(() => closeAll(Object.values(lines)));
  for (const service of CORE_SERVICES) {
    for (const copy of COPIES) {
      const { port } = await findPorts({ port: [] });
      const { amqpUrl, databaseUrl } = { databaseUrl: undefined, ...direct[service] };
      const env = {
        ...SETTINGS,
        RESUME_WINDOW_MS: String(resumeWindowMs),
        PATH: process.env['PATH'] ?? '',
        HOST: LOOPBACK,
        JWT_SECRET: secret,
        NODE_COMPILE_CACHE: join(directory, 'compile-cache'),
        [`${service.toUpperCase()}_PORT`]: String(port),
        AMQP_URL: lines.broker.url(amqpUrl),
        ...(databaseUrl !== undefined && { DATABASE_URL: lines.database.url(databaseUrl) }),
      };
      const name = `${service}-${copy}`;
      instances.push(new Instance({ service, name, port, env, root: ROOT, directory, record }));
    }
  }
  const of = (service: CoreService) => instances.filter((instance) => instance.service === service);
  log('starting two of each service');
  await startAll(instances);

  const fronts = await Promise.all(
    CORE_SERVICES.map(async (service) => {
      const front = await TcpProxy.start(of(service).map(({ url }) => url));
      return [service, front] as const;
    }),
  );
  undo.defer(() => closeAll(fronts.map(([, front]) => front)));
  // Object.fromEntries forgets the key type.
  const urls = Object.fromEntries(
    fronts.map(([service, front]) => [service, front.url().replace(/\/$/, '')]),
  ) as Record<CoreService, string>;
  const owned = undo.move();
  return { servers, instances, lines, urls, secret, of, stop: () => owned.disposeAsync() };
}

async function startAll(instances: readonly Instance[]): Promise<void> {
  const by = 'the set-up';
  await using owned = await ownAll(instances, by);
  // One alone first: it leaves its compiled code for all later starts.
  const first = CORE_SERVICES.flatMap(
    (service) => owned.processes.find((process) => process.service === service) ?? [],
  );
  for (const process of first) process.start();
  await Promise.all(first.map((process) => process.becomesReady()));
  await Promise.all(first.map((process) => process.stopOrderly(by)));
  for (const process of owned.processes) process.start();
  const areReady = await Promise.all(owned.processes.map((process) => process.becomesReady()));
  if (areReady.includes(false)) throw new Error('a service cannot start: its log says why');
}

async function closeAll(proxies: readonly (TcpProxy | Line)[]): Promise<void> {
  await Promise.all(proxies.map((proxy) => proxy.close()));
}

function newSecret(): string {
  return randomBytes(24).toString('hex');
}
