import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type StopStep, stopLeftover } from '../processes/child-process.ts';
import { tailOf } from '../processes/log-tail.ts';
import { StackError } from '../processes/stack-error.ts';
import { startSupervised } from '../processes/supervised-child.ts';
import type { NativeOptions } from './native-options.ts';
import { findRabbitmq, SERVER_ENV } from './packages.ts';
import { readCookie } from './rabbitmq-environment.ts';
import {
  acceptsTcp,
  hasNode,
  type NodePlace,
  nodeName,
  openNode,
  type RabbitmqNode,
  startNode,
} from './rabbitmq-node.ts';

const READY_DEADLINE_MS = 10_000;
const EPMD_STOP_STEPS: StopStep[] = [{ signal: 'SIGTERM', waitMs: 2_000 }];

/** The first node, with what is said of all of them. */
export type NativeRabbitmq = Pick<RabbitmqNode, 'managementUrl' | 'webStompUrl' | 'crash' | 'control'> & {
  /** Names every node. */
  url: string;
  nodes: readonly RabbitmqNode[];
  stop(): Promise<void>;
};

type RabbitmqOptions = NativeOptions & { uiPorts: number[]; webStomp?: boolean; nodes?: number };

/** One node, or a cluster of several, which share an epmd of their own. */
export async function startRabbitmq(options: RabbitmqOptions): Promise<NativeRabbitmq> {
  const { log, signal, dataDirectory, webStomp = false } = options;
  const program = findRabbitmq();
  if (!program) throw new StackError('RabbitMQ cannot be found');
  const wanted = options.nodes ?? 1;
  let count = wanted;
  while (hasNode(dataDirectory, count)) count += 1;
  if (count > wanted) log(`the broker has ${count} nodes, of which most must run: starting them all`);
  const ofNode = (index: number) => ({ ...options, program, webStomp, uiPorts: index === 0 ? options.uiPorts : [] });
  const places: NodePlace[] = [];
  for (let index = 0; index < count; index += 1) places.push(await openNode(ofNode(index), index));
  const [first] = places;
  if (!first) throw new StackError('a broker has one node at least');
  // Whoever began anew alone would not be let in by the others, who know it as it was.
  if (!first.access.isComplete)
    for (const { home } of places) rmSync(join(home.directory, 'mnesia'), { recursive: true, force: true });

  const epmdPort = first.access.ports.epmd;
  const epmd = await startEpmd(first, options);
  const nodes: RabbitmqNode[] = [];
  const cluster = {
    nodes: places.map(({ index }) => nodeName(index)),
    password: first.access.password,
    cookie: readCookie(first.home),
    epmdPort,
  };
  const start = async (place: NodePlace) => {
    nodes[place.index] = await startNode(place, cluster, ofNode(place.index));
  };
  const stop = async () => {
    await Promise.all(nodes.map((node) => node?.stop()));
    await epmd.stop();
  };
  log(count === 1 ? 'starting RabbitMQ' : `starting ${count} nodes of RabbitMQ`);
  try {
    // Those that are new join one that runs; those that know each other wait for each other.
    const isNew = places.some(({ access }) => !access.isComplete);
    if (isNew) await start(first);
    const results = await Promise.allSettled((isNew ? places.slice(1) : places).map(start));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    signal.throwIfAborted();
  } catch (err) {
    await stop();
    throw err;
  }
  return { ...theFirst(nodes), nodes, stop };
}

function theFirst(nodes: readonly RabbitmqNode[]) {
  const [first] = nodes;
  if (!first) throw new Error('no node was started');
  const { managementUrl, webStompUrl, crash, control } = first;
  const hosts = nodes.map(({ url }) => new URL(url).host);
  const url = first.url.replace(hosts[0] ?? '', hosts.join(','));
  return { url, managementUrl, ...(webStompUrl !== undefined && { webStompUrl }), crash, control };
}

/** Erlang would start this daemon by itself and leave it behind. */
async function startEpmd({ home, access }: NodePlace, { log, signal }: NativeOptions) {
  const record = join(home.directory, 'epmd.pid.json');
  await stopLeftover('epmd', record, EPMD_STOP_STEPS);
  const output = join(home.directory, 'epmd.out');
  rmSync(output, { force: true });
  return startSupervised({
    child: {
      name: 'epmd',
      command: 'epmd',
      args: [],
      env: { ...SERVER_ENV, ERL_EPMD_ADDRESS: '127.0.0.1', ERL_EPMD_PORT: String(access.ports.epmd) },
      cwd: home.directory,
      user: home.user,
      output,
      recordFile: record,
      stopSteps: EPMD_STOP_STEPS,
    },
    isReady: () => acceptsTcp(access.ports.epmd),
    readyDeadlineMs: READY_DEADLINE_MS,
    lastWords: () => tailOf(output),
    log,
    signal,
  });
}
