import { randomUUID } from 'node:crypto';
import { EXCHANGES, STATE_STREAMS } from '@logi/contracts';
import { Link, Publisher, StateReader, StateWriter } from '@logi/messaging';
import { openDatabase } from '@logi/persistence';
import { createLogger } from '@logi/service';
import { PositionFeed } from '../../../services/gateway/src/feed/position-feed.ts';
import { Journal } from '../../../services/gateway/src/journal/journal.ts';
import { LastPositions } from '../../../services/gateway/src/journal/last-positions.ts';
import { Hub } from '../../../services/gateway/src/sockets/hub.ts';
import type { Tables } from '../../../services/tracking/src/tables.ts';
import { loadLastFixes, toLivePosition } from '../../../services/tracking/src/trips/last-fix.ts';
import { eventually } from '../../testing/waiting.ts';
import { cpuMicros, descendantsNamed } from '../processes.ts';
import type { Stage } from './stage.ts';

const ROUNDS = 9;
const LIVE = { LIVE_POSITION_MAX_AGE_MS: 60_000, SIGNAL_DARK_AFTER_MS: 120_000 };

/** Processor time in milliseconds, each the median of some rounds: of tracking and PostgreSQL, and of a gateway. */
export type TripsResult = { trips: number; writeMs: number; readMs: number };

/** What it costs that every gateway knows the last position of each trip: a snapshot, written and read back. */
export async function measureTrips(
  { db, databaseUrl, amqpUrl }: Pick<Stage, 'db' | 'databaseUrl' | 'amqpUrl'>,
  trips: number,
): Promise<TripsResult> {
  await leaveTrips(db, trips);
  const log = createLogger({ service: 'bench', level: 'silent' });
  const database = openDatabase<Tables>({ url: databaseUrl, schema: 'tracking', name: 'bench', log, poolSize: 1 });
  const publisher = new Publisher({ url: amqpUrl, name: 'bench', log });
  publisher.start();
  await eventually(() => {
    if (!publisher.isReady) throw new Error('the broker is away');
  });
  const writer = new StateWriter({ publisher, exchange: EXCHANGES.trackingState });
  const [writes, reads]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    const startedAt = performance.now();
    const before = await cpuMs({ withPostgres: true });
    const fixes = await loadLastFixes(database);
    await writer.snapshot(fixes.flatMap((fix) => toLivePosition(fix, LIVE) ?? []));
    writes.push((await cpuMs({ withPostgres: true })) - before);
    reads.push(await readBack(publisher, { amqpUrl, trips, since: startedAt, log }));
  }
  await publisher.stop();
  await database.destroy();
  return { trips, writeMs: median(writes), readMs: median(reads) };
}

/** So many trips under way, an hour old, whose drivers have just been heard of. */
async function leaveTrips(db: Stage['db'], trips: number): Promise<void> {
  await db.query(`
    update tracking.trip set ended_at = now() where driver_id not in (
      select driver_id from tracking.trip where ended_at is null order by driver_id limit ${trips});
    update tracking.trip set started_at = now() - interval '1 h' where ended_at is null;
    update tracking.driver_latest set recorded_at = now(), received_at = now();`);
  await db.query('vacuum analyze');
}

async function readBack(
  publisher: Publisher,
  {
    amqpUrl,
    trips,
    since,
    log,
  }: { amqpUrl: string; trips: number; since: number; log: ReturnType<typeof createLogger> },
): Promise<number> {
  const last = new LastPositions();
  const hub = new Hub({ journal: new Journal({ windowMs: 1_000, maxBytes: 1_000_000 }), lastPositions: last });
  const feed = new PositionFeed({ hub, last, log, windowMs: 0 });
  const reader = new StateReader({
    stream: STATE_STREAMS.tripPositions,
    service: 'gateway',
    publisher,
    lookBackMs: performance.now() - since,
    onEntries: (entries) => feed.readBack(entries),
    onWhole: () => undefined,
    onCurrent: () => undefined,
    onMalformed: () => undefined,
  });
  const before = await cpuMs({ withPostgres: false });
  const link = new Link({
    url: amqpUrl,
    name: `bench ${randomUUID()}`,
    log,
    open: (session) => reader.attach(session),
  });
  link.start();
  await eventually(async () => {
    if (link.isOpen) await reader.tick();
    if (!reader.isCurrent || last.size < trips) throw new Error(`${last.size} of ${trips} trips read back`);
  });
  const after = await cpuMs({ withPostgres: false });
  await link.stop();
  return after - before;
}

async function cpuMs({ withPostgres }: { withPostgres: boolean }): Promise<number> {
  const { user, system } = process.cpuUsage();
  const postgres = withPostgres ? await cpuMicros(await descendantsNamed('postgres')) : 0;
  return (user + system + postgres) / 1_000;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
