import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { type ChildOptions, runCommand, type StopStep, stopLeftover } from '../processes/child-process.ts';
import { tailOf } from '../processes/log-tail.ts';
import { findPorts, LOOPBACK } from '../processes/ports.ts';
import { readPrivateFile, writePrivateFile } from '../processes/private-file.ts';
import { type Supervised, startSupervised } from '../processes/supervised-child.ts';
import type { NativeOptions } from './native-options.ts';
import { findRabbitmq } from './packages.ts';
import { environment, writeCookie } from './rabbitmq-environment.ts';
import { writeSettings } from './rabbitmq-settings.ts';
import { openServerHome, type ServerHome } from './server-home.ts';

const READY_DEADLINE_MS = 90_000;
const PROBE_TIMEOUT_MS = 2_000;
const ADMINISTRATOR = 'logi';

// Erlang answers SIGTERM with an orderly stop of the node, which takes about 6 s. Throwaway data needs none.
const STOP_STEPS: StopStep[] = [{ signal: 'SIGTERM', waitMs: 30_000 }];

const portsSchema = z.object({
  amqp: z.number(),
  management: z.number(),
  distribution: z.number(),
  epmd: z.number(),
  webStomp: z.number().optional(),
});
const accessSchema = z.object({
  /** Quorum queues and streams remember where they are by absolute path: elsewhere, they would still write there. */
  directory: z.string(),
  ports: portsSchema,
  password: z.string(),
  /** Whether its first start was completed: one that was cut off may lack users or permissions. */
  isComplete: z.boolean(),
});
type Access = z.infer<typeof accessSchema>;

export type RabbitmqNode = Supervised & {
  /** `logi@localhost`: private all the same, since it is known to our own epmd only. */
  name: string;
  url: string;
  managementUrl: string;
  webStompUrl?: string;
  /** Where it speaks to the other nodes. */
  distributionPort: number;
  /** From where it calls them. */
  distributionAddress: string;
  /** Runs `rabbitmqctl`, or another tool that stands beside it, on this node. */
  control(...args: string[]): Promise<string>;
  controlBy(tool: string, ...args: string[]): Promise<string>;
};

export type NodeOptions = NativeOptions & { program: string; uiPorts: number[]; webStomp: boolean };

/** What a node is, before it runs. */
export type NodePlace = { index: number; home: ServerHome; access: Access };

/** Finds the place of the node, or makes it; ends what an earlier run left there. */
export async function openNode(options: NodeOptions, index: number): Promise<NodePlace> {
  const home = openServerHome({ ...options, name: homeName(index), userName: 'rabbitmq' });
  if (await stopLeftover('RabbitMQ', recordOf(home), STOP_STEPS))
    options.log('stopped a RabbitMQ that an earlier run left behind');
  return { index, home, access: await openAccess(home.directory, options) };
}

export function hasNode(dataDirectory: string, index: number): boolean {
  return existsSync(join(dataDirectory, homeName(index), 'mnesia'));
}

export function nodeName(index: number): string {
  return index === 0 ? 'logi@localhost' : `logi-${index + 1}@localhost`;
}

/** One's own only where there are several, and where every address of the loopback network is there to be used. */
function addressOf(index: number, count: number): string | undefined {
  return count > 1 && process.platform === 'linux' ? `127.0.0.${index + 2}` : undefined;
}

function homeName(index: number): string {
  return index === 0 ? 'rabbitmq' : `rabbitmq-${index + 1}`;
}

function recordOf(home: ServerHome): string {
  return join(home.directory, 'broker.pid.json');
}

type Cluster = { nodes: readonly string[]; password: string; cookie: string; epmdPort: number };

