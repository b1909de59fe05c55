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
import type { ServicePasswords } from './provision.ts';
import { claimRun, dataDirectoryOf, type StackAddresses } from './run-file.ts';
import { startPostgres } from './servers/native-postgres.ts';
import { startRabbitmq } from './servers/native-rabbitmq.ts';
import { installMissing } from './servers/packages.ts';
import { startPostgresPair } from './servers/postgres-pair.ts';
import { bundleServices } from './service-bundles.ts';
import { requireFreePorts, stopLeftoverServices } from './service-places.ts';
import { type Development, runsSources } from './service-processes.ts';
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

  await installMissing(missingServers(settings), log);
  signal.throwIfAborted();
  const consoleBuilt = buildConsole(root, log);
  if (options.development?.watch) undo.defer(watchConsole(root, log));
  const bundled = runsSources(options.development) ? Promise.resolve() : bundleServices(log);
  // The broker takes longest by far: the database, the services and our own code are made ready beside it.
  const [database, broker, services] = await allOrNone(signal, (signal) => {
    const within = { ...options, settings, signal };
    const database = startDatabase(within);
    const broker = startBroker(within);
    return [database, broker, startServicesOn({ database, broker, consoleBuilt, bundled }, within)];
  });
  undo.defer(async () => {
    await Promise.all([broker.stop(), database.stop()]);
  });
  undo.defer(services.stop);
  const { url: databaseUrl } = database;
  const { url: amqpUrl, managementUrl } = broker;
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

type Within = StackOptions & { settings: StackSettings };
type Database = { url: string; stop(): Promise<void> };
type Broker = Database & { managementUrl: string | undefined; nodes: readonly unknown[] | undefined };

function missingServers({ DATABASE_URL, AMQP_URL }: StackSettings) {
  return [...(DATABASE_URL ? [] : ['postgres' as const]), ...(AMQP_URL ? [] : ['rabbitmq' as const])];
}

/** Resolves when everything in it is in place. */
async function startDatabase({ settings, root, log, signal, nodes = 1 }: Within): Promise<Database> {
  const { DATABASE_URL, WORK_QUEUE_SHARDS: workQueueShards } = settings;
  const options = { dataDirectory: dataDirectoryOf(root), durable: true, log, signal };
  const database = DATABASE_URL
    ? await given({ url: DATABASE_URL })
    : await (nodes > 1 ? startPostgresPair(options) : startPostgres(options));
  try {
    const { provisionDatabase } = await import('./provision.ts'); // much is loaded for it: not before the servers start
    const passwords = passwordsFor(settings, root);
    await provisionDatabase({ databaseUrl: database.url, workQueueShards, passwords, log });
    return database;
  } catch (err) {
    await database.stop();
    throw explain(settings, err);
  }
}

async function startBroker({ settings, root, log, signal, nodes = 1 }: Within): Promise<Broker> {
  const { AMQP_URL, RABBITMQ_MANAGEMENT_URL } = settings;
  if (AMQP_URL) return given({ url: AMQP_URL, managementUrl: RABBITMQ_MANAGEMENT_URL, nodes: undefined });
  return startRabbitmq({ dataDirectory: dataDirectoryOf(root), durable: true, log, signal, nodes, uiPorts: [UI_PORT] });
}

type Beginning = {
  database: Promise<Database>;
  broker: Promise<Broker>;
  consoleBuilt: Promise<void>;
  bundled: Promise<void>;
};

/** They load themselves meanwhile, and begin when everything in the broker is in place. */
async function startServicesOn({ database, broker, consoleBuilt, bundled }: Beginning, within: Within) {
  const [{ url: databaseUrl }] = await Promise.all([database, bundled]);
  const { startServices } = await import('./service-processes.ts');
  const provide = async () => {
    const [{ url: amqpUrl, managementUrl, nodes }] = await Promise.all([broker, consoleBuilt]);
    const { settings, root, log } = within;
    const { provisionBroker } = await import('./provision.ts');
    return provisionBroker({
      ...{ databaseUrl, amqpUrl, managementUrl, log, passwords: passwordsFor(settings, root) },
      // Also where an earlier start gave a broker of ours more than this one asks for.
      brokerNodes: nodes?.length ?? settings.BROKER_NODES,
      workQueueShards: settings.WORK_QUEUE_SHARDS,
    }).catch((err) => {
      throw explain(settings, err);
    });
  };
  return startServices({ ...within, urls: provide() });
}

/** A server that somebody else runs: not ours to stop. */
async function given<Address>(address: Address): Promise<Address & { stop(): Promise<void> }> {
  return { ...address, stop: async () => undefined };
}

/** Servers of ours are ours to explain. */
function explain(settings: StackSettings, err: unknown): unknown {
  if (areOurs(settings)) return err;
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

function areOurs({ DATABASE_URL, AMQP_URL }: StackSettings): boolean {
  return !DATABASE_URL && !AMQP_URL;
}

/** The services' own, for the servers that are ours: made once. */
function passwordsFor(settings: StackSettings, root: string): ServicePasswords | undefined {
  if (!areOurs(settings)) return undefined;
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
