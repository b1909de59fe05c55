import type { Servers } from '../../stack/servers/servers.ts';
import { percentile } from '../../testing/percentile.ts';
import { byProcess, describeCpu } from '../processes.ts';
import { printTable, type Row, say } from '../suite.ts';
import { measureNearest, type NearestResult } from './nearest.ts';
import { measureNominations } from './nominate.ts';
import { installRedis } from './redis.ts';
import { drive, onStage, type Run, type Stage } from './stage.ts';
import { measureTrips, type TripsResult } from './trips.ts';
import { benchWatched } from './watched.ts';
import { copyRate, insertRate } from './writes.ts';

const FEW = 1_000;
const SOME = 10_000;
const MANY = 100_000;
const POINTS = { drivers: 1_000, seconds: 15, pointsPerFrame: 1 };
const COST = { ...POINTS, pointsPerSecond: 5_000 };
const WARM = { ...COST, seconds: 4 };
/** Too few for batches to help. */
const SLOW = { ...POINTS, pointsPerSecond: 1_000 };
const SUSTAINED = { drivers: 2_000, seconds: 60, pointsPerFrame: 1, pointsPerSecond: 10_000 };
const BACKLOG = { drivers: 40, seconds: 15, pointsPerFrame: 100 };
/** Each is known to every gateway by a snapshot, written and read every ten seconds. */
const TRIPS = 10_000;
const SNAPSHOT_EVERY_MS = 10_000;
const MAX_SNAPSHOT_SHARE = 0.05;
/** Flat: the load is the same, so what grows is the cost of knowing more drivers. */
const MAX_COST_GROWTH = 1.25;

/** Points from sockets to disk, beside the database alone; and who is nearest, beside Redis. */
export async function benchTracking(servers: Servers): Promise<void> {
  const hasRedis = await installRedis();
  const few = await onStage(servers, FEW, driveWarm);
  const some = await onStage(servers, SOME, driveWarm);
  const watched = await benchWatched(servers);
  await onStage(servers, MANY, async (stage) => {
    const many = await driveWarm(stage);
    const slow = await drive(stage, SLOW);
    const sustained = await drive(stage, SUSTAINED);
    printTable('tracking', [
      ...growthRows(
        new Map([
          [FEW, few],
          [SOME, some],
          [MANY, many],
        ]),
      ),
      ...pointRows(SLOW.pointsPerSecond, slow),
      ...pointRows(COST.pointsPerSecond, many),
      ...pointRows(SUSTAINED.pointsPerSecond, sustained),
      ...sustainedRows(sustained),
      ...(await backlogRows(stage)),
      ...watched,
      ...(await measureNominations(stage)),
      ...nearestRows(await measureNearest(stage, { hasRedis })),
      ...tripRows(await measureTrips(stage, TRIPS)),
    ]);
  });
}

async function driveWarm(stage: Stage): Promise<Run> {
  await drive(stage, WARM);
  return drive(stage, COST);
}

/** Each beside the first, who knows the fewest. */
function growthRows(runs: ReadonlyMap<number, Run>): Row[] {
  const cost = ({ cpu }: Run) => cpu.service + cpu.postgres;
  const [least = Number.NaN] = [...runs.values()].map(cost);
  return [...runs].map(([known, run]): Row => {
    const label = `${whole(known)} drivers known`;
    const isMost = known === MANY;
    return {
      what: `CPU µs a point, service and PostgreSQL, ${label}`,
      ours: cost(run).toFixed(0),
      ...(isMost && { bar: `${MAX_COST_GROWTH} × the first`, isMet: cost(run) <= least * MAX_COST_GROWTH }),
      bars: { plot: 'known', label, values: { service: run.cpu.service, PostgreSQL: run.cpu.postgres } },
    };
  });
}

/** What each point costs, and how long its driver waits to hear that it is kept. */
function pointRows(perSecond: number, run: Run): Row[] {
  say(`  ${whole(perSecond)}/s: ${describe(run)}`);
  const [p50, p99] = [0.5, 0.99].map((share) => percentile(run.ackMs, share).toFixed(0));
  const label = `${whole(perSecond)} points/s`;
  return [
    {
      what: `CPU µs a point at ${label}`,
      ours: describeCpu(run.cpu),
      bars: { plot: 'points', label, values: byProcess(run.cpu) },
    },
    { what: '  frame to ack', ours: `p50 ${p50} ms, p99 ${p99} ms` },
  ];
}

function sustainedRows(run: Run): Row[] {
  const rate = run.accepted / run.seconds;
  const p99 = percentile(run.ackMs, 0.99);
  return [
    {
      what: `points/s committed for ${run.seconds} s from ${SUSTAINED.drivers} sockets`,
      ours: whole(rate),
      bar: whole(SUSTAINED.pointsPerSecond),
      isMet: rate >= SUSTAINED.pointsPerSecond * 0.99 && run.closed === 0, // what is under way at the end is not counted
    },
    { what: '  frame to ack, p99 ms', ours: p99.toFixed(0), bar: '1,000', isMet: p99 < 1_000 },
  ];
}

async function backlogRows(stage: Stage): Promise<Row[]> {
  const copy = await copyRate(stage.databaseUrl);
  const run = await drive(stage, BACKLOG);
  const insert = await insertRate(stage.databaseUrl);
  const rate = run.accepted / run.seconds;
  say(`  backlog: ${describe(run)}`);
  return [
    {
      what: `points/s committed, frames of ${BACKLOG.pointsPerFrame}, as fast as it goes`,
      ours: whole(rate),
      peer: `COPY per 1,000 ${whole(copy)}`,
      bar: '0.5 ×',
      isMet: rate >= 0.5 * copy,
    },
    { what: 'the same', ours: whole(rate), peer: `an INSERT a point ${whole(insert)}` },
  ];
}

function nearestRows({ ours, redis, wrong }: NearestResult): Row[] {
  const peer = redis !== undefined && { peer: `Redis GEOSEARCH ${whole(redis)}`, bar: '1.0 ×', isMet: ours >= redis };
  return [
    { what: `nearest 10 of ${MANY * 0.8} available drivers, queries/s`, ours: whole(ours), ...peer },
    { what: 'of them wrong by brute force', ours: String(wrong), bar: '0', isMet: wrong === 0 },
  ];
}

function tripRows({ trips, writeMs, readMs }: TripsResult): Row[] {
  const row = (what: string, ms: number): Row => ({
    what: `last positions of ${whole(trips)} trips ${what}, every ${SNAPSHOT_EVERY_MS / 1_000} s`,
    ours: ms.toFixed(0),
    bar: whole(MAX_SNAPSHOT_SHARE * SNAPSHOT_EVERY_MS),
    isMet: ms <= MAX_SNAPSHOT_SHARE * SNAPSHOT_EVERY_MS,
  });
  return [row('written by tracking, CPU ms', writeMs), row('read by a gateway, CPU ms', readMs)];
}

function describe({ cpu, accepted, seconds, closed }: Run): string {
  const parts = Object.entries(cpu).map(([name, micros]) => `${name} ${micros.toFixed(1)}`);
  return `${whole(accepted / seconds)} points/s, ${closed} streams closed; CPU µs a point: ${parts.join(', ')}`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}