/** Its epmd must run. */
export async function startNode(place: NodePlace, cluster: Cluster, options: NodeOptions): Promise<RabbitmqNode> {
  const { index, home, access } = place;
  const { ports } = access;
  const { password, nodes, epmdPort } = cluster;
  const inHome = (name: string) => join(home.directory, name);
  const name = nodeName(index);
  const webStompPort = options.webStomp ? ports.webStomp : undefined;
  writeSettings(home, { ports, user: ADMINISTRATOR, password, webStompPort, nodes });
  writeCookie(home, cluster.cookie);
  const managementUrl = `http://${ADMINISTRATOR}:${password}@${LOOPBACK}:${ports.management}`;
  const address = addressOf(index, nodes.length);
  const shared = { env: environment(home, { name, ports, epmdPort, address }), cwd: home.directory, user: home.user };
  rmSync(inHome('broker.out'), { force: true });
  const broker = await startSupervised({
    child: {
      ...shared,
      name: nodes.length === 1 ? 'RabbitMQ' : `RabbitMQ ${name}`,
      command: options.program,
      args: ['-noinput', '+B', 'i'],
      output: inHome('broker.out'),
      recordFile: recordOf(home),
      stopSteps: options.durable ? STOP_STEPS : [],
    } satisfies ChildOptions,
    isReady: async () => (await answersOverview(managementUrl)) && acceptsTcp(ports.amqp),
    readyDeadlineMs: READY_DEADLINE_MS,
    lastWords: () => `${tailOf(inHome('broker.out'))}\n${tailOf(inHome('log/rabbitmq.log'))}`,
    log: options.log,
    signal: options.signal,
  });
  writePrivateFile(inHome('access.json'), { ...access, password, isComplete: true } satisfies Access);
  const controlBy = (tool: string, ...args: string[]) => runCommand(join(dirname(options.program), tool), args, shared);
  return {
    ...broker,
    name,
    url: `amqp://${ADMINISTRATOR}:${password}@${LOOPBACK}:${ports.amqp}/`,
    managementUrl,
    ...(webStompPort !== undefined && { webStompUrl: `ws://${LOOPBACK}:${webStompPort}/ws` }),
    distributionPort: ports.distribution,
    distributionAddress: address ?? LOOPBACK,
    control: (...args) => controlBy('rabbitmqctl', ...args),
    controlBy,
  };
}

/** Runs a tool of RabbitMQ on the first node of a broker that keeps its data there; undefined where there is none. */
export function controlOf(dataDirectory: string): RabbitmqNode['controlBy'] | undefined {
  const program = findRabbitmq();
  const home = openServerHome({ dataDirectory, name: homeName(0), userName: 'rabbitmq', log: () => undefined });
  const access = readPrivateFile(join(home.directory, 'access.json'), accessSchema);
  if (!program || !access) return undefined;
  const { ports } = access;
  const env = environment(home, { name: nodeName(0), ports, epmdPort: ports.epmd });
  const shared = { env, cwd: home.directory, user: home.user };
  return (tool, ...args) => runCommand(join(dirname(program), tool), args, shared);
}

/** The same ports, where they are free, and the same password as last time. Puts data aside that cannot be used. */
async function openAccess(directory: string, { uiPorts, log }: Pick<NodeOptions, 'uiPorts' | 'log'>): Promise<Access> {
  const file = join(directory, 'access.json');
  const data = join(directory, 'mnesia');
  const known = readPrivateFile(file, accessSchema);
  const wasMoved = known !== undefined && known.directory !== directory;
  if (wasMoved && existsSync(data)) {
    const aside = `${data}.moved`;
    log(
      `RabbitMQ's data was copied or moved here from ${known.directory}, which it cannot bear: it begins anew (old data: ${aside})`,
    );
    rmSync(aside, { recursive: true, force: true });
    renameSync(data, aside);
  }
  const isComplete = known?.isComplete === true && !wasMoved;
  if (!isComplete) rmSync(data, { recursive: true, force: true });
  const candidates = (port: number | undefined) => (port === undefined ? [] : [port]);
  const ports = await findPorts({
    amqp: candidates(known?.ports.amqp),
    management: [...candidates(known?.ports.management), ...uiPorts],
    distribution: candidates(known?.ports.distribution),
    epmd: candidates(known?.ports.epmd),
    webStomp: candidates(known?.ports.webStomp),
  });
  const access: Access = { directory, ports, password: known?.password ?? randomBytes(24).toString('hex'), isComplete };
  writePrivateFile(file, access);
  return access;
}

async function answersOverview(managementUrl: string): Promise<boolean> {
  const { origin, username, password } = new URL(managementUrl);
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  return fetch(`${origin}/api/overview`, {
    headers: { authorization, connection: 'close' },
    signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
  }).then(
    async (response) => {
      await response.body?.cancel();
      return response.ok;
    },
    () => false,
  );
}

export async function acceptsTcp(port: number): Promise<boolean> {
  const socket = connect({ port, host: LOOPBACK, timeout: PROBE_TIMEOUT_MS });
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('timeout', () => resolve(false));
    socket.once('error', () => resolve(false));
  }).finally(() => socket.destroy());
}
