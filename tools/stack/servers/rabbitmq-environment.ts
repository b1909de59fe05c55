import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOOPBACK } from '../processes/ports.ts';
import { SERVER_ENV } from './packages.ts';
import type { ServerHome } from './server-home.ts';

type NodeEnvironment = {
  name: string;
  ports: { distribution: number };
  epmdPort: number;
  /** From where it calls other nodes, so that the lines between two of them can be told from all others. */
  address?: string | undefined;
};

/** All that a node reads of its surroundings: nothing of a broker that the system may have. */
export function environment(home: ServerHome, { name, ports, epmdPort, address }: NodeEnvironment): NodeJS.ProcessEnv {
  const inHome = (name: string) => join(home.directory, name);
  return {
    ...SERVER_ENV,
    HOME: home.directory, // the Erlang cookie
    ERL_CRASH_DUMP: inHome('erl_crash.dump'),
    ERL_EPMD_ADDRESS: LOOPBACK,
    ERL_EPMD_PORT: String(epmdPort),
    // Makes the script become the Erlang machine instead of waiting for it, so that the process we signal is the broker.
    RABBITMQ_ALLOW_INPUT: 'true',
    RABBITMQ_NODENAME: name,
    RABBITMQ_NODE_IP_ADDRESS: LOOPBACK,
    RABBITMQ_DIST_PORT: String(ports.distribution),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: `-kernel inet_dist_use_interface {127,0,0,1}${address === undefined ? '' : callingFrom(address)}`,
    RABBITMQ_MNESIA_BASE: inHome('mnesia'),
    RABBITMQ_LOG_BASE: inHome('log'),
    RABBITMQ_GENERATED_CONFIG_DIR: inHome('generated'),
    RABBITMQ_CONFIG_FILE: inHome('rabbitmq.conf'),
    // These do not exist. Unset, the system's own in /etc/rabbitmq would be read.
    RABBITMQ_CONFIG_FILES: inHome('conf.d'),
    RABBITMQ_CONF_ENV_FILE: inHome('rabbitmq-env.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: inHome('enabled_plugins'),
  };
}

function callingFrom(address: string): string {
  return ` inet_dist_connect_options [{ip,{${address.replaceAll('.', ',')}}}]`;
}

/** What nodes know each other by. */
export function readCookie(home: ServerHome): string {
  const file = join(home.directory, '.erlang.cookie');
  return existsSync(file) ? readFileSync(file, 'utf8') : randomBytes(24).toString('hex');
}

export function writeCookie(home: ServerHome, cookie: string): void {
  const file = join(home.directory, '.erlang.cookie');
  rmSync(file, { force: true });
  writeFileSync(file, cookie, { mode: 0o400 });
  if (home.user) chownSync(file, home.user.uid, home.user.gid);
}
