import { SHARDS } from '@logi/contracts';
import {
  type BrokerNode,
  type BrokerOptions,
  listNodes,
  listReplicas,
  type ReplicatedQueue,
  replicatedQueues,
} from '@logi/messaging';
import { Command } from 'commander';
import { z } from 'zod';
import { nodeCount } from '../../stack/broker-nodes.ts';
import { virtualHost } from '../../stack/provision.ts';
import { findRunningStack } from '../../stack/run-file.ts';
import { readOptions } from '../command-line.ts';
import { Failure, STATUS } from '../ending.ts';
import { paint, plain, print, printJson, table } from '../output.ts';
import { ROOT } from '../stack.ts';
import { grow } from './grow.ts';

/** However many shards there are. */
const OURS = replicatedQueues(SHARDS.max);

const options = z.object({
  nodes: nodeCount.optional(),
  grow: z.boolean().default(false),
  json: z.boolean().default(false),
});

export function broker(): Command {
  return new Command('broker')
    .summary('the nodes of the broker, and on which of them each queue lives')
    .description('Shows where each queue has its leader and its replicas, and which lack some.')
    .option('--nodes <n>', 'replicas that each queue is to have (BROKER_NODES; else one on each node that runs)')
    .option('--grow', 'adds replicas where they lack, and spreads the leaders')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
Server: RABBITMQ_MANAGEMENT_URL and AMQP_URL, of an administrator; without them, those of the stack that runs here.
Before RabbitMQ 3.13, and for streams, --grow prints the commands to run on a node, or runs them on servers of this clone.`,
    )
    .action(async (_options, command: Command) => {
      const given = readOptions(command, options);
      const server = findBroker();
      const nodes = await listNodes(server);
      const running = nodes.filter((node) => node.running).map(({ name }) => name);
      const count =
        given.nodes ?? (process.env['BROKER_NODES'] ? nodeCount.parse(process.env['BROKER_NODES']) : running.length);
      if (given.grow) await grow(server, { running, count });
      const all = await listReplicas(server);
      const queues = all.filter(({ name }) => OURS.includes(name));
      const isGood = nodes.length >= count && queues.every((queue) => isWhole(queue, count));
      process.exitCode = isGood ? STATUS.done : STATUS.notGood;
      if (given.json) printJson({ nodes, queues, replicas: count });
      else printTables(nodes, queues, count);
    });
}

function isWhole({ members, online }: ReplicatedQueue, count: number): boolean {
  return members.length >= count && online.length === members.length;
}

function printTables(nodes: readonly BrokerNode[], queues: readonly ReplicatedQueue[], count: number): void {
  const leads = Map.groupBy(queues, ({ leader }) => leader);
  print(
    table([
      ['NODE', '', 'LEADS'],
      ...nodes.map(({ name, running }) => [
        plain(name),
        running ? paint('green', 'runs') : paint('red', 'AWAY'),
        String(leads.get(name)?.length ?? 0),
      ]),
    ]),
  );
  print('');
  print(
    table([
      ['QUEUE', 'TYPE', '', 'LEADER', 'REPLICAS'],
      ...queues.map((queue) => [
        queue.name,
        queue.type,
        isWhole(queue, count) ? paint('green', 'good') : paint('red', `${queue.online.length} OF ${count}`),
        plain(queue.leader ?? 'none'),
        queue.members.map((member) => plain(queue.online.includes(member) ? member : `${member} (away)`)).join(', '),
      ]),
    ]),
  );
}

function findBroker(): BrokerOptions {
  const running = findRunningStack(ROOT);
  const managementUrl = process.env['RABBITMQ_MANAGEMENT_URL'] || running?.managementUrl;
  const amqpUrl = process.env['AMQP_URL'] || running?.amqpUrl;
  if (managementUrl && amqpUrl) return { managementUrl, vhost: virtualHost(amqpUrl) };
  throw new Failure(
    'No stack runs from this clone. Start it by `npm start`, or set RABBITMQ_MANAGEMENT_URL and AMQP_URL.',
  );
}
