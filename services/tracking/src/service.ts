import { createTokenVerifier } from '@logi/auth';
import { DomainError, QUEUES } from '@logi/contracts';
import { createEventConsumer, OutboxRelay, traced } from '@logi/events';
import { Publisher, TransientPublisher } from '@logi/messaging';
import { armFailpoint, openDatabase, openPool } from '@logi/persistence';
import {
  acceptSockets,
  Connections,
  createHttpApp,
  createLogger,
  type ListeningService,
  Loop,
  listeningPort,
} from '@logi/service';
import { sql } from 'kysely';
import { Registry } from 'prom-client';
import type { Config } from './config.ts';
import { bookingMoved } from './consumers/booking-moved.ts';
import { driverWorkChanged } from './consumers/driver-work-changed.ts';
import { driversRequested } from './consumers/drivers-requested.ts';
import type { Context } from './context.ts';
import { fadeSignals } from './drivers/signals.ts';
import { Ingest } from './positions/ingest.ts';
import { LivePositions } from './positions/live-positions.ts';
import { maintainPartitions } from './positions/partitions.ts';
import { createRequestRate } from './positions/request-rate.ts';
import { MAX_STREAM_FRAME_BYTES, takeFrame } from './positions/stream.ts';
import { getBookingLocation } from './routes/get-booking-location.ts';
import { getBookingTrail } from './routes/get-booking-trail.ts';
import { getDriver } from './routes/get-driver.ts';
import { getMe } from './routes/get-me.ts';
import { listDrivers } from './routes/list-drivers.ts';
import { listNearbyDrivers } from './routes/list-nearby-drivers.ts';
import { postLocations } from './routes/post-locations.ts';
import { setDuty } from './routes/set-duty.ts';
import { takeTrackers } from './routes/take-trackers.ts';
import type { Tables } from './tables.ts';
import { FollowUp } from './trips/follow-up.ts';
import { reportStalls } from './trips/stalls.ts';
import { compactTrails, dropOldTrails } from './trips/trail-store.ts';

const STREAM_PATH = '/v1/stream';
const PARTITIONS_EVERY_MS = 60_000;
const TRAILS_EVERY_MS = 60_000;
/** A driver out of the tunnel sends what gathered there at once. */
const SAVED_SECONDS = 5;

