import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { EVENTS, QUEUES, SHARD_KEY_HEADER, SHARDS } from '@logi/contracts';
import { Publisher } from '@logi/messaging';
import { createLogger } from '@logi/service';
import pg from 'pg';
import { findPorts } from '../../stack/processes/ports.ts';
import { wireEvent } from '../../testing/events.ts';
import { TcpProxy } from '../../testing/tcp-proxy.ts';
import { eventually } from '../../testing/waiting.ts';
import { perBooking, total } from '../life/measure.ts';
import { type Cpu, end, isReady, serversCpu } from '../life/services.ts';
import { type Ground, onNewGround, THIS } from '../pairs/side.ts';
import { cpuMicros } from '../processes.ts';
import { printTable, type Row, type Suite, say } from '../suite.ts';

const TYPE = 'driver.work_changed';
const QUEUE = QUEUES.trackingBookingEvents;
const DRIVERS = 400;
const VERSIONS = 40;
/** Each way: the database is in another building. */
const AWAY_MS = 2;
const LOOK_EVERY_MS = 200;
const RUNS = [
  { instances: 1, bar: undefined },
  { instances: 2, bar: 1.7 },
  { instances: 4, bar: 3 },
] as const;
/** The first of the events are published while others are taken in, and the last ones keep only some shards busy. */
const MEASURED = { from: 0.25, to: 0.85 };
const SHARED_WITHIN_MS = 60_000;

/** Milliseconds of processor time by process are of one event. */
type Rate = { perSecond: number; cpu: Cpu };

/** How many events instances of one service take in together, when it is the way to the database that takes the time. */
export const benchInstances: Suite = async (servers) => {
  const rates: Rate[] = [];
  for (const { instances } of RUNS) {
    const rate = await onNewGround(servers, THIS, (ground) => measure(ground, instances));
    say(`${instances}: ${describe(rate)}`);
    rates.push(rate);
  }
  const [alone] = rates;
  const rows = RUNS.map(({ instances, bar }, index): Row => {
    const rate = rates[index] ?? { perSecond: Number.NaN, cpu: {} };
    const ratio = rate.perSecond / (alone?.perSecond ?? Number.NaN);
    return {
      what: `${instances} instances: ${TYPE}, a second`,
      ours: describe(rate),
      peer: `ratio ${ratio.toFixed(2)}`,
      ...(bar !== undefined && { bar: `${bar} ×`, isMet: ratio >= bar }),
    };
  });
  printTable(`events taken in by tracking, the database ${AWAY_MS} ms away`, rows);
};

function describe({ perSecond, cpu }: Rate): string {
  const parts = Object.entries(cpu).map(([process, ms]) => `${process} ${ms.toFixed(2)}`);
  return `${perSecond.toFixed(0)}/s, ${total(cpu).toFixed(2)} ms of CPU each (${parts.join(', ')})`;
}

async function measure(ground: Ground, instances: number): Promise<Rate> {
  const proxy = await TcpProxy.start(ground.databaseUrl);
  proxy.spoil({ latencyMs: [AWAY_MS, AWAY_MS] });
  const db = new pg.Client({ connectionString: ground.databaseUrl });
  await db.connect();
  const children: ChildProcess[] = [];
  try {
    for (let n = 0; n < instances; n += 1) children.push(await startTracking(ground, proxy.url(ground.databaseUrl)));
    await eventually(() => areShared(db, instances), SHARED_WITHIN_MS);
    const publishing = publishAll(ground.amqpUrl);
    const count = DRIVERS * VERSIONS;
    const cpu = async () => ({
      tracking: await cpuMicros(children.flatMap(({ pid }) => pid ?? [])),
      ...(await serversCpu()),
    });
    const first = await reached(db, count * MEASURED.from);
    const before = await cpu();
    const last = await reached(db, count * MEASURED.to);
    const done = last.count - first.count;
    const each = perBooking(before, await cpu(), done);
    await publishing;
    return { perSecond: (done * 1_000) / (last.at - first.at), cpu: each };
  } finally {
    await Promise.all(children.map(end));
    await db.end();
    await proxy.close();
  }
}

async function startTracking({ side, amqpUrl }: Ground, databaseUrl: string): Promise<ChildProcess> {
  const { port } = await findPorts({ port: [] });
  const child = spawn(process.execPath, ['--no-warnings', 'services/tracking/src/main.ts'], {
    cwd: side.root,
    env: {
      ...{ PATH: process.env['PATH'], HOST: '127.0.0.1', LOG_LEVEL: 'error', DRAIN_MS: '0' },
      ...{ TRACKING_PORT: String(port), JWT_SECRET: randomBytes(32).toString('hex') },
      ...{ DATABASE_URL: databaseUrl, AMQP_URL: amqpUrl },
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await isReady(child, `http://127.0.0.1:${port}/readyz`);
  return child;
}

async function areShared(db: pg.Client, instances: number): Promise<void> {
  const { rows } = await db.query(
    'select count(*)::int as shards from tracking.shard where queue = $1 group by holder',
    [QUEUE],
  );
  const most = Math.ceil(SHARDS.default / instances);
  if (rows.length !== instances || rows.some(({ shards }) => shards > most)) throw new Error('not shared out yet');
}

async function publishAll(url: string): Promise<void> {
  const log = createLogger({ service: 'bench', level: 'silent' });
  const publisher = new Publisher({ url, name: 'bench', log });
  publisher.start();
  await eventually(() => {
    if (!publisher.isReady) throw new Error('the publisher is not ready');
  });
  for (let version = 1; version <= VERSIONS; version += 1) {
    const messages = Array.from({ length: DRIVERS }, (_, n) => workChanged(`driver ${n}`, version));
    const failed = (await publisher.publish(messages)).find((failure) => failure !== undefined);
    if (failed !== undefined) throw new Error(failed);
  }
  await publisher.stop();
}

function workChanged(driverId: string, version: number) {
  const data = { driver_id: driverId, work: 'Free', booking_id: null, user_id: null };
  const event = wireEvent({ type: TYPE, aggregateId: driverId, version, data });
  const headers = { [SHARD_KEY_HEADER]: driverId };
  const body = Buffer.from(JSON.stringify(event));
  return { exchange: EVENTS[TYPE].exchange, routingKey: TYPE, body, messageId: event.event_id, type: TYPE, headers };
}

/** When so many were taken in, and how many it were by then. */
async function reached(db: pg.Client, wanted: number): Promise<{ at: number; count: number }> {
  for (;;) {
    const { rows } = await db.query('select count(*)::int as count from tracking.inbox where consumer = $1', [QUEUE]);
    const [{ count }] = rows;
    if (count >= wanted) return { at: performance.now(), count };
    await setTimeout(LOOK_EVERY_MS);
  }
}
