import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceName } from '@logi/contracts';
import { z } from 'zod';
import { buildConsole, watchConsole } from './console.ts';
import { allOrNone } from './processes/all-or-none.ts';
import { LOOPBACK } from './processes/ports.ts';
import { readPrivateFile, writePrivateFile } from './processes/private-file.ts';
import { StackError } from './processes/stack-error.ts';
import { provision, type ServicePasswords } from './provision.ts';
import { claimRun, dataDirectoryOf, type StackAddresses } from './run-file.ts';
import { startPostgres } from './servers/native-postgres.ts';
import { startRabbitmq } from './servers/native-rabbitmq.ts';
import { installMissing } from './servers/packages.ts';
import { startPostgresPair } from './servers/postgres-pair.ts';
import { type Development, requireFreePorts, startServices, stopLeftoverServices } from './service-processes.ts';
import { readStackSettings, type StackSettings } from './stack-settings.ts';

const UI_PORT = 15_672;

export type Stack = {
  addresses: StackAddresses;
  usesDevelopmentSecret: boolean;
  /** Services first, then the servers. */
  stop(): Promise<void>;
};

export type StackOptions = {
  /** The clone's top directory. */
  root: string;
  env: NodeJS.ProcessEnv;
  log: (line: string) => void;
  onServiceLine: (service: ServiceName, line: string) => void;
  /** Aborting it while the stack starts stops what was started so far. */
  signal: AbortSignal;
  /** Of the broker; with more than one, the database has a standby. */
  nodes?: number;
  /** What only who works on the services wants. */
  development?: Development;
};

/** The whole system from this clone, without Docker: private servers unless the environment names others, and the services. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { root, env, log, signal } = options;
  const settings = readStackSettings(env);
  mkdirSync(dataDirectoryOf(root), { recursive: true });
  await using undo = new AsyncDisposableStack();
  const ownAddresses = addressesOf(settings);
  const run = claimRun(root, ownAddresses);
  undo.defer(run.release);
  await stopLeftoverServices(root, log);
  await requireFreePorts(settings);

  const consoleBuilt = buildConsole(root, log);
  if (options.development?.watch) undo.defer(watchConsole(root, log));
  const servers = await startNeededServers(settings, options);
  undo.defer(servers.stop);
  const { databaseUrl, amqpUrl, managementUrl } = servers;
  const areOurs = !settings.DATABASE_URL && !settings.AMQP_URL;
  const passwords = areOurs ? openPasswords(root) : undefined;
  const brokerNodes = servers.brokerNodes ?? settings.BROKER_NODES;
  const { WORK_QUEUE_SHARDS: workQueueShards } = settings;
  const provided = { databaseUrl, amqpUrl, managementUrl, brokerNodes, workQueueShards, passwords, log };
  const urls = await provision(provided).catch((err) => {
    throw areOurs ? err : cannotUseGiven(settings, err);
  });
  signal.throwIfAborted();

  await consoleBuilt;
  const services = await startServices({ ...options, settings, urls });
  undo.defer(services.stop);
  const addresses = { ...ownAddresses, databaseUrl, amqpUrl, ...(managementUrl && { managementUrl }) };
  run.update(addresses);
  const owned = undo.move();
  return {
    addresses,
    usesDevelopmentSecret: settings.usesDevelopmentSecret,
    stop: () => owned.disposeAsync(),
  };
}

function addressesOf(settings: StackSettings): StackAddresses {
  const host = [LOOPBACK, '0.0.0.0', '::'].includes(settings.HOST) ? 'localhost' : settings.HOST;
  return {
    gatewayUrl: `ws://${host}:${settings.GATEWAY_PORT}/ws`,
    bookingUrl: `http://${host}:${settings.BOOKING_PORT}`,
    trackingUrl: `http://${host}:${settings.TRACKING_PORT}`,
    operationsUrl: `http://${host}:${settings.OPERATIONS_PORT}`,
    ...(settings.jwtSecret !== undefined && { jwtSecret: settings.jwtSecret }),
    ...(settings.jwtIssuer !== undefined && { jwtIssuer: settings.jwtIssuer }),
    ...(settings.jwtAudience !== undefined && { jwtAudience: settings.jwtAudience }),
  };
}

async function startNeededServers(settings: StackSettings, { root, log, signal, nodes = 1 }: StackOptions) {
  const { DATABASE_URL, AMQP_URL, RABBITMQ_MANAGEMENT_URL } = settings;
  await installMissing(
    [...(DATABASE_URL ? [] : ['postgres' as const]), ...(AMQP_URL ? [] : ['rabbitmq' as const])],
    log,
  );
  signal.throwIfAborted();
  const shared = { dataDirectory: dataDirectoryOf(root), durable: true, log };
  const [database, broker] = await allOrNone(signal, (signal) => [
    DATABASE_URL
      ? given({ url: DATABASE_URL })
      : nodes > 1
        ? startPostgresPair({ ...shared, signal })
        : startPostgres({ ...shared, signal }),
    AMQP_URL
      ? given({ url: AMQP_URL, managementUrl: RABBITMQ_MANAGEMENT_URL, nodes: undefined })
      : startRabbitmq({ ...shared, signal, nodes, uiPorts: [UI_PORT] }),
  ]);
  return {
    databaseUrl: database.url,
    amqpUrl: broker.url,
    managementUrl: broker.managementUrl,
    /** Of a broker of ours: also where an earlier start gave it more than this one asks for. */
    brokerNodes: broker.nodes?.length,
    async stop() {
      await Promise.all([broker.stop(), database.stop()]);
    },
  };
}

/** A server that somebody else runs: not ours to stop. */
async function given<Address>(address: Address): Promise<Address & { stop(): Promise<void> }> {
  return { ...address, stop: async () => undefined };
}

function cannotUseGiven(settings: StackSettings, err: unknown): StackError {
  const names = (['DATABASE_URL', 'AMQP_URL', 'RABBITMQ_MANAGEMENT_URL'] as const).filter((name) => settings[name]);
  // A host name that stands for several addresses fails with an AggregateError, which has a code and no message.
  const why = err instanceof Error ? err.message || ('code' in err ? err.code : err.name) : err;
  return new StackError(`What ${names.join(', ')} name cannot be used: ${why}`, { cause: err });
}

const passwordsSchema = z.object({
  booking: z.string(),
  tracking: z.string(),
  gateway: z.string(),
  operations: z.string(),
});

/** The services' own, for the servers that are ours: made once. */
function openPasswords(root: string): ServicePasswords {
  const file = join(dataDirectoryOf(root), 'service-passwords.json');
  const known = readPrivateFile(file, passwordsSchema);
  if (known) return known;
  const made = {
    booking: newPassword(),
    tracking: newPassword(),
    gateway: newPassword(),
    operations: newPassword(),
  };
  writePrivateFile(file, made);
  return made;
}

function newPassword(): string {
  return randomBytes(24).toString('hex');
}
