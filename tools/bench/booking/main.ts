import { randomBytes } from 'node:crypto';
import { signToken } from '@logi/auth';
import pg from 'pg';
import { provision } from '../../stack/provision.ts';
import { tripBetween } from '../../testing/people/requests.ts';
import { percentile } from '../../testing/percentile.ts';
import { cpuMicros, descendantsNamed } from '../processes.ts';
import { printTable, type Row, type Suite } from '../suite.ts';
import { asFastAsPossible, atRate, createCaller, type Measured } from './load.ts';
import { nearestFirst, ours, simulateMatching } from './matching.ts';
import { startBooking } from './service.ts';
import {
  addPast,
  addScheduled,
  bareAccept,
  countPast,
  idleTick,
  PAST_DAYS,
  type PreparedOffer,
  prepareOffers,
} from './tables.ts';

const IN_PARALLEL = 16;
const ACCEPTS = 4_000;
const CREATES = 2_000;
/** Each with as many bookings as one may have. */
const USERS = 200;
const RATE_PER_SECOND = 500;
const RATED_ACCEPTS = 5_000;
const BARE_SHARE_BAR = 0.5;
const P99_BAR_MS = 25;
const BENCH_PORT = '18481';
const PAST_BOOKINGS = 1_000_000;
const SCANS_BAR = 2;
const CITY_SEEDS = [1, 2, 3, 4, 5];

const TRIP = tripBetween({ latitude: 52.52, longitude: 13.4 }, { latitude: 52.5, longitude: 13.45 }, 'van');

export const benchBooking: Suite = async (servers) => {
  await recreateDatabase(servers.databaseUrl);
  const databaseUrl = withDatabase(servers.databaseUrl, 'bench_booking');
  const urls = await provision({ ...servers, databaseUrl, passwords: undefined, log: () => undefined });
  const secret = randomBytes(32).toString('hex');
  const db = new pg.Pool({ connectionString: databaseUrl, max: IN_PARALLEL });
  const service = await startBooking({
    DATABASE_URL: urls.booking.databaseUrl,
    AMQP_URL: urls.booking.amqpUrl,
    JWT_SECRET: secret,
    BOOKING_PORT: BENCH_PORT,
    DATABASE_POOL_SIZE: String(IN_PARALLEL),
  });
  const caller = createCaller(service.url, IN_PARALLEL);
  try {
    // A user at a time for each call at hand: what one has is counted, one call after the other.
    const users = Array.from({ length: USERS }, (_, n) =>
      signToken({ role: 'user', sub: `bench ${n}`, ttlSeconds: 3_600, secret }),
    );
    let turn = 0;
    const post = (path: string, body: unknown, expected: number) => async () => {
      turn += 1;
      const status = await caller.post(path, users[turn % USERS] ?? '', body);
      if (status !== expected) throw new Error(`${path} answered ${status}`);
    };
    const accept = ({ bookingId, driverId }: PreparedOffer) => {
      const token = signToken({ role: 'driver', sub: driverId, ttlSeconds: 3_600, secret });
      return async () => {
        const status = await caller.post(`/v1/bookings/${bookingId}/accept`, token);
        if (status !== 200) throw new Error(`accept answered ${status}`);
      };
    };
    const offers = (count: number) => prepareOffers(db, count);

    await asFastAsPossible((await offers(500)).map(accept), IN_PARALLEL); // warm: plans, compiled code, caches
    const estimates = await asFastAsPossible(repeat(CREATES, post('/v1/estimates', TRIP, 200)), IN_PARALLEL);
    const bare = await asFastAsPossible(
      (await offers(ACCEPTS)).map((offer) => () => bareAccept(db, offer)),
      IN_PARALLEL,
    );
    const prepared = (await offers(ACCEPTS)).map(accept);
    const before = await cpuTimes(service.pid);
    const accepts = await asFastAsPossible(prepared, IN_PARALLEL);
    const after = await cpuTimes(service.pid);
    const bareAgain = await asFastAsPossible(
      (await offers(ACCEPTS)).map((offer) => () => bareAccept(db, offer)),
      IN_PARALLEL,
    );
    const rated = await atRate((await offers(RATED_ACCEPTS)).map(accept), RATE_PER_SECOND);
    const creates = await asFastAsPossible(repeat(CREATES, post('/v1/bookings', TRIP, 201)), IN_PARALLEL);

    const barePerSecond = (bare.perSecond + bareAgain.perSecond) / 2;
    const share = accepts.perSecond / barePerSecond;
    const p99 = percentile(rated.latenciesMs, 0.99);
    printTable(`booking, ${IN_PARALLEL} calls at a time`, [
      { what: 'accept, HTTP to commit', ours: rate(accepts), peer: `bare SQL ${Math.round(barePerSecond)}/s` },
      {
        what: '  share of bare SQL',
        ours: share.toFixed(2),
        bar: `>= ${BARE_SHARE_BAR}`,
        isMet: share >= BARE_SHARE_BAR,
      },
      {
        what: `  p99 at ${RATE_PER_SECOND}/s`,
        ours: `${p99.toFixed(1)} ms`,
        bar: `< ${P99_BAR_MS} ms`,
        isMet: p99 < P99_BAR_MS,
      },
      { what: `  p50 at ${RATE_PER_SECOND}/s`, ours: `${percentile(rated.latenciesMs, 0.5).toFixed(1)} ms` },
      { what: '  CPU µs each', ours: describeCpu(before, after) },
      { what: 'create', ours: rate(creates) },
      { what: 'estimate, quote kept', ours: rate(estimates) },
    ]);
    printTable('the dispatcher’s tick with so many bookings waiting for their time', await measureTicks(db));
    const admin = signToken({ role: 'admin', sub: 'bench', ttlSeconds: 3_600, secret });
    printTable(
      `GET /v1/admin/stats over ${PAST_BOOKINGS} bookings of ${PAST_DAYS} days`,
      await measureStats(db, { url: service.url, token: admin }),
    );
  } finally {
    caller.close();
    await service.stop();
    await db.end();
  }
  printTable('whom to ask first, in a simulated city', compareMatching());
};

