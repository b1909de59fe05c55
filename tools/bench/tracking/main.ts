import type { Servers } from '../../stack/servers/servers.ts';
import { percentile } from '../../testing/percentile.ts';
import { printTable, type Row, say } from '../suite.ts';
import { measureNearest, type NearestResult } from './nearest.ts';
import { installRedis } from './redis.ts';
import { drive, type Run, type Stage, setStage, strikeStage } from './stage.ts';
import { measureTrips, type TripsResult } from './trips.ts';
import { benchWatched } from './watched.ts';
import { copyRate, insertRate } from './writes.ts';

const FEW = 1_000;
const MANY = 100_000;
const SUSTAINED = { drivers: 2_000, seconds: 60, pointsPerFrame: 1, pointsPerSecond: 10_000 };
const COST = { drivers: 1_000, seconds: 15, pointsPerFrame: 1, pointsPerSecond: 5_000 };
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
  const rows: Row[] = [];
  const few = await setStage(servers, FEW);
  const fewRun = await drive(few, COST);
  await strikeStage(few);
  const watchedRows = await benchWatched(servers);

  const stage = await setStage(servers, MANY);
  try {
    const manyRun = await drive(stage, COST);
    rows.push(...costRows(fewRun, manyRun));
    rows.push(...sustainedRows(await drive(stage, SUSTAINED)));
    rows.push(...(await backlogRows(stage)));
    rows.push(...watchedRows);
    rows.push(...nearestRows(await measureNearest(stage, { hasRedis })));
    rows.push(...tripRows(await measureTrips(stage, { amqpUrl: servers.amqpUrl, trips: TRIPS })));
  } finally {
    await strikeStage(stage);
  }
  printTable('tracking', rows);
}

function costRows(few: Run, many: Run): Row[] {
  const [a, b] = [costOf(few), costOf(many)];
  say(`  with ${FEW} known drivers: ${describe(few)}`);
  say(`  with ${MANY} known drivers: ${describe(many)}`);
  return [
    {
      what: `CPU µs a point, service and PostgreSQL, ${MANY} known drivers`,
      ours: b.toFixed(0),
      peer: `${FEW} known ${a.toFixed(0)}`,
      bar: `${MAX_COST_GROWTH} ×`,
      isMet: b <= a * MAX_COST_GROWTH,
    },
  ];
}

function costOf({ cpu, accepted }: Run): number {
  return (cpu.service + cpu.postgres) / accepted;
}

function sustainedRows(run: Run): Row[] {
  say(`  sustained: ${describe(run)}`);
  const rate = run.accepted / run.seconds;
  const p99 = percentile(run.ackMs, 0.99);
  return [
    {
      what: `points/s committed for ${run.seconds} s from ${SUSTAINED.drivers} sockets`,
      ours: whole(rate),
      bar: whole(SUSTAINED.pointsPerSecond),
      isMet: rate >= SUSTAINED.pointsPerSecond * 0.99 && run.closed === 0, // what is under way at the end is not counted
    },
    { what: 'frame to ack, p50 ms', ours: percentile(run.ackMs, 0.5).toFixed(0) },
    { what: 'frame to ack, p99 ms', ours: p99.toFixed(0), bar: '1,000', isMet: p99 < 1_000 },
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
  const parts = Object.entries(cpu).map(([name, micros]) => `${name} ${(micros / accepted).toFixed(1)}`);
  return `${whole(accepted / seconds)} points/s, ${closed} streams closed; CPU µs a point: ${parts.join(', ')}`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}
