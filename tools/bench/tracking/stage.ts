import { type ChildProcess, fork, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { Servers } from '../../stack/servers/servers.ts';
import { FASTER_THAN_PEOPLE } from '../../testing/faster-than-people.ts';
import { onNewGround, THIS } from '../pairs/side.ts';
import { type CpuTimes, cpuEach, cpuTimes } from '../processes.ts';
import type { FleetOrder, FleetReport } from './fleet.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const FLEET_PROCESSES = 2;
/** Before they end, since an ended process has no processor time to read any more. */
const STOP_MEASURING_MS = 2_000;

/** A database with so many known drivers, and the service on it, a process of its own. */
export type Stage = {
  db: pg.Client;
  databaseUrl: string;
  amqpUrl: string;
  secret: string;
  url: string;
  service: ChildProcess;
};

/** On a ground of its own, with so many drivers known. */
export async function onStage<Result>(
  servers: Servers,
  knownDrivers: number,
  use: (stage: Stage) => Promise<Result>,
): Promise<Result> {
  return onNewGround(servers, THIS, async ({ databaseUrl, amqpUrl }) => {
    const stage = await openStage({ databaseUrl, amqpUrl, knownDrivers });
    try {
      return await use(stage);
    } finally {
      await strikeStage(stage);
    }
  });
}

/** The service of a tree, on a database that is migrated already. */
export async function openStage({
  databaseUrl,
  amqpUrl,
  knownDrivers,
  root = ROOT,
}: {
  databaseUrl: string;
  amqpUrl: string;
  knownDrivers: number;
  root?: string;
}): Promise<Stage> {
  const db = new pg.Client({ connectionString: databaseUrl });
  await db.connect();
  await fillDrivers(db, knownDrivers);
  const secret = randomBytes(32).toString('hex');
  const service = spawn(process.execPath, ['--no-warnings', 'services/tracking/src/main.ts'], {
    cwd: root,
    env: {
      PATH: process.env['PATH'],
      HOST: '127.0.0.1',
      TRACKING_PORT: '0',
      JWT_SECRET: secret,
      DATABASE_URL: databaseUrl,
      AMQP_URL: amqpUrl,
      ...FASTER_THAN_PEOPLE,
      MAX_FRAMES_PER_SECOND: '10000',
      MAX_BUFFERED_POINTS_PER_DRIVER: '1000000',
      DRAIN_MS: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { db, databaseUrl, amqpUrl, secret, service, url: `ws://127.0.0.1:${await portOf(service)}` };
}

export async function strikeStage({ db, service }: Stage): Promise<void> {
  await db.end();
  const gone = new Promise((resolve) => service.once('exit', resolve));
  service.kill('SIGKILL');
  await gone;
}

/** Everybody is on duty and heard of; every fifth is on a job, so that live positions are published, too. */
export async function fillDrivers(db: pg.Client, count: number): Promise<void> {
  await db.query(`
    set search_path = tracking, public;
    insert into driver (driver_id, vehicle_type, duty, signal, status, work, booking_id, user_id)
    select 'known-' || i, 'car', 'Online', 'Live', case i % 5 when 0 then 'Busy' else 'Available' end,
      case i % 5 when 0 then 'On Job' else 'Free' end, case i % 5 when 0 then gen_random_uuid() end,
      case i % 5 when 0 then 'user-' || i end
    from generate_series(0, ${count - 1}) i;
    insert into trip (booking_id, driver_id, user_id, started_at, pickup_latitude, pickup_longitude, leg)
    select booking_id, driver_id, user_id, now(), 80, 0, 'pickup' from driver where booking_id is not null;
    insert into driver_latest (driver_id, latitude, longitude, recorded_at, received_at, heard_at)
    select driver_id, 48 + random(), 11 + 1.5 * random(), now() - interval '25 d', now(), now() + interval '1 d' from driver;
    insert into driver_place (driver_id, vehicle_type, status, latitude, longitude)
    select driver_id, vehicle_type, status, latitude, longitude from driver join driver_latest using (driver_id);
  `);
  await db.query('vacuum analyze');
}

function portOf(service: ChildProcess): Promise<number> {
  if (!service.stdout) throw new Error('no output to read');
  const lines = createInterface({ input: service.stdout });
  return new Promise((resolve, reject) => {
    service.once('exit', (code) => reject(new Error(`the service ended with ${code}`)));
    lines.on('line', (line) => {
      const entry = JSON.parse(line);
      if (entry.msg === 'tracking listens') resolve(entry.port);
      else if (entry.level !== 'info') process.stdout.write(`${line}\n`);
    });
  });
}

/** Processor time is of each point. */
export type Run = FleetReport & { seconds: number; cpu: CpuTimes };

/** Sends out drivers in processes of their own, and measures while they drive, not while they connect. */
export async function drive(
  stage: Stage,
  order: Pick<FleetOrder, 'drivers' | 'seconds' | 'pointsPerFrame' | 'pointsPerSecond'>,
): Promise<Run> {
  const share = <Amount extends number | undefined>(amount: Amount) =>
    amount === undefined ? {} : { pointsPerSecond: amount / FLEET_PROCESSES };
  const drivers = order.drivers / FLEET_PROCESSES;
  const fleets = Array.from({ length: FLEET_PROCESSES }, (_, i) => {
    const { url, secret } = stage;
    const own: FleetOrder = { ...order, url, secret, first: i * drivers, drivers, ...share(order.pointsPerSecond) };
    return fork(fileURLToPath(new URL('fleet.ts', import.meta.url)), [JSON.stringify(own)], {
      execArgv: ['--no-warnings'],
    });
  });
  await Promise.all(fleets.map((fleet) => messageOf(fleet)));
  const cpu = () =>
    cpuTimes(
      stage.service.pid ?? 0,
      fleets.flatMap(({ pid }) => pid ?? []),
    );
  const before = await cpu();
  const startedAt = performance.now();
  const reports = fleets.map(async (fleet) => (await messageOf(fleet)) as FleetReport); // what fleet.ts sends second
  for (const fleet of fleets) fleet.send('go');
  await new Promise((resolve) => setTimeout(resolve, order.seconds * 1_000 - STOP_MEASURING_MS)); // while all of them still run
  const after = await cpu();
  const measuredSeconds = (performance.now() - startedAt) / 1_000;
  const all = await Promise.all(reports);
  const accepted = all.reduce((sum, each) => sum + each.accepted, 0);
  return {
    seconds: order.seconds,
    accepted,
    ackMs: all.flatMap(({ ackMs }) => ackMs),
    closed: all.reduce((sum, { closed }) => sum + closed, 0),
    cpu: cpuEach(before, after, accepted * (measuredSeconds / order.seconds)),
  };
}

function messageOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => code !== 0 && reject(new Error(`a fleet ended with ${code}`)));
  });
}
