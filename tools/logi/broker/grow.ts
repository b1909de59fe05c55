import { setTimeout as sleep } from 'node:timers/promises';
import { SHARDS } from '@logi/contracts';
import {
  addReplica,
  type BrokerOptions,
  lackingReplicas,
  listReplicas,
  type ReplicatedQueue,
  replicatedQueues,
  spreadLeaders,
} from '@logi/messaging';
import { dataDirectoryOf, findRunningStack } from '../../stack/run-file.ts';
import { controlOf } from '../../stack/servers/rabbitmq-node.ts';
import { Failure, sentence } from '../ending.ts';
import { note } from '../output.ts';
import { ROOT } from '../stack.ts';

/** The broker tells of new replicas every five seconds. */
const SEEN_DEADLINE_MS = 30_000;
const POLL_MS = 500;

/** Replicas for queues that have fewer than so many, one after the other: each copies what its queue holds. */
export async function grow(broker: BrokerOptions, wanted: { running: string[]; count: number }): Promise<void> {
  const { running, count } = wanted;
  if (running.length < count) throw new Failure(`${count} replicas take ${count} nodes, and ${running.length} run`);
  const lacking = { queues: replicatedQueues(SHARDS.max), count };
  const commands: string[][] = [];
  for (const queue of lackingReplicas(await listReplicas(broker), lacking)) {
    const spare = running.filter((node) => !queue.members.includes(node)).slice(0, count - queue.members.length);
    for (const node of spare) {
      if (await addReplica(broker, queue, node)) note(`${queue.name}: a replica on ${node}`);
      else commands.push(commandFor(broker, queue, node));
    }
  }
  await runOrTell(broker, commands);
  await spreadLeaders(broker);
  for (const deadline = Date.now() + SEEN_DEADLINE_MS; Date.now() < deadline; await sleep(POLL_MS))
    if (lackingReplicas(await listReplicas(broker), lacking).length === 0) return;
}

function commandFor({ vhost }: BrokerOptions, { type, name }: ReplicatedQueue, node: string): string[] {
  if (type === 'stream') return ['rabbitmq-streams', 'add_replica', '--vhost', vhost, name, node];
  return ['rabbitmq-queues', 'add_member', '--vhost', vhost, name, node];
}

/** A broker of this clone has its tools here. */
async function runOrTell({ managementUrl }: BrokerOptions, commands: readonly string[][]): Promise<void> {
  if (commands.length === 0) return;
  const isOurs = findRunningStack(ROOT)?.managementUrl === managementUrl;
  const control = isOurs ? controlOf(dataDirectoryOf(ROOT)) : undefined;
  if (!control)
    throw new Failure(
      `the broker's API adds no such replicas. Run these where one of its nodes runs:\n${commands.map((command) => `  ${command.join(' ')}`).join('\n')}`,
    );
  for (const [tool = '', ...args] of commands) {
    await control(tool, ...args).catch((err) => {
      throw new Failure(`${tool} ${args.join(' ')}: ${sentence(err)}`);
    });
    note(`${tool} ${args.join(' ')}`);
  }
}
