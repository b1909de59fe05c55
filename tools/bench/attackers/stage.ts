import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { declareVirtualHost, deleteVirtualHost } from '@logi/messaging';
import pg from 'pg';
import { findPorts } from '../../stack/processes/ports.ts';
import { provision } from '../../stack/provision.ts';
import type { Servers } from '../../stack/servers/servers.ts';
import type { Addresses } from './addresses.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const NAME = 'bench_attackers';
const READY_POLL_MS = 100;
/** Queues of the services stay open while they are measured; nobody is to wait for their end. */
const ENVIRONMENT = { HOST: '0.0.0.0', LOG_LEVEL: 'error', DRAIN_MS: '0' };

/** What people reach from outside. */
export const ATTACKED = ['booking', 'tracking', 'gateway'] as const;
type Attacked = (typeof ATTACKED)[number];

export type Stage = {
  addresses: Addresses;
  peakBytes: (service: Attacked) => Promise<number>;
  strike: () => Promise<void>;
};

/** The three services as processes, each limit at its default, on a database and a virtual host of their own. */
export async function setStage(servers: Servers): Promise<Stage> {
  const { managementUrl } = servers;
  await query(servers.databaseUrl, `drop database if exists ${NAME} with (force)`);
  await query(servers.databaseUrl, `create database ${NAME}`);
  await declareVirtualHost({ managementUrl, vhost: NAME });
  const databaseUrl = withPath(servers.databaseUrl, NAME);
  const amqpUrl = withPath(servers.amqpUrl, NAME);
  await provision({ databaseUrl, amqpUrl, passwords: undefined, log: () => undefined });
  const ports = await findPorts({ booking: [], tracking: [], gateway: [] });
  const secret = randomBytes(32).toString('hex');
  const env = {
    ...ENVIRONMENT,
    PATH: process.env['PATH'],
    JWT_SECRET: secret,
    DATABASE_URL: databaseUrl,
    AMQP_URL: amqpUrl,
  };
  const children = new Map<Attacked, ChildProcess>();
  for (const service of ATTACKED) children.set(service, await start(service, ports[service], env));
  const { booking, tracking, gateway } = ports;
  return {
    addresses: { secret, booking, tracking, gateway },
    peakBytes: (service) => peakBytes(children.get(service)?.pid ?? 0),
    strike: async () => {
      for (const child of children.values()) {
        const gone = once(child, 'exit');
        child.kill('SIGKILL');
        await gone;
      }
      await deleteVirtualHost({ managementUrl, vhost: NAME });
      await query(servers.databaseUrl, `drop database ${NAME} with (force)`);
    },
  };
}

async function start(service: Attacked, port: number, env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--no-warnings', `services/${service}/src/main.ts`], {
    cwd: ROOT,
    env: { ...env, [`${service.toUpperCase()}_PORT`]: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const isReady = () =>
    fetch(`http://127.0.0.1:${port}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isReady())) {
    if (child.exitCode !== null) throw new Error(`${service} ended before it was ready`);
    await setTimeout(READY_POLL_MS);
  }
  return child;
}

/** The most that it has had in memory since it was started. */
async function peakBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN) * 1024;
}

async function query(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement);
  await client.end();
}

function withPath(url: string, name: string): string {
  const target = new URL(url);
  target.pathname = `/${name}`;
  return target.href;
}
