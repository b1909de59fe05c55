import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { askManagement, type ManagementOptions, readManagement } from './management.ts';

/*
 * On how many nodes queues live. The broker gives a queue its replicas when it is declared, on the nodes that are there at
 * that moment, and never any more by itself: what was declared before the cluster had formed lives on one node for ever,
 * and dies with it. So whoever declares waits for the nodes, asks for as many replicas, and looks afterwards.
 */

export type BrokerOptions = ManagementOptions & { vhost: string };

const nodesSchema = z.array(z.object({ name: z.string(), running: z.boolean() }));
const queuesSchema = z.array(
  z.object({
    name: z.string(),
    type: z.string(),
    arguments: z.record(z.string(), z.unknown()).default({}),
    members: z.array(z.string()).optional(),
    online: z.array(z.string()).optional(),
    leader: z.string().optional(),
    /** Of a stream, where its leader is. */
    node: z.string().optional(),
  }),
);

export type BrokerNode = z.infer<typeof nodesSchema>[number];
/** `online` are those of the members that answer. */
export type ReplicatedQueue = {
  name: string;
  type: 'quorum' | 'stream';
  arguments: Record<string, unknown>;
  leader: string | undefined;
  members: readonly string[];
  online: readonly string[];
};

const NODES_DEADLINE_MS = 60_000;
/** The broker counts the replicas of what is new every five seconds. */
const REPLICAS_DEADLINE_MS = 30_000;
const POLL_MS = 500;

export async function listNodes(options: ManagementOptions): Promise<BrokerNode[]> {
  const nodes = nodesSchema.parse(await readManagement(options, ['nodes']));
  return nodes.sort((a, b) => a.name.localeCompare(b.name));
}

/** Classic queues, which have no replicas, are left out. */
export async function listReplicas(options: BrokerOptions): Promise<ReplicatedQueue[]> {
  const queues = queuesSchema.parse(await readManagement(options, ['queues', options.vhost]));
  return queues.flatMap(({ type, leader, node, members = [], online = [], ...queue }) =>
    type === 'quorum' || type === 'stream' ? [{ ...queue, type, members, online, leader: leader ?? node }] : [],
  );
}

/** Resolves when so many nodes run. */
export async function waitForNodes(options: ManagementOptions, count: number): Promise<void> {
  for (const deadline = Date.now() + NODES_DEADLINE_MS; ; await sleep(POLL_MS)) {
    const running = await listNodes(options).then(
      (nodes) => nodes.filter((node) => node.running),
      () => [], // a node that joins a cluster begins anew, and does not answer meanwhile
    );
    if (running.length >= count) return;
    if (Date.now() < deadline) continue;
    const names = running.map(({ name }) => name).join(', ') || 'none';
    throw new Error(`the broker has ${running.length} of ${count} nodes that BROKER_NODES asks for: ${names}`);
  }
}

/** Rejects, naming them, while some of these queues have fewer replicas than so many. */
export async function expectReplicas(
  options: BrokerOptions,
  { queues, count }: { queues: readonly string[]; count: number },
): Promise<void> {
  for (const deadline = Date.now() + REPLICAS_DEADLINE_MS; ; await sleep(POLL_MS)) {
    const lacking = lackingReplicas(await listReplicas(options), { queues, count });
    if (lacking.length === 0) return;
    if (Date.now() < deadline) continue;
    const names = lacking.map(({ name, members }) => `${name} (${members.length})`).join(', ');
    throw new Error(
      `queues with fewer than the ${count} replicas that BROKER_NODES asks for: ${names}. ` +
        'They would be away, or gone, with a node; `npm run logi -- broker --grow` adds replicas',
    );
  }
}

export function lackingReplicas(
  all: readonly ReplicatedQueue[],
  { queues, count }: { queues: readonly string[]; count: number },
): ReplicatedQueue[] {
  return all.filter(({ name, members }) => queues.includes(name) && members.length < count);
}

/**
 * Adds a replica of a quorum queue; false where the broker cannot be asked for it by its API: before 3.13, and of a stream
 * in any version. Whoever may log in on a node has `rabbitmq-queues grow` and `rabbitmq-streams add_replica`.
 */
export async function addReplica(options: BrokerOptions, queue: ReplicatedQueue, node: string): Promise<boolean> {
  if (queue.type === 'stream') return false;
  const path = ['queues', 'quorum', options.vhost, queue.name, 'replicas', 'add'];
  const response = await askManagement(options, { method: 'POST', path, body: { node } });
  if (response.ok) return true;
  const text = await response.text();
  if (response.status === NOT_FOUND || response.status === NOT_ALLOWED) return false;
  throw new Error(`a replica of ${queue.name} on ${node} was refused: ${response.status} ${text}`);
}

const NOT_FOUND = 404;
const NOT_ALLOWED = 405;

/** Has leaders move to where fewer are. */
export async function spreadLeaders(options: ManagementOptions): Promise<void> {
  const response = await askManagement(options, { method: 'POST', path: ['rebalance', 'queues'], body: {} });
  await response.body?.cancel();
}
