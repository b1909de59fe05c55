import { EXCHANGES } from '@logi/contracts';
import { OutboxRelay, traced } from '@logi/events';
import { Link, Publisher, StateWriter, TransientPublisher } from '@logi/messaging';
import { openDatabase, openPool } from '@logi/persistence';
import { Connections, Frame, type HttpApp, inOrder, type ListeningService, Loop, sideBySide } from '@logi/service';
import { sql } from 'kysely';
import { createBlockLoop } from './block-loop.ts';
import type { Config } from './config.ts';
import type { Context } from './context.ts';
import { Heard } from './drivers/heard.ts';
import { forgetLooks } from './drivers/looks.ts';
import { dropOldPlaces, fadeSignals } from './drivers/signals.ts';
import { Ingest } from './positions/ingest.ts';
import { maintainPartitions } from './positions/partitions.ts';
import { createPointsAllowance, ratesOfPoints } from './positions/points-allowance.ts';
import { Refusals } from './positions/refusals.ts';
import { getBookingLocation } from './routes/get-booking-location.ts';
import { getBookingTrail } from './routes/get-booking-trail.ts';
import { getDriver } from './routes/get-driver.ts';
import { getMe } from './routes/get-me.ts';
import { listDrivers } from './routes/list-drivers.ts';
import { listNearbyDrivers } from './routes/list-nearby-drivers.ts';
import { openStream } from './routes/open-stream.ts';
import { postLocations } from './routes/post-locations.ts';
import { receiveTrackers } from './routes/receive-trackers.ts';
import { setDuty } from './routes/set-duty.ts';
import type { Tables } from './tables.ts';
import { FollowUp } from './trips/follow-up.ts';
import { LivePositions } from './trips/live-positions.ts';
import { reportStalls } from './trips/stalls.ts';
import { compactTrails, dropOldTrails } from './trips/trail-store.ts';
import { TripPositions } from './trips/trip-positions.ts';
import { FleetWatch } from './watching/fleet-watch.ts';
import { createConsumers } from './work-queues.ts';

export { readConfig } from './config.ts';

const PARTITIONS_EVERY_MS = 60_000;
const TRAILS_EVERY_MS = 60_000;
const PLACES_EVERY_MS = 30_000;
const LOOKS_EVERY_MS = 600_000;
/** How often it is asked whose turn it is to write a snapshot of all trips. */
const SNAPSHOT_TURNS_EVERY_MS = 2_000;

const ROUTES = [
  setDuty,
  getMe,
  getDriver,
  listDrivers,
  listNearbyDrivers,
  postLocations,
  receiveTrackers,
  getBookingLocation,
  getBookingTrail,
];

