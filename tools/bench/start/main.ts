import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { findPorts } from '../../stack/processes/ports.ts';
import { startRabbitmq } from '../../stack/servers/native-rabbitmq.ts';
import { TreeCopy } from '../../testing/tree-copy.ts';
import { onNewGround, THIS } from '../pairs/side.ts';
import { printTable, type Row, type Suite, say } from '../suite.ts';
import { median, serviceStarts } from './pair.ts';

const TURNS = 3;
const BAR = 1.3;
/** RabbitMQ may lose streams when it is stopped while it still recovers them. */
const SETTLED_AFTER_MS = 5_000;

/** How long it takes until everything is there, beside what nobody can hurry. */
export const benchStart: Suite = async (servers) => {
  const kept = await onNewGround(servers, THIS, (ground) => serviceStarts(ground));
  const anew = await onNewGround(servers, THIS, (ground) => serviceStarts(ground, { NODE_DISABLE_COMPILE_CACHE: '1' }));
  const rows = Object.entries(kept).map(([what, value]): Row => {
    const beside = anew[what] ?? Number.NaN;
    return {
      what,
      ours: value.toFixed(0),
      peer: `compiled anew ${beside.toFixed(0)}; ratio ${(value / beside).toFixed(2)}`,
    };
  });
  printTable('a service, its servers being up', rows);
  printTable('npm start, everything being there', [await startOfAll()]);
};

/** In a copy of this tree, where nothing else runs: the broker alone and everything, in turns. */
async function startOfAll(): Promise<Row> {
  const copy = await TreeCopy.make(THIS.root);
  try {
    await npmStart(copy.directory); // makes its servers' data
    const [all, broker]: [number[], number[]] = [[], []];
    for (let n = 0; n < TURNS; n += 1) {
      broker.push(await brokerAlone(`${copy.directory}/.logi`));
      all.push(await npmStart(copy.directory));
      say(`npm start ${all.at(-1)?.toFixed(1)} s, the broker alone ${broker.at(-1)?.toFixed(1)} s`);
    }
    const ratio = median(all) / median(broker);
    return {
      what: 'npm start, s until it says ready',
      ours: median(all).toFixed(1),
      peer: `the broker alone ${median(broker).toFixed(1)}; ratio ${ratio.toFixed(2)}`,
      bar: `${BAR} ×`,
      isMet: ratio <= BAR,
    };
  } finally {
    await copy.discard();
  }
}

async function brokerAlone(dataDirectory: string): Promise<number> {
  const startedAt = performance.now();
  const { signal } = new AbortController();
  const broker = await startRabbitmq({ dataDirectory, durable: true, log: () => undefined, signal, uiPorts: [] });
  const seconds = (performance.now() - startedAt) / 1_000;
  await setTimeout(SETTLED_AFTER_MS);
  await broker.stop();
  return seconds;
}

async function npmStart(directory: string): Promise<number> {
  const ports = await findPorts({ GATEWAY_PORT: [], BOOKING_PORT: [], TRACKING_PORT: [], OPERATIONS_PORT: [] });
  const env = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]));
  const startedAt = performance.now();
  const child = spawn('npm', ['start'], {
    cwd: directory,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const ready = new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (/\] ready$/.test(line)) resolve((performance.now() - startedAt) / 1_000);
    });
    child.once('exit', () => reject(new Error('npm start ended before it was ready')));
  });
  const seconds = await ready;
  await setTimeout(SETTLED_AFTER_MS);
  child.kill('SIGINT');
  await gone;
  return seconds;
}
