import { join } from 'node:path';
import { SERVICES, type ServiceName } from '@logi/contracts';
import { FROM_SOURCES } from '@logi/service/process/bundle';
import { streetsFileOf } from './console.ts';
import { allOrNone } from './processes/all-or-none.ts';
import { formatLogLine } from './processes/log-line.ts';
import { LOOPBACK } from './processes/ports.ts';
import { startSupervised } from './processes/supervised-child.ts';
import type { ServiceUrls } from './provision.ts';
import { environmentFor } from './service-environment.ts';
import { addressOf, recordFileOf, STOP_STEPS } from './service-places.ts';
import { PORT_VARIABLES, type StackSettings } from './stack-settings.ts';

/** Has a service load itself while its servers start. */
const HOLD = new URL('./processes/hold.ts', import.meta.url).href;
const READY_DEADLINE_MS = 60_000;
const PROBE_TIMEOUT_MS = 2_000;

/** `watch`: started again when a file changes that it is made of. `inspect`: a debugger can attach. */
export type Development = { watch: boolean; inspect: boolean };

const INSPECTOR_PORTS: Record<ServiceName, number> = { gateway: 9229, booking: 9230, tracking: 9231, operations: 9232 };

export type ServicesOptions = {
  root: string;
  env: NodeJS.ProcessEnv;
  settings: StackSettings;
  /** When they are known, the services may go on. */
  urls: Promise<ServiceUrls>;
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

async function startService(service: ServiceName, options: ServicesOptions) {
  const { root, settings, urls, log, signal, onServiceLine } = options;
  const name = `the ${service} service`;
  const servers = urls.then((known) => environmentOfServers(known[service]));
  // What watches a service starts its process again and again, and hands on no input.
  const isHeld = !options.development?.watch;
  const environment = environmentOf(service, options);
  const child = {
    name,
    command: process.execPath,
    args: [
      ...(isHeld ? ['--import', HOLD] : []),
      ...nodeOptions(service, options),
      join('services', service, 'src', 'main.ts'),
    ],
    env: isHeld ? environment : { ...environment, ...(await servers) },
    ...(isHeld && { input: servers.then((known) => JSON.stringify(known)) }),
    cwd: root,
    output: (line: string) => onServiceLine(service, formatLogLine(line)),
    recordFile: recordFileOf(root, service),
    stopSteps: STOP_STEPS,
  };
  log(`starting ${name}`);
  return startSupervised({
    child,
    isReady: () => answers(`${addressOf(service, settings)}/readyz`),
    readyDeadlineMs: READY_DEADLINE_MS,
    lastWords: (child) => child.lastLines.map(formatLogLine).join('\n'),
    log,
    signal,
  });
}

/** Who works on a service sees and changes its sources, and not the one file that they come to. */
export function runsSources(development: Development | undefined): boolean {
  return development !== undefined && (development.watch || development.inspect);
}

/** Node itself knows which files a service is made of: those that it has loaded. */
function nodeOptions(service: ServiceName, { development }: ServicesOptions): string[] {
  return [
    ...(runsSources(development) ? [FROM_SOURCES] : []),
    ...(development?.watch ? ['--watch', '--watch-preserve-output', '--no-warnings'] : []),
    ...(development?.inspect ? [`--inspect=${LOOPBACK}:${INSPECTOR_PORTS[service]}`] : []),
  ];
}

function environmentOf(service: ServiceName, { root, env, settings, development }: ServicesOptions): NodeJS.ProcessEnv {
  return {
    ...(development?.watch && { DRAIN_MS: '0' }), // nobody is to wait for a restart
    ...environmentFor(service, env),
    HOST: settings.HOST,
    [PORT_VARIABLES[service]]: String(settings[PORT_VARIABLES[service]]),
    AMQP_URL: undefined, // not passed on: those of the servers follow
    DATABASE_URL: undefined,
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

function environmentOfServers(urls: ServiceUrls[ServiceName]): Record<string, string> {
  return { AMQP_URL: urls.amqpUrl, ...('databaseUrl' in urls && { DATABASE_URL: urls.databaseUrl }) };
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
