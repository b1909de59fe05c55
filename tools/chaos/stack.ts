import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SERVICES, type ServiceName } from '@logi/contracts';
import { findPorts, LOOPBACK } from '../stack/processes/ports.ts';
import { provision } from '../stack/provision.ts';
import { type NativeServers, startNativeServers } from '../stack/servers/servers.ts';
import { TcpProxy } from '../testing/tcp-proxy.ts';
import { Instance } from './instance.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Two of each, so that one takes over when the other is killed. */
const COPIES = ['a', 'b'] as const;

/** Short times, so that every timeout happens often; room where a bad client would be cut off, for ours are many and well. */
const SETTINGS = {
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
  MAX_UPGRADES_PER_SECOND: '2000',
};

export type StackOptions = {
  directory: string;
  /** A gateway that starts reads so much of the stream, and in these runs one starts every few seconds. */
  resumeWindowMs: number;
  log: (line: string) => void;
};

export type ChaosStack = {
  servers: NativeServers;
  instances: Instance[];
  /** All services reach the broker and the database by way of these. */
  lines: { broker: TcpProxy; database: TcpProxy };
  /** The load balancers, which all people come by. */
  urls: Record<ServiceName, string>;
  secret: string;
  of: (service: ServiceName) => Instance[];
  stop: () => Promise<void>;
};

export async function startChaosStack({ directory, resumeWindowMs, log }: StackOptions): Promise<ChaosStack> {
  await using undo = new AsyncDisposableStack();
  const servers = await startNativeServers({ onProgress: log });
  undo.defer(servers.stop);
  const passwords = { booking: newSecret(), tracking: newSecret(), gateway: newSecret() };
  const direct = await provision({ ...servers, passwords, log });
  const lines = {
    broker: await TcpProxy.start(servers.amqpUrl),
    database: await TcpProxy.start(servers.databaseUrl),
  };
  const secret = newSecret();
  const instances: Instance[] = [];
  for (const service of SERVICES) {
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
      instances.push(new Instance({ service, name: `${service}-${copy}`, port, env, root: ROOT, directory }));
    }
  }
  const of = (service: ServiceName) => instances.filter((instance) => instance.service === service);
  undo.defer(async () => {
    await Promise.all(instances.map((instance) => instance.stop()));
  });
  log('starting two of each service');
  // One alone first: it leaves its compiled code for all later starts.
  for (const service of SERVICES) of(service)[0]?.start();
  await Promise.all(SERVICES.map((service) => of(service)[0]?.becomesReady()));
  await Promise.all(SERVICES.map((service) => of(service)[0]?.stopOrderly()));
  for (const instance of instances) instance.start();
  const areReady = await Promise.all(instances.map((instance) => instance.becomesReady()));
  if (areReady.includes(false)) throw new Error(`a service cannot start: see the logs in ${directory}`);

  const fronts = await Promise.all(
    SERVICES.map(async (service) => {
      const front = await TcpProxy.start(of(service).map(({ url }) => url));
      return [service, front] as const;
    }),
  );
  undo.defer(async () => {
    await Promise.all([...fronts.map(([, front]) => front), lines.broker, lines.database].map((each) => each.close()));
  });
  // Object.fromEntries forgets the key type.
  const urls = Object.fromEntries(
    fronts.map(([service, front]) => [service, front.url().replace(/\/$/, '')]),
  ) as Record<ServiceName, string>;
  const owned = undo.move();
  return { servers, instances, lines, urls, secret, of, stop: () => owned.disposeAsync() };
}

function newSecret(): string {
  return randomBytes(24).toString('hex');
}
