import { setTimeout as sleep } from 'node:timers/promises';
import { SHARDED_QUEUES, SHARDS, waitingRooms } from '@logi/contracts';
import { listReplicas } from '@logi/messaging';
import type { RabbitmqNode } from '../../stack/servers/rabbitmq-node.ts';
import { WORK_KINDS } from '../people/work-meter.ts';
import { cutOff } from './cut-off.ts';
import type { Fault, FaultContext } from './fault.ts';

const NODE_AWAY_MS = { short: 20_000, long: 60_000 };
/** Longer than the nodes take to miss one that says nothing. */
const SILENT_MS = { short: 15_000, long: 60_000 };
const BROKER_AWAY_MS = { short: 5_000, long: 60_000 };
/** While a node is frozen, work must flow by way of the others within this. */
const DETOUR_LIMIT_MS = 30_000;
const LONG_LIMIT_MS = 15_000;
const WHOLE_DEADLINE_MS = 90_000;
const WHOLE_PAUSE_MS = 1_000;

const each = (minutes: number) => (run: number) => Math.max(1, Math.ceil(run / minutes));

/** What breaks only where there are several nodes of the broker, and a standby of the database. */
export const NODE_FAULTS: Record<string, Fault> = {
  F31: {
    title: 'a node of the broker is killed and stays away',
    times: each(4),
    owns: 'all instances',
    async inject({ stack, random, length, afterwards }) {
      const { nodes } = stack.servers.rabbitmq;
      const isBack = random.pick(nodes).crash('SIGKILL', { awayMs: NODE_AWAY_MS[length] });
      afterwards(async () => {
        await isBack;
        await isWhole(nodes);
      });
      return undefined;
    },
  },
  F32: {
    title: 'the node that leads a queue of work is frozen, wakes up again, and is restarted then',
    times: each(4),
    owns: 'all instances',
    async inject({ stack, world, random, length, afterwards }) {
      const { nodes } = stack.servers.rabbitmq;
      const queue = random.pick(waitingRooms(random.pick(SHARDED_QUEUES), SHARDS.default));
      const leader = await leaderOf(queue, stack);
      if (!leader) return `${queue} has no leader`;
      leader.signal('SIGSTOP');
      // It wakes into a partition that `pause_minority` did not see begin, and that only its restart ends.
      afterwards(async () => {
        await leader.crash('SIGTERM');
        await isWhole(nodes);
      });
      try {
        await sleep(SILENT_MS[length]);
        const flowedAfterMs = await world.meter.recovers(WORK_KINDS, Date.now(), DETOUR_LIMIT_MS);
        return flowedAfterMs === undefined ? 'no work flowed while a node was frozen' : undefined;
      } finally {
        leader.signal('SIGCONT');
      }
    },
  },
  F33: {
    title: 'a node of the broker is cut off from the others and comes back',
    times: each(4),
    limitMs: LONG_LIMIT_MS,
    owns: 'all instances',
    async inject({ stack, random, length, afterwards }) {
      const { nodes } = stack.servers.rabbitmq;
      const node = random.pick(nodes);
      {
        await using _cut = await cutOff(
          node,
          nodes.filter((other) => other !== node),
        );
        await sleep(SILENT_MS[length]);
      }
      afterwards(() => isWhole(nodes));
      return undefined;
    },
  },
  F34: {
    title: 'the primary of the database is killed, and its synchronous standby promoted',
    times: each(4),
    owns: 'all instances',
    async inject({ stack: { servers }, afterwards }) {
      if (!servers.pair) return 'there is no standby';
      await servers.pair.failOver();
      afterwards(servers.pair.replaceStandby);
      return undefined;
    },
  },
  F35: {
    title: 'all nodes of the broker go and return',
    times: each(4),
    limitMs: LONG_LIMIT_MS,
    owns: 'all instances',
    async inject({ stack, length, afterwards }) {
      const { nodes } = stack.servers.rabbitmq;
      await Promise.all(nodes.map((node) => node.crash('SIGKILL', { awayMs: BROKER_AWAY_MS[length] })));
      afterwards(() => isWhole(nodes));
      return undefined;
    },
  },
  F36: {
    title: 'every node of the broker is stopped in order and started again, one after the other',
    times: each(8),
    owns: 'all instances',
    async inject({ stack }) {
      const { nodes } = stack.servers.rabbitmq;
      for (const node of nodes) {
        await canSpare(node);
        await node.crash('SIGTERM');
      }
      return undefined;
    },
  },
};

async function leaderOf(queue: string, { servers }: FaultContext['stack']): Promise<RabbitmqNode | undefined> {
  const queues = await listReplicas({ managementUrl: servers.managementUrl, vhost: '/' });
  const name = queues.find((each) => each.name === queue)?.leader;
  return servers.rabbitmq.nodes.find((node) => node.name === name);
}

/** Whoever may go has all the others there: asked of two nodes, that is all of them. */
async function isWhole(nodes: readonly RabbitmqNode[]): Promise<void> {
  for (const node of nodes.slice(0, 2)) await canSpare(node);
}

/** Waits until no queue loses its majority when this node goes. */
async function canSpare(node: RabbitmqNode): Promise<void> {
  const timeout = ['--timeout', String(WHOLE_DEADLINE_MS / 1_000)];
  for (const deadline = Date.now() + WHOLE_DEADLINE_MS; ; await sleep(WHOLE_PAUSE_MS)) {
    try {
      await node.controlBy('rabbitmq-upgrade', 'await_online_quorum_plus_one', ...timeout);
      return;
    } catch (err) {
      // Whoever was cut off from the others has stopped its broker, and starts it again by itself.
      if (Date.now() > deadline) throw err;
    }
  }
}
