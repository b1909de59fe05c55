import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { findPorts } from '../../stack/processes/ports.ts';
import { percentile } from '../../testing/percentile.ts';
import type { Ground } from '../pairs/side.ts';
import type { Figures } from '../pairs/verdict.ts';
import { cpuMicros } from '../processes.ts';

const STARTS = 3;
const READY_POLL_MS = 5;
/** The gateway comes last: it waits to hear from booking who is blocked. */
const SERVICES = ['booking', 'tracking', 'gateway'] as const;
type Service = (typeof SERVICES)[number];
type Start = { ms: number; cpuMs: number };

/** From the command until it is ready, its servers being up; what an earlier start has left to a later one is there. */
export async function serviceStarts(ground: Ground, env: Record<string, string> = {}): Promise<Figures> {
  const figures: Record<string, number> = {};
  for (const service of SERVICES) {
    const others = service === 'gateway' ? [await startService('booking', ground, env)] : [];
    await (await startService(service, ground, env)).end();
    const starts: Start[] = [];
    for (let n = 0; n < STARTS; n += 1) {
      const started = await startService(service, ground, env);
      starts.push(started);
      await started.end();
    }
    for (const other of others) await other.end();
    figures[`${service}: ms until it is ready`] = median(starts.map(({ ms }) => ms));
    figures[`${service}: CPU ms until it is ready`] = median(starts.map(({ cpuMs }) => cpuMs));
  }
  return figures;
}

async function startService(
  service: Service,
  { side, databaseUrl, amqpUrl }: Ground,
  env: Record<string, string>,
): Promise<Start & { end: () => Promise<void> }> {
  const { port } = await findPorts({ port: [] });
  const settings = { DATABASE_URL: databaseUrl, AMQP_URL: amqpUrl, [`${service.toUpperCase()}_PORT`]: String(port) };
  const startedAt = performance.now();
  const child = spawn(process.execPath, ['--no-warnings', `services/${service}/src/main.ts`], {
    cwd: side.root,
    env: { ...process.env, HOST: '127.0.0.1', LOG_LEVEL: 'error', DRAIN_MS: '0', ...settings, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  while (!(await isReady(port))) {
    if (child.exitCode !== null) throw new Error(`${service} ended before it was ready`);
    await setTimeout(READY_POLL_MS);
  }
  const ms = performance.now() - startedAt;
  return { ms, cpuMs: (await cpuMicros([child.pid ?? 0])) / 1_000, end: () => end(child) };
}

async function isReady(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/readyz`, { headers: { connection: 'close' } }).then(
    async (answer) => {
      await answer.body?.cancel();
      return answer.ok;
    },
    () => false,
  );
}

/** In order: what it has compiled, it keeps as it ends. */
async function end(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}
