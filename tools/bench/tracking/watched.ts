import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { signToken } from '@logi/auth';
import { PROTOCOL_V2 } from '@logi/contracts';
import { Publisher } from '@logi/messaging';
import { createLogger } from '@logi/service';
import { WebSocket } from 'ws';
import type { Servers } from '../../stack/servers/servers.ts';
import { NOBODY_BLOCKED } from '../../testing/events.ts';
import { eventually } from '../../testing/waiting.ts';
import { cpuMicros } from '../processes.ts';
import { type Row, say } from '../suite.ts';
import { drive, onStage, type Run, type Stage } from './stage.ts';

const DRIVERS = 10_000;
/** Each driver is heard of every five seconds. */
const LOAD = { drivers: DRIVERS, seconds: 25, pointsPerFrame: 1, pointsPerSecond: 2_000 };
/** What a point may cost more while somebody watches everybody: telling of each is as much work again. */
const MAX_GROWTH = 2;

/** Ten thousand drivers, whom nobody watches, and then one admin all of them. */
export async function benchWatched(servers: Servers): Promise<Row[]> {
  return onStage(servers, DRIVERS, async (stage) => {
    const alone = await drive(stage, LOAD);
    const watcher = await startWatcher(stage);
    const before = { told: watcher.told, micros: await cpuMicros(watcher.pids) };
    const watched = await drive(stage, LOAD);
    const [told, micros] = [watcher.told - before.told, (await cpuMicros(watcher.pids)) - before.micros];
    await watcher.stop();
    say(`  watched by nobody: ${costOf(alone).toFixed(0)} CPU µs a point; by one admin: ${costOf(watched).toFixed(0)}`);
    return [
      {
        what: `CPU µs a point, service and servers, one admin watches ${DRIVERS.toLocaleString('en')} drivers`,
        ours: costOf(watched).toFixed(0),
        peer: `nobody ${costOf(alone).toFixed(0)}`,
        bar: `${MAX_GROWTH} ×`,
        isMet: costOf(watched) <= costOf(alone) * MAX_GROWTH,
      },
      { what: 'positions told to that admin, a second', ours: (told / LOAD.seconds).toFixed(0) },
      { what: 'CPU µs of the gateway for each', ours: (micros / told).toFixed(0) },
    ];
  });
}

function costOf({ cpu }: Run): number {
  return cpu.service + cpu.postgres + cpu.rabbitmq;
}

type Watcher = { readonly told: number; pids: number[]; stop: () => Promise<void> };

/** A gateway, a process of its own, and an admin on it who watches the whole world. */
async function startWatcher({ secret, amqpUrl }: Stage): Promise<Watcher> {
  await sayNobodyIsBlocked(amqpUrl);
  const gateway = spawn(process.execPath, ['--no-warnings', 'services/gateway/src/main.ts'], {
    env: {
      ...{ PATH: process.env['PATH'], HOST: '127.0.0.1', GATEWAY_PORT: '0', DRAIN_MS: '0' },
      ...{ JWT_SECRET: secret, AMQP_URL: amqpUrl, MAX_WATCHED_DRIVERS: String(2 * DRIVERS) },
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await portOf(gateway);
  await eventually(async () => {
    if (!(await fetch(`http://127.0.0.1:${port}/readyz`)).ok) throw new Error('the gateway is not ready');
  });
  const token = signToken({ role: 'admin', sub: 'ada', ttlSeconds: 3_600, secret });
  const ws = new WebSocket(`ws://127.0.0.1:${port}/ws?token=${token}`, PROTOCOL_V2, { perMessageDeflate: false });
  let told = 0;
  ws.on('message', (data: Buffer) => {
    if (data.includes('"type":"driver_position"')) told += 1;
  });
  ws.once('open', () => ws.send('{"type":"watch_area","payload":{"bbox":[-180,-90,180,90]}}'));
  await eventually(() => {
    if (told < DRIVERS) throw new Error(`${told} drivers are told of`);
  });
  return {
    get told() {
      return told;
    },
    pids: [gateway.pid ?? 0],
    async stop() {
      ws.terminate();
      const gone = new Promise((resolve) => gateway.once('exit', resolve));
      gateway.kill('SIGKILL');
      await gone;
    },
  };
}

async function sayNobodyIsBlocked(url: string): Promise<void> {
  const publisher = new Publisher({ url, name: 'bench', log: createLogger({ service: 'bench', level: 'silent' }) });
  publisher.start();
  const { exchange, routingKey, body } = NOBODY_BLOCKED;
  await eventually(async () => {
    const message = { exchange, routingKey, body: Buffer.from(body), messageId: randomUUID(), type: routingKey };
    const [failure] = await publisher.publish([message]);
    if (failure !== undefined) throw new Error(failure);
  });
  await publisher.stop();
}

function portOf(gateway: ChildProcess): Promise<number> {
  if (!gateway.stdout) throw new Error('no output to read');
  const lines = createInterface({ input: gateway.stdout });
  return new Promise((resolve, reject) => {
    gateway.once('exit', (code) => reject(new Error(`the gateway ended with ${code}`)));
    lines.on('line', (line) => {
      const { msg, port } = JSON.parse(line);
      if (msg === 'gateway listens') resolve(port);
    });
  });
}
