import { runCommand } from '../../stack/processes/child-process.ts';
import { LOOPBACK } from '../../stack/processes/ports.ts';
import { SERVER_ENV } from '../../stack/servers/packages.ts';
import type { RabbitmqNode } from '../../stack/servers/rabbitmq-node.ts';

/**
 * Between this node and the others nothing passes any more, and nothing tells them so: packets are dropped, as by a
 * switch that died. Clients still reach all of them. Disposing of it mends the line. Takes iptables, and the right to use it.
 */
export async function cutOff(node: RabbitmqNode, others: readonly RabbitmqNode[]): Promise<AsyncDisposable> {
  const rules = rulesAround(node, others);
  await using undo = new AsyncDisposableStack();
  for (const rule of rules) {
    await iptables('-A', rule);
    undo.defer(() => iptables('-D', rule));
  }
  return undo.move();
}

/** A link between two nodes leads from one's own address to the port of the other, whichever of them began. */
function rulesAround(node: RabbitmqNode, others: readonly RabbitmqNode[]): string[][] {
  const between = (from: RabbitmqNode, to: RabbitmqNode) => {
    const [address, port] = [from.distributionAddress, String(to.distributionPort)];
    return [
      ['-s', address, '-d', LOOPBACK, '-p', 'tcp', '--dport', port],
      ['-s', LOOPBACK, '-d', address, '-p', 'tcp', '--sport', port],
    ];
  };
  return others.flatMap((other) => [...between(node, other), ...between(other, node)]);
}

async function iptables(change: '-A' | '-D', rule: readonly string[]): Promise<void> {
  await runCommand('iptables', ['-w', change, 'INPUT', '-i', 'lo', ...rule, '-j', 'DROP'], { env: SERVER_ENV });
}