async function measureTicks(db: pg.Pool): Promise<Row[]> {
  await db.query(
    `update booking.booking set dispatch_due_at = null, status = 'No Driver Found' where status = 'Searching'`,
  );
  const rows: Row[] = [];
  let waiting = 0;
  for (const count of [1_000, 10_000, 100_000]) {
    await addScheduled(db, count - waiting);
    waiting = count;
    await db.query('analyze booking.booking');
    const ticks = [];
    for (let n = 0; n < 20; n += 1) ticks.push(await idleTick(db));
    const median = percentile(
      ticks.map((tick) => tick.milliseconds),
      0.5,
    );
    const byIndex = ticks.every((tick) => tick.byIndex);
    rows.push({ what: `${count} waiting`, ours: `${median.toFixed(3)} ms`, bar: 'by the index', isMet: byIndex });
  }
  return rows;
}

/** Beside it: how long the database takes to look at each of the same bookings, and nothing else. */
async function measureStats(db: pg.Pool, { url, token }: { url: string; token: string }): Promise<Row[]> {
  await addPast(db, PAST_BOOKINGS);
  await countPast(db);
  const rows: Row[] = [];
  for (const days of [1, 7, PAST_DAYS]) {
    const from = new Date(Date.now() - days * 86_400_000).toISOString();
    const askedAt = performance.now();
    const answer = await fetch(`${url}/v1/admin/stats?from=${from}`, { headers: { authorization: `Bearer ${token}` } });
    await answer.json();
    if (answer.status !== 200) throw new Error(`statistics answered ${answer.status}`);
    const ours = performance.now() - askedAt;
    const lookedAt = performance.now();
    await db.query('select sum(price_minor), max(ended_at) from booking.booking where created_at >= $1', [from]);
    const scan = performance.now() - lookedAt;
    rows.push({
      what: `the last ${days} days`,
      ours: `${ours.toFixed(0)} ms`,
      peer: `bare scan ${scan.toFixed(0)} ms`,
      ...(days === PAST_DAYS && { bar: `<= ${SCANS_BAR} scans`, isMet: ours <= SCANS_BAR * scan }),
    });
  }
  return rows;
}

function compareMatching(): Row[] {
  const mean = (pick: (outcome: ReturnType<typeof simulateMatching>) => number, ranking: typeof ours) =>
    CITY_SEEDS.reduce((sum, seed) => sum + pick(simulateMatching(ranking, seed)), 0) / CITY_SEEDS.length;
  const compare = (
    what: string,
    pick: (outcome: ReturnType<typeof simulateMatching>) => number,
    digits: number,
  ): Row => ({
    what,
    ours: mean(pick, ours).toFixed(digits),
    peer: `nearest first ${mean(pick, nearestFirst).toFixed(digits)}`,
  });
  return [
    compare('mean seconds from booking to pickup', (outcome) => outcome.meanPickupSeconds, 1),
    compare('share of bookings that nobody served', (outcome) => outcome.unservedShare, 4),
    compare('inequality of offers among drivers (Gini)', (outcome) => outcome.gini, 3),
  ];
}

type CpuTimes = { service: number; postgres: number; rabbitmq: number; generator: number };

async function cpuTimes(servicePid: number): Promise<CpuTimes> {
  return {
    service: await cpuMicros([servicePid]),
    postgres: await cpuMicros(await descendantsNamed('postgres')),
    rabbitmq: await cpuMicros(await descendantsNamed('beam.smp')),
    generator: await cpuMicros([process.pid]),
  };
}

function describeCpu(before: CpuTimes, after: CpuTimes): string {
  return (['service', 'postgres', 'rabbitmq', 'generator'] as const)
    .map((who) => `${who} ${Math.round((after[who] - before[who]) / ACCEPTS)}`)
    .join(', ');
}

function repeat(count: number, task: () => Promise<void>): (() => Promise<void>)[] {
  return Array.from({ length: count }, () => task);
}

function rate({ perSecond, latenciesMs }: Measured): string {
  const [p50, p99] = [0.5, 0.99].map((share) => percentile(latenciesMs, share).toFixed(1));
  return `${Math.round(perSecond)}/s, p50 ${p50} ms, p99 ${p99} ms`;
}

async function recreateDatabase(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('drop database if exists bench_booking with (force)');
  await client.query('create database bench_booking');
  await client.end();
}

function withDatabase(url: string, name: string): string {
  const target = new URL(url);
  target.pathname = `/${name}`;
  return target.href;
}