/** Owns drivers and their positions. */
export async function createTrackingService(config: Config): Promise<ListeningService> {
  const frame = new Frame('tracking', config, ratesOfPoints(config));
  const { log, registry } = frame;
  const { AMQP_URL: amqpUrl, DATABASE_URL, DATABASE_POOL_SIZE: poolSize } = config;
  const database = { url: DATABASE_URL, schema: 'tracking', log };
  const db = openDatabase<Tables>({ ...database, name: 'tracking', poolSize });
  // Connections of its own, so that points never stand in line behind requests, nor requests behind points.
  const pool = openPool({ ...database, name: 'tracking points', poolSize: 1 });
  const publisher = new Publisher({ url: amqpUrl, name: 'tracking publisher', log, shards: config.WORK_QUEUE_SHARDS });
  const link = new Link({ url: amqpUrl, name: 'tracking consumer', log });
  const positions = new TransientPublisher({ url: amqpUrl, name: 'tracking positions', log });
  const relay = new OutboxRelay({ db, publisher, log, registry, share: () => work.share });
  const trips = new TripPositions({
    ...{ config, log, db },
    writer: new StateWriter({ publisher, exchange: EXCHANGES.trackingState }),
  });
  const { work, blocks } = createConsumers({ config, db, publisher, link, log, registry }, trips);
  const live = new LivePositions({ publisher: positions, config });
  const fleetWatch = new FleetWatch({ config, log, db });
  const followUp = new FollowUp({ log, db });
  const heard = new Heard({ config, log, db });
  const connections = createConnections(config, { heard, frame });
  const refusals = new Refusals({ log, registry });
  const ingest = new Ingest({
    config,
    log,
    pool,
    registry,
    blocks: frame.blocks,
    onBlocked: (driverId, points) => refusals.countOne({ source: 'buffer', driverId, reason: 'blocked' }, points),
    areAllAsked: () => fleetWatch.isOn,
    onMoved: (moved) => {
      live.add(moved);
      fleetWatch.add(moved);
      followUp.add(moved);
    },
    onHeard: ({ written, notable }) => {
      heard.hasWritten(written);
      for (const { driverId, ...device } of notable) heard.note(driverId, { by: 'points', ...device });
    },
    onFull: () => connections.pause(),
    onRoom: () => connections.resume(),
  });
  const pointsAllowance = createPointsAllowance(frame.allowance);
  const ctx: Context = { config, log, db, ingest, refusals, heard, pointsAllowance };
  const app = await frame.createApp({ whyNotReady: () => whyNotReady(ctx), traced });
  noteRequests(app, heard);
  for (const route of ROUTES) route(app, ctx);
  openStream(frame, app, { ctx, connections });
  const doors = inOrder(frame.listener(app, config.TRACKING_PORT), { stop: () => connections.drain(config.DRAIN_MS) });
  return frame.assemble(
    app,
    sideBySide({ stop: () => db.destroy() }, { stop: () => pool.end() }, publisher, positions, link),
    relay,
    // What came in by the doors is followed to its end.
    sideBySide(
      createBlockLoop(ctx, frame.blocks),
      ...createLoops(ctx, trips),
      inOrder(trips, sideBySide(work, blocks)),
      inOrder(live, fleetWatch, followUp, heard, ingest, doors),
    ),
  );
}

/** Whatever a driver asks by HTTP, they were heard of. */
function noteRequests(app: HttpApp, heard: Heard): void {
  app.addHook('onResponse', async ({ identity, routeOptions }) => {
    if (identity?.principal.role === 'driver') heard.note(identity.principal.id, { by: routeOptions.url ?? 'http' });
  });
}

type Parts = { heard: Heard; frame: Frame };

function createConnections(config: Config, { heard, frame: { allowance, blocks } }: Parts): Connections {
  return new Connections({
    blocks,
    onPong: ({ role, id }) => {
      if (role === 'driver') heard.note(id, { by: 'ping' });
    },
    heartbeatMs: config.HEARTBEAT_MS,
    allowance,
    limits: config,
    areTextsPaidByTaker: true, // as points
  });
}

/** What is done again and again, whether anybody asks or not. */
function createLoops(ctx: Context, trips: TripPositions): Loop[] {
  const { config, log } = ctx;
  const sweep = { everyMs: config.SIGNAL_SWEEP_MS, log };
  return [
    new Loop({ name: 'partitions', everyMs: PARTITIONS_EVERY_MS, log, work: () => maintainPartitions(ctx) }),
    new Loop({ name: 'looks', everyMs: LOOKS_EVERY_MS, log, work: () => forgetLooks(ctx.db) }),
    new Loop({
      name: 'trails',
      everyMs: TRAILS_EVERY_MS,
      log,
      work: async (stopping) => {
        await compactTrails(ctx, stopping);
        await dropOldTrails(ctx);
      },
    }),
    new Loop({ name: 'trip snapshots', everyMs: SNAPSHOT_TURNS_EVERY_MS, log, work: () => trips.snapshot() }),
    new Loop({ ...sweep, name: 'signals', work: () => fadeSignals(ctx) }),
    new Loop({ name: 'places', everyMs: PLACES_EVERY_MS, log, work: () => dropOldPlaces(ctx) }),
    new Loop({ ...sweep, name: 'stalls', work: () => reportStalls(ctx) }),
  ];
}

/** Not the broker: points are taken while it is away, and the events wait in the outbox. */
function whyNotReady({ db }: Context): Promise<string | undefined> {
  return sql`select from position limit 1`.execute(db).then(
    () => undefined,
    () => 'database away',
  );
}
