import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { findPorts } from '../../stack/processes/ports.ts';
import type { Servers } from '../../stack/servers/servers.ts';
import { onNewGround, THIS } from '../pairs/side.ts';
import type { Addresses } from './addresses.ts';

const READY_POLL_MS = 100;
/** All of 127/8 can reach them: everybody comes from an address of their own. */
const ENVIRONMENT = { HOST: '0.0.0.0', LOG_LEVEL: 'error' };

/** What people reach from outside. */
export const ATTACKED = ['booking', 'tracking', 'gateway'] as const;
type Attacked = (typeof ATTACKED)[number];

export type Stage = {
  addresses: Addresses;
  peakBytes: (service: Attacked) => Promise<number>;
};

/** The three services as processes, each limit at its default, on a ground of their own. */
export async function onStage<Result>(servers: Servers, use: (stage: Stage) => Promise<Result>): Promise<Result> {
  return onNewGround(servers, THIS, async ({ databaseUrl, amqpUrl }) => {
    const ports = await findPorts({ booking: [], tracking: [], gateway: [] });
    const secret = randomBytes(32).toString('hex');
    const reach = { JWT_SECRET: secret, DATABASE_URL: databaseUrl, AMQP_URL: amqpUrl };
    const env = { ...ENVIRONMENT, ...reach, PATH: process.env['PATH'] };
    const children = new Map<Attacked, ChildProcess>();
    try {
      for (const service of ATTACKED) children.set(service, await start(service, ports[service], env));
      return await use({
        addresses: { secret, ...ports },
        peakBytes: (service) => peakBytes(children.get(service)?.pid ?? 0),
      });
    } finally {
      await Promise.all([...children.values()].map(end));
    }
  });
}

async function start(service: Attacked, port: number, env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--no-warnings', `services/${service}/src/main.ts`], {
    cwd: THIS.root,
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

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
