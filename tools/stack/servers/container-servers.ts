import { randomBytes } from 'node:crypto';
import { allOrNone } from '../processes/all-or-none.ts';
import { findPorts } from '../processes/ports.ts';
import { createLogiDatabase, LOGI_DATABASE } from './logi-database.ts';
import { enabledPlugins } from './rabbitmq-settings.ts';
import type { Servers } from './running-servers.ts';

const POSTGIS_IMAGE = 'postgis/postgis:17-3.5';
const RABBITMQ_IMAGE = 'rabbitmq:4-management';
const STARTUP_TIMEOUT_MS = 120_000;
const POSTGRES_PORT = 5432;
const AMQP_PORT = 5672;
const MANAGEMENT_PORT = 15_672;
const ADMINISTRATOR = 'logi';

/** Throwaway servers for tests. Fails where there is no Docker engine, or no image to be had. */
export async function startContainers(log: (line: string) => void, signal: AbortSignal): Promise<Servers> {
  // A development dependency: production images do not have it.
  const { GenericContainer, getContainerRuntimeClient, getReaper, ImageName, Wait } = await import('testcontainers');
  const client = await getContainerRuntimeClient();
  for (const image of [POSTGIS_IMAGE, RABBITMQ_IMAGE]) await client.image.pull(ImageName.fromString(image));
  // The reaper removes containers that a killed test run left behind. Where its image is not to be had, we go without.
  await getReaper(client).catch(() => {
    process.env['TESTCONTAINERS_RYUK_DISABLED'] = 'true';
  });

  log(`starting containers of ${POSTGIS_IMAGE} and ${RABBITMQ_IMAGE}`);
  const password = randomBytes(24).toString('hex');
  const ports = await findPorts({ postgres: [], amqp: [], management: [] });
  const postgres = new GenericContainer(POSTGIS_IMAGE)
    .withEnvironment({ POSTGRES_PASSWORD: password })
    .withCommand(['postgres', '-c', 'fsync=off', '-c', 'full_page_writes=off', '-c', 'max_connections=200'])
    .withExposedPorts({ container: POSTGRES_PORT, host: ports.postgres })
    // The image starts the server twice: first to make the database.
    .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/, 2))
    .withStartupTimeout(STARTUP_TIMEOUT_MS);
  const rabbitmq = new GenericContainer(RABBITMQ_IMAGE)
    .withEnvironment({ RABBITMQ_DEFAULT_USER: ADMINISTRATOR, RABBITMQ_DEFAULT_PASS: password })
    .withCopyContentToContainer([{ content: enabledPlugins(), target: '/etc/rabbitmq/enabled_plugins' }])
    .withExposedPorts(
      { container: AMQP_PORT, host: ports.amqp },
      { container: MANAGEMENT_PORT, host: ports.management },
    )
    .withWaitStrategy(Wait.forLogMessage(/Server startup complete/))
    .withStartupTimeout(STARTUP_TIMEOUT_MS);
  const [database, broker] = await allOrNone(signal, () => [startContainer(postgres), startContainer(rabbitmq)]);
  signal.throwIfAborted();
  const stop = async () => {
    await Promise.all([database.stop(), broker.stop()]);
  };
  const access = (user: string, host: string, port: number) => `${user}:${password}@${host}:${port}`;
  const databaseUrl = (name: string) => `postgres://${access('postgres', database.host, ports.postgres)}/${name}`;
  try {
    // Not by POSTGRES_DB: into that one the image puts PostGIS and more, and native servers' databases begin empty.
    await createLogiDatabase(databaseUrl('postgres'));
  } catch (err) {
    await stop();
    throw err;
  }
  return {
    databaseUrl: databaseUrl(LOGI_DATABASE),
    amqpUrl: `amqp://${access(ADMINISTRATOR, broker.host, ports.amqp)}/`,
    managementUrl: `http://${access(ADMINISTRATOR, broker.host, ports.management)}`,
    stop,
  };
}

async function startContainer(
  container: import('testcontainers').GenericContainer,
): Promise<{ host: string; stop(): Promise<void> }> {
  const started = await container.start();
  return {
    host: started.getHost(),
    async stop() {
      await started.stop();
    },
  };
}
