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
};

/** The server's own configuration, and which of its plug-ins it loads. */
export function writeSettings(home: ServerHome, { ports, user, password, webStompPort }: RabbitmqSettings): void {
  const plugins = ['rabbitmq_management', ...(webStompPort === undefined ? [] : ['rabbitmq_web_stomp'])];
  const webStomp = `
stomp.listeners.tcp = none
web_stomp.tcp.ip = ${LOOPBACK}
web_stomp.tcp.port = ${webStompPort}
`;
  const settings = `
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
${webStompPort === undefined ? '' : webStomp}`;
  for (const [name, text] of [
    ['rabbitmq.conf', settings],
    ['enabled_plugins', `[${plugins.join(',')}].\n`],
  ] as const) {
    const path = join(home.directory, name);
    writeFileSync(path, text, { mode: 0o600 });
    if (home.user) chownSync(path, home.user.uid, home.user.gid);
  }
}