/** Owns drivers and their positions. */
export async function createTrackingService(config: Config): Promise<ListeningService> {
  const log = createLogger({ service: 'tracking', level: config.LOG_LEVEL });
  if (config.auth.usesDevelopmentSecret) log.warn('tokens are checked with the development secret; set JWT_SECRET');
  if (config.LOGI_FAILPOINT) armFailpoint(config.LOGI_FAILPOINT);
  const registry = new Registry();
  const verify = createTokenVerifier(config.auth);
  const database = { url: config.DATABASE_URL, schema: 'tracking', log };
  const db = openDatabase<Tables>({ ...database, name: 'tracking', poolSize: config.DATABASE_POOL_SIZE });
  // Connections of its own, so that points never stand in line behind requests, nor requests behind points.
  const pool = openPool({ ...database, name: 'tracking points', poolSize: 1 });
  const publisher = new Publisher({ url: config.AMQP_URL, name: 'tracking publisher', log });
  const positions = new TransientPublisher({ url: config.AMQP_URL, name: 'tracking positions', log });
  const relay = new OutboxRelay({ db, publisher, log, registry });
  const wakeRelay = () => relay.wake();
  const live = new LivePositions({ publisher: positions, intervalMs: config.PUBLISH_INTERVAL_MS });
  const followUp = new FollowUp({ config, log, db, wakeRelay });
  const connections = new Connections({
    heartbeatMs: config.HEARTBEAT_MS,
    maxFramesPerSecond: config.MAX_FRAMES_PER_SECOND,
    savedSeconds: SAVED_SECONDS,
  });
  const ingest = new Ingest({
    config,
    log,
    pool,
    registry,
    onMoved: (moved) => {
      live.take(moved);
      followUp.take(moved);
    },
    onFull: () => connections.pause(),
    onRoom: () => connections.resume(),
  });
  const admitRequest = createRequestRate(config.MAX_REQUESTS_PER_SECOND);
  const ctx: Context = { config, log, db, ingest, admitRequest, wakeRelay };
  const consumer = createEventConsumer({
    amqpUrl: config.AMQP_URL,
    name: 'tracking consumer',
    queue: QUEUES.trackingBookingEvents,
    db,
    handlers: {
      'drivers.requested': driversRequested,
      'driver.work_changed': driverWorkChanged,
      'booking.arrived_at_pickup': bookingMoved,
      'booking.goods_collected': bookingMoved,
      'booking.in_transit': bookingMoved,
      'booking.arrived_at_dropoff': bookingMoved,
      'booking.returning': bookingMoved,
    },
    afterCommit: wakeRelay,
    publisher,
    log,
    registry,
  });
  const signals = new Loop({ name: 'signals', everyMs: config.SIGNAL_SWEEP_MS, log, work: () => fadeSignals(ctx) });
  const stalls = new Loop({ name: 'stalls', everyMs: config.SIGNAL_SWEEP_MS, log, work: () => reportStalls(ctx) });
  const partitions = new Loop({
    name: 'partitions',
    everyMs: PARTITIONS_EVERY_MS,
    log,
    work: () => maintainPartitions(ctx),
  });
  const trails = new Loop({
    name: 'trails',
    everyMs: TRAILS_EVERY_MS,
    log,
    work: async (stopping) => {
      await compactTrails(ctx, stopping);
      await dropOldTrails(ctx);
    },
  });

  let isDraining = false;
  const app = await createHttpApp({
    title: 'Logi tracking',
    log,
    registry,
    verify,
    requestTimeoutMs: config.REQUEST_TIMEOUT_MS,
    // Not the broker: points are taken while it is away, and the events wait in the outbox.
    whyNotReady: async () => {
      if (isDraining) return 'draining';
      return sql`select from position limit 1`.execute(db).then(
        () => undefined,
        () => 'database away',
      );
    },
  });
  app.addHook('onRequest', (request, _reply, done) => traced(request.headers['traceparent'], done));
  for (const route of [
    setDuty,
    getMe,
    getDriver,
    listDrivers,
    listNearbyDrivers,
    postLocations,
    takeTrackers,
    getBookingLocation,
    getBookingTrail,
  ]) {
    route(app, ctx);
  }
  app.get(STREAM_PATH, { schema: { hide: true } }, async () => {
    throw new DomainError('upgrade_required');
  });
  acceptSockets({
    server: app.server,
    path: STREAM_PATH,
    roles: ['driver'],
    verify,
    log,
    allowedOrigins: undefined,
    maxFrameBytes: MAX_STREAM_FRAME_BYTES,
    isDraining: () => isDraining,
    admit: ({ principal }) => {
      if (connections.countOf(principal) >= config.MAX_STREAMS_PER_DRIVER)
        throw new DomainError('too_many_connections');
    },
    onAccepted: ({ ws, identity }) =>
      connections.add(ws, identity, (text) => takeFrame(ctx, ws, identity.principal.id, text)),
  });

  return {
    log,
    port: () => listeningPort(app),
    async start() {
      publisher.start();
      positions.start();
      partitions.start();
      trails.start();
      relay.start();
      consumer.start();
      signals.start();
      stalls.start();
      await app.listen({ host: config.HOST, port: config.TRACKING_PORT });
      log.info({ port: listeningPort(app) }, 'tracking listens');
    },
    async stop() {
      isDraining = true;
      const takeNoMore = async () => {
        await connections.drain(config.DRAIN_MS);
        await app.close();
        await ingest.stop();
        await followUp.stop();
        live.stop();
      };
      // Together: each may have to wait for a database that hangs, and the time for all of them is limited.
      const loops = [signals, stalls, trails, partitions].map((loop) => loop.stop());
      await Promise.all([takeNoMore(), ...loops, consumer.stop()]);
      await relay.stop();
      await Promise.all([positions.stop(), publisher.stop(), pool.end(), db.destroy()]);
    },
  };
}
