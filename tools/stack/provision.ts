import { fileURLToPath } from 'node:url';
import { SERVICES, type ServiceName, SHARDS, serversIn, withEach } from '@logi/contracts';
import { declareShards, expectShards } from '@logi/events';
import {
  declareKeptLimits,
  declareTopology,
  declareUser,
  expectReplicas,
  listReplicas,
  replicatedQueues,
  waitForNodes,
} from '@logi/messaging';
import { migrate, setRolePassword } from '@logi/persistence';

export type ServicePasswords = Record<ServiceName, string>;

export type ServiceUrls = {
  booking: { databaseUrl: string; amqpUrl: string };
  tracking: { databaseUrl: string; amqpUrl: string };
  gateway: { amqpUrl: string };
  operations: { databaseUrl: string; amqpUrl: string };
};

export type ProvisionOptions = {
  /** Of a role that may create schemas, extensions and roles. */
  databaseUrl: string;
  /** Of a user who may declare everything in its virtual host. */
  amqpUrl: string;
  /** Broker users are made only with it, since only the management API can. */
  managementUrl?: string | undefined;
  /** On so many nodes of the broker each queue is to have a replica; more than one takes the management API. */
  brokerNodes?: number;
  /** Of each sharded queue. */
  workQueueShards?: number;
  /** Without them, the services use the two URLs above as they are. */
  passwords: ServicePasswords | undefined;
  log: (line: string) => void;
};

const WITH_DATABASE = ['booking', 'tracking', 'operations'] as const;
type DatabaseService = (typeof WITH_DATABASE)[number];
const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url));

/**
 * Puts everything in place that the services use and may not make themselves: schemas, roles, exchanges, queues and
 * broker users. Safe to run again at any time, and the only code with these rights.
 */
export async function provision(options: ProvisionOptions): Promise<ServiceUrls> {
  // First the database: with its last migrations, relays of an older version rest, so that nothing comes into the broker
  // by the old way while the new one is laid.
  await provisionDatabase(options);
  return provisionBroker(options);
}

/** The half that needs no broker. */
export async function provisionDatabase(
  options: Pick<ProvisionOptions, 'databaseUrl' | 'workQueueShards' | 'passwords' | 'log'>,
): Promise<void> {
  const { databaseUrl, workQueueShards = SHARDS.default, passwords, log } = options;
  const ran = await migrate({ url: databaseUrl, directory: MIGRATIONS });
  log(ran.length === 0 ? 'the database is up to date' : `ran ${ran.join(', ')}`);
  await expectShards(databaseUrl, workQueueShards);
  if (!passwords) return;
  const setPassword = (service: DatabaseService) =>
    setRolePassword({ url: databaseUrl, role: roleOf(service), password: passwords[service] });
  await Promise.all(WITH_DATABASE.map(setPassword));
}

/** The half after it. */
export async function provisionBroker(options: ProvisionOptions): Promise<ServiceUrls> {
  const { databaseUrl, amqpUrl, managementUrl, passwords, log } = options;
  const { workQueueShards: shards = SHARDS.default } = options;
  const hasUsers = passwords !== undefined && managementUrl !== undefined;
  const declareUsers = async () => {
    if (!hasUsers) return;
    const at = { managementUrl, vhost: virtualHost(amqpUrl) };
    const declare = (service: ServiceName) =>
      declareUser({ ...at, service, user: service, password: passwords[service] });
    await Promise.all(SERVICES.map(declare));
  };
  // Rights are told by names, also of what is not there yet.
  const [unsharded] = await Promise.all([declareBroker({ ...options, shards }), declareUsers()]);
  if (hasUsers) log('each service has a broker user and a database role of its own');
  await declareShards(databaseUrl, { shards, unsharded });
  if (managementUrl === undefined) log('queues of dead letters have no limit: that takes RABBITMQ_MANAGEMENT_URL');
  else await declareKeptLimits({ managementUrl, vhost: virtualHost(amqpUrl) });
  const broker = (service: ServiceName) => ({
    amqpUrl: hasUsers ? withUser(amqpUrl, service, passwords[service]) : amqpUrl,
  });
  const both = (service: DatabaseService) => ({
    ...broker(service),
    databaseUrl: passwords ? withUser(databaseUrl, roleOf(service), passwords[service]) : databaseUrl,
  });
  return {
    booking: both('booking'),
    tracking: both('tracking'),
    gateway: broker('gateway'),
    operations: both('operations'),
  };
}

function roleOf(service: DatabaseService): string {
  return `logi_${service}`;
}

type BrokerOptions = ProvisionOptions & { shards: number };

/** Resolves with the queues that an older version has left. */
async function declareBroker(options: BrokerOptions): Promise<string[]> {
  const { amqpUrl, managementUrl, brokerNodes: nodes = 1, shards, log } = options;
  if (managementUrl === undefined) {
    if (nodes > 1)
      throw new Error('BROKER_NODES takes RABBITMQ_MANAGEMENT_URL: only its API tells of nodes and replicas');
    const unsharded = await declareTopology(amqpUrl, { shards });
    log('exchanges and queues are declared');
    return unsharded;
  }
  const broker = { managementUrl, vhost: virtualHost(amqpUrl) };
  if (nodes > 1) await waitForNodes(broker, nodes);
  const queues = await listReplicas(broker);
  const placement = { nodes, known: new Map(queues.map((queue) => [queue.name, queue.arguments])) };
  const unsharded = await declareTopology(amqpUrl, { placement, shards });
  if (nodes > 1) await expectReplicas(broker, { queues: replicatedQueues(shards), count: nodes });
  log(nodes > 1 ? `exchanges and queues are declared, on ${nodes} nodes` : 'exchanges and queues are declared');
  return unsharded;
}

export function virtualHost(amqpUrl: string): string {
  return decodeURIComponent(new URL(serversIn(amqpUrl)[0] ?? amqpUrl).pathname.slice(1)) || '/';
}

function withUser(url: string, user: string, password: string): string {
  return withEach(url, (target) => {
    target.username = encodeURIComponent(user);
    target.password = encodeURIComponent(password);
  });
}
