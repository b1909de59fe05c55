import { join } from 'node:path';
import { SERVICES, type ServiceName } from '@logi/contracts';
import { streetsFileOf } from './console.ts';
import { allOrNone } from './processes/all-or-none.ts';
import { type StopStep, stopLeftover } from './processes/child-process.ts';
import { formatLogLine } from './processes/log-line.ts';
import { isPortFree, LOOPBACK } from './processes/ports.ts';
import { StackError } from './processes/stack-error.ts';
import { startSupervised } from './processes/supervised-child.ts';
import type { ServiceUrls } from './provision.ts';
import { dataDirectoryOf } from './run-file.ts';
import { environmentFor } from './service-environment.ts';
import { PORT_VARIABLES, type StackSettings } from './stack-settings.ts';

const READY_DEADLINE_MS = 60_000;
const PROBE_TIMEOUT_MS = 2_000;
// A service closes its connections in order within 20 s.
const STOP_STEPS: StopStep[] = [{ signal: 'SIGTERM', waitMs: 20_000 }];

/** `watch`: started again when a file changes that it is made of. `inspect`: a debugger can attach. */
export type Development = { watch: boolean; inspect: boolean };

const INSPECTOR_PORTS: Record<ServiceName, number> = { gateway: 9229, booking: 9230, tracking: 9231, operations: 9232 };

export type ServicesOptions = {
  root: string;
  env: NodeJS.ProcessEnv;
  settings: StackSettings;
  urls: ServiceUrls;
  log: (line: string) => void;
  /** Given every line that a service writes. */
  onServiceLine: (service: ServiceName, line: string) => void;
  signal: AbortSignal;
  development?: Development;
};

/** The services as processes, each started again when it exits. */
export async function startServices(options: ServicesOptions): Promise<{ stop(): Promise<void> }> {
  const running = await allOrNone(options.signal, (signal) =>
    SERVICES.map((service) => startService(service, { ...options, signal })),
  );
  return {
    async stop() {
      await Promise.all(running.map((each) => each.stop()));
    },
  };
}

export async function stopLeftoverServices(root: string, log: (line: string) => void): Promise<void> {
  for (const service of SERVICES) {
    if (await stopLeftover(service, recordFileOf(root, service), STOP_STEPS)) {
      log(`stopped a ${service} service that an earlier run left behind`);
    }
  }
}

export async function requireFreePorts(settings: StackSettings): Promise<void> {
  for (const service of SERVICES) {
    const variable = PORT_VARIABLES[service];
    const port = settings[variable];
    if (await isPortFree(port, settings.HOST)) continue;
    throw new StackError(
      `Port ${port} of ${settings.HOST}, for the ${service} service, is taken: stop what uses it, or set ${variable} to another`,
    );
  }
}

async function startService(service: ServiceName, options: ServicesOptions) {
  const { root, settings, log, signal, onServiceLine } = options;
  const name = `the ${service} service`;
  log(`starting ${name}`);
  return startSupervised({
    child: {
      name,
      command: process.execPath,
      args: [...nodeOptions(service, options), join('services', service, 'src', 'main.ts')],
      env: environmentOf(service, options),
      cwd: root,
      output: (line) => onServiceLine(service, formatLogLine(line)),
      recordFile: recordFileOf(root, service),
      stopSteps: STOP_STEPS,
    },
    isReady: () => answers(`${addressOf(service, settings)}/readyz`),
    readyDeadlineMs: READY_DEADLINE_MS,
    lastWords: (child) => child.lastLines.map(formatLogLine).join('\n'),
    log,
    signal,
  });
}

/** Node itself knows which files a service is made of: those that it has loaded. */
function nodeOptions(service: ServiceName, { development }: ServicesOptions): string[] {
  return [
    ...(development?.watch ? ['--watch', '--watch-preserve-output', '--no-warnings'] : []),
    ...(development?.inspect ? [`--inspect=${LOOPBACK}:${INSPECTOR_PORTS[service]}`] : []),
  ];
}

function environmentOf(
  service: ServiceName,
  { root, env, settings, urls, development }: ServicesOptions,
): NodeJS.ProcessEnv {
  const database = service === 'gateway' ? undefined : urls[service].databaseUrl;
  return {
    ...(development?.watch && { DRAIN_MS: '0' }), // nobody is to wait for a restart
    ...environmentFor(service, env),
    HOST: settings.HOST,
    [PORT_VARIABLES[service]]: String(settings[PORT_VARIABLES[service]]),
    AMQP_URL: urls[service].amqpUrl,
    DATABASE_URL: database, // undefined: not passed on
    FORWARDING_KEY: settings.FORWARDING_KEY,
    AMQP_URL_FILE: undefined,
    DATABASE_URL_FILE: undefined,
    FORWARDING_KEY_FILE: undefined,
    ...(service === 'operations' && {
      BOOKING_URL: addressOf('booking', settings),
      TRACKING_URL: addressOf('tracking', settings),
      GATEWAY_URL: addressOf('gateway', settings),
      MAP_STREETS: env['MAP_STREETS'] || streetsFileOf(root),
    }),
  };
}

function addressOf(service: ServiceName, settings: StackSettings): string {
  const host = ['0.0.0.0', '::'].includes(settings.HOST) ? LOOPBACK : settings.HOST;
  return `http://${host}:${settings[PORT_VARIABLES[service]]}`;
}

function recordFileOf(root: string, service: ServiceName): string {
  return join(dataDirectoryOf(root), `${service}.pid.json`);
}

async function answers(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS), headers: { connection: 'close' } }).then(
    async (response) => {
      await response.body?.cancel();
      return response.ok;
    },
    () => false,
  );
}
