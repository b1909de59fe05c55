import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { type ChildOptions, runCommand, type StopStep, stopLeftover } from '../processes/child-process.ts';
import { tailOf } from '../processes/log-tail.ts';
import { findPorts, LOOPBACK } from '../processes/ports.ts';
import { readPrivateFile, writePrivateFile } from '../processes/private-file.ts';
import { StackError } from '../processes/stack-error.ts';
import { type Crash, startSupervised } from '../processes/supervised-child.ts';
import type { NativeOptions } from './native-options.ts';
import { findRabbitmq, SERVER_ENV } from './packages.ts';
import { writeSettings } from './rabbitmq-settings.ts';
import { openServerHome, type ServerHome } from './server-home.ts';

const READY_DEADLINE_MS = 90_000;
const PROBE_TIMEOUT_MS = 2_000;
const ADMINISTRATOR = 'logi';
// Private all the same: it is known to our own epmd only.
const NODE_NAME = 'logi@localhost';

// Erlang answers SIGTERM with an orderly stop of the node, which takes about 6 s. Throwaway data needs none.
const BROKER_STOP_STEPS: StopStep[] = [{ signal: 'SIGTERM', waitMs: 30_000 }];
const EPMD_STOP_STEPS: StopStep[] = [{ signal: 'SIGTERM', waitMs: 2_000 }];

const portsSchema = z.object({
  amqp: z.number(),
  management: z.number(),
  distribution: z.number(),
  epmd: z.number(),
  webStomp: z.number().optional(),
});
const accessSchema = z.object({
  /** Quorum queues and streams remember where they are by absolute path: elsewhere, they would still write there. */
  directory: z.string(),
  ports: portsSchema,
  password: z.string(),
  /** Whether its first start was completed: one that was cut off may lack users or permissions. */
  isComplete: z.boolean(),
});
type Access = z.infer<typeof accessSchema>;

export type NativeRabbitmq = {
  url: string;
  managementUrl: string;
  webStompUrl?: string;
  crash: Crash;
  /** Runs `rabbitmqctl` on this broker. */
  control(...args: string[]): Promise<string>;
  stop(): Promise<void>;
};

type RabbitmqOptions = NativeOptions & { uiPorts: number[]; webStomp?: boolean };

export async function startRabbitmq(options: RabbitmqOptions): Promise<NativeRabbitmq> {
  const { log, signal } = options;
  const program = findRabbitmq();
  if (!program) throw new StackError('RabbitMQ cannot be found');
  const home = openServerHome({ ...options, name: 'rabbitmq' });
  const inHome = (name: string) => join(home.directory, name);
  const brokerRecord = inHome('broker.pid.json');
  const epmdRecord = inHome('epmd.pid.json');
  if (await stopLeftover('RabbitMQ', brokerRecord, BROKER_STOP_STEPS))
    log('stopped a RabbitMQ that an earlier run left behind');
  await stopLeftover('epmd', epmdRecord, EPMD_STOP_STEPS);

  const access = await openAccess(home.directory, options);
  const webStompPort = options.webStomp ? access.ports.webStomp : undefined;
  writeSettings(home, {
    ports: access.ports,
    user: ADMINISTRATOR,
    password: access.password,
    webStompPort,
  });
  const { ports, password } = access;
  const managementUrl = `http://${ADMINISTRATOR}:${password}@${LOOPBACK}:${ports.management}`;
  const shared = { env: environment(home, ports), cwd: home.directory, user: home.user };

  log('starting RabbitMQ');
  for (const name of ['epmd.out', 'broker.out']) rmSync(inHome(name), { force: true });
  const supervise = (child: Omit<ChildOptions, keyof typeof shared>, isReady: () => Promise<boolean>) =>
    startSupervised({
      child: { ...shared, ...child },
      isReady,
      readyDeadlineMs: READY_DEADLINE_MS,
      lastWords: () => `${tailOf(child.output as string)}\n${tailOf(inHome('log/rabbitmq.log'))}`,
      log,
      signal,
    });
  // Erlang would start this daemon by itself and leave it behind.
  const epmd = await supervise(
    {
      name: 'epmd',
      command: 'epmd',
      args: [],
      output: inHome('epmd.out'),
      recordFile: epmdRecord,
      stopSteps: EPMD_STOP_STEPS,
    },
    () => acceptsTcp(ports.epmd),
  );
  try {
    const broker = await supervise(
      {
        name: 'RabbitMQ',
        command: program,
        args: ['-noinput', '+B', 'i'],
        output: inHome('broker.out'),
        recordFile: brokerRecord,
        stopSteps: options.durable ? BROKER_STOP_STEPS : [],
      },
      async () => (await answersOverview(managementUrl)) && acceptsTcp(ports.amqp),
    );
    writePrivateFile(inHome('access.json'), { ...access, isComplete: true } satisfies Access);
    return {
      url: `amqp://${ADMINISTRATOR}:${password}@${LOOPBACK}:${ports.amqp}/`,
      managementUrl,
      ...(webStompPort !== undefined && { webStompUrl: `ws://${LOOPBACK}:${webStompPort}/ws` }),
      crash: broker.crash,
      control: (...args) => runCommand(join(dirname(program), 'rabbitmqctl'), args, shared),
      async stop() {
        await broker.stop();
        await epmd.stop();
      },
    };
  } catch (err) {
    await epmd.stop();
    throw err;
  }
}

