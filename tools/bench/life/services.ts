import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { findPorts } from '../../stack/processes/ports.ts';
import { FASTER_THAN_PEOPLE } from '../../testing/faster-than-people.ts';
import type { Ground } from '../pairs/side.ts';
import { cpuMicros, descendantsNamed } from '../processes.ts';

const READY_POLL_MS = 50;
type Service = 'booking' | 'tracking' | 'gateway';
/** Of each service, in the folder of a side. */
export type Programs = Readonly<Record<Service, string>>;
export const OURS: Programs = {
  booking: 'services/booking/src/main.ts',
  tracking: 'services/tracking/src/main.ts',
  gateway: 'services/gateway/src/main.ts',
};
/** Where people reach what they use, and how much processor time each process has used, in microseconds. */
export type Place = {
  secret: string;
  bookingUrl: string;
  trackingUrl: string;
  gatewayUrl: string;
  cpu: () => Promise<Cpu>;
};
export type Cpu = Readonly<Record<string, number>>;

/** Three services as processes, on the ground of their side. */
export async function onServices<Result>(
  { side, databaseUrl, amqpUrl }: Ground,
  programs: Programs,
  use: (place: Place) => Promise<Result>,
): Promise<Result> {
  const ports = await findPorts({ booking: [], tracking: [], gateway: [] });
  const secret = randomBytes(32).toString('hex');
  const children = new Map<Service, ChildProcess>();
  const start = async (service: Service) => {
    const child = spawn(process.execPath, ['--no-warnings', programs[service]], {
      cwd: side.root,
      env: {
        ...process.env,
        ...FASTER_THAN_PEOPLE,
        HOST: '127.0.0.1',
        LOG_LEVEL: 'error',
        DRAIN_MS: '0',
        JWT_SECRET: secret,
        DATABASE_URL: databaseUrl,
        AMQP_URL: amqpUrl,
        [`${service.toUpperCase()}_PORT`]: String(ports[service]),
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    children.set(service, child);
    await isReady(child, `http://127.0.0.1:${ports[service]}/readyz`);
  };
  try {
    await Promise.all([start('booking'), start('tracking'), start('gateway')]);
    const pidOf = (service: Service) => children.get(service)?.pid ?? 0;
    const used = use({
      secret,
      bookingUrl: `http://127.0.0.1:${ports.booking}`,
      trackingUrl: `http://127.0.0.1:${ports.tracking}`,
      gatewayUrl: `ws://127.0.0.1:${ports.gateway}/ws`,
      cpu: async () => ({
        booking: await cpuMicros([pidOf('booking')]),
        tracking: await cpuMicros([pidOf('tracking')]),
        gateway: await cpuMicros([pidOf('gateway')]),
        ...(await serversCpu()),
      }),
    });
    return await Promise.race([used, ...[...children.values()].map(untimely)]);
  } finally {
    await Promise.all([...children.values()].map(end));
  }
}

/** Without it the others would be measured at half of the work. */
async function untimely(child: ChildProcess): Promise<never> {
  await once(child, 'exit');
  throw new Error(`${child.spawnargs.at(-1)} ended while it was measured`);
}

export async function serversCpu(): Promise<Cpu> {
  return {
    PostgreSQL: await cpuMicros(await descendantsNamed('postgres')),
    RabbitMQ: await cpuMicros(await descendantsNamed('beam.smp')),
  };
}

export async function isReady(child: ChildProcess, url: string): Promise<void> {
  const answers = () =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await answers())) {
    if (child.exitCode !== null) throw new Error(`${child.spawnargs.at(-1)} ended before it was ready`);
    await setTimeout(READY_POLL_MS);
  }
}

/** In order: whoever keeps a profile writes it then. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}
