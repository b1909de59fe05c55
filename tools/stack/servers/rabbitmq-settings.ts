import { chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOOPBACK } from '../processes/ports.ts';
import type { ServerHome } from './server-home.ts';

export type RabbitmqSettings = {
  ports: { amqp: number; management: number };
  /** The administrator. */
  user: string;
  password: string;
  /** Of the plug-in that serves WebSockets; undefined leaves it out. */
  webStompPort: number | undefined;
  /** Names of all nodes; one is no cluster. */
  nodes: readonly string[];
};

/** Which nodes there are, and what happens to those that are cut off: the lesser part waits until it is back. */
function clusterSettings(nodes: readonly string[]): string {
  if (nodes.length === 1) return '';
  const list = nodes.map((name, index) => `cluster_formation.classic_config.nodes.${index + 1} = ${name}`);
  return `
cluster_formation.peer_discovery_backend = classic_config
${list.join('\n')}
cluster_partition_handling = pause_minority
net_ticktime = ${NET_TICK_SECONDS}
`;
}

/** A node that is frozen is noticed after so long; the broker's own default is a minute. */
const NET_TICK_SECONDS = 8;

const PLUGINS = ['rabbitmq_management'];

/** As the server reads them from its file `enabled_plugins`. */
export function enabledPlugins(more: readonly string[] = []): string {
  return `[${[...PLUGINS, ...more].join(',')}].\n`;
}

/** The server's own configuration, and which of its plug-ins it loads. */
export function writeSettings(home: ServerHome, settings: RabbitmqSettings): void {
  const { ports, user, password, webStompPort, nodes } = settings;
  const webStomp = `
stomp.listeners.tcp = none
web_stomp.tcp.ip = ${LOOPBACK}
web_stomp.tcp.port = ${webStompPort}
`;
  const configuration = `
listeners.tcp.1 = ${LOOPBACK}:${ports.amqp}
management.tcp.ip = ${LOOPBACK}
management.tcp.port = ${ports.management}
management.rates_mode = basic
default_user = ${user}
default_pass = ${password}
default_user_tags.administrator = true
vm_memory_high_watermark.relative = 0.4
disk_free_limit.absolute = 50MB
log.console = false
log.file = rabbitmq.log
log.file.level = info
log.file.rotation.size = 10485760
log.file.rotation.count = 2
${webStompPort === undefined ? '' : webStomp}${clusterSettings(nodes)}`;
  for (const [name, text] of [
    ['rabbitmq.conf', configuration],
    ['enabled_plugins', enabledPlugins(webStompPort === undefined ? [] : ['rabbitmq_web_stomp'])],
  ] as const) {
    const path = join(home.directory, name);
    writeFileSync(path, text, { mode: 0o600 });
    if (home.user) chownSync(path, home.user.uid, home.user.gid);
  }
}