/** The same ports, where they are free, and the same password as last time. Puts data aside that cannot be used. */
async function openAccess(directory: string, { uiPorts, log }: { uiPorts: number[]; log: (line: string) => void }) {
  const file = join(directory, 'access.json');
  const data = join(directory, 'mnesia');
  const known = readPrivateFile(file, accessSchema);
  const wasMoved = known !== undefined && known.directory !== directory;
  if (wasMoved && existsSync(data)) {
    const aside = `${data}.moved`;
    log(
      `RabbitMQ's data was copied or moved here from ${known.directory}, which it cannot bear: it begins anew (old data: ${aside})`,
    );
    rmSync(aside, { recursive: true, force: true });
    renameSync(data, aside);
  }
  const isComplete = known?.isComplete === true && !wasMoved;
  if (!isComplete) rmSync(data, { recursive: true, force: true });
  const candidates = (port: number | undefined) => (port === undefined ? [] : [port]);
  const ports = await findPorts({
    amqp: candidates(known?.ports.amqp),
    management: [...candidates(known?.ports.management), ...uiPorts],
    distribution: candidates(known?.ports.distribution),
    epmd: candidates(known?.ports.epmd),
    webStomp: candidates(known?.ports.webStomp),
  });
  const access: Access = { directory, ports, password: known?.password ?? randomBytes(24).toString('hex'), isComplete };
  writePrivateFile(file, access);
  return access;
}

function environment(home: ServerHome, ports: Access['ports']): NodeJS.ProcessEnv {
  const inHome = (name: string) => join(home.directory, name);
  return {
    ...SERVER_ENV,
    HOME: home.directory, // the Erlang cookie
    ERL_CRASH_DUMP: inHome('erl_crash.dump'),
    ERL_EPMD_ADDRESS: LOOPBACK,
    ERL_EPMD_PORT: String(ports.epmd),
    // Makes the script become the Erlang machine instead of waiting for it, so that the process we signal is the broker.
    RABBITMQ_ALLOW_INPUT: 'true',
    RABBITMQ_NODENAME: NODE_NAME,
    RABBITMQ_NODE_IP_ADDRESS: LOOPBACK,
    RABBITMQ_DIST_PORT: String(ports.distribution),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
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

async function answersOverview(managementUrl: string): Promise<boolean> {
  const { origin, username, password } = new URL(managementUrl);
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  return fetch(`${origin}/api/overview`, {
    headers: { authorization, connection: 'close' },
    signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
  }).then(
    async (response) => {
      await response.body?.cancel();
      return response.ok;
    },
    () => false,
  );
}

async function acceptsTcp(port: number): Promise<boolean> {
  const socket = connect({ port, host: LOOPBACK, timeout: PROBE_TIMEOUT_MS });
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('timeout', () => resolve(false));
    socket.once('error', () => resolve(false));
  }).finally(() => socket.destroy());
}
