import { EXCHANGES, QUEUES } from '@logi/contracts';
import { OutboxRelay, SharedConsumer, traced } from '@logi/events';
import { Link, Publisher, StateWriter } from '@logi/messaging';
import { openDatabase } from '@logi/persistence';
import { Frame, type ListeningService, Loop, sideBySide } from '@logi/service';
import { sql } from 'kysely';
import { forgetOldActs } from './audit/audit-store.ts';
import { BlockNews } from './blocks/block-news.ts';
import { deleteOutdated } from './bookings/housekeeping.ts';
import { rekeyCells } from './bookings/rekey-cells.ts';
import { countEnded } from './bookings/stats.ts';
import type { Config } from './config.ts';
import { auditRecorded } from './consumers/audit-recorded.ts';
import { driverStalled } from './consumers/driver-stalled.ts';
import { driverStatusChanged } from './consumers/driver-status-changed.ts';
import { driversNominated } from './consumers/drivers-nominated.ts';
import type { Context } from './context.ts';
import { createRouter } from './pricing/routing.ts';
import { acceptOffer } from './routes/accept-offer.ts';
import { advanceStatus } from './routes/advance-status.ts';
import { assignDriver } from './routes/assign-driver.ts';
import { cancelBooking } from './routes/cancel-booking.ts';
import { createBooking } from './routes/create-booking.ts';
import { createEstimate } from './routes/create-estimate.ts';
import { declineOffer } from './routes/decline-offer.ts';
import { excludeDriver } from './routes/exclude-driver.ts';
import { getBooking } from './routes/get-booking.ts';
import { getDispatch } from './routes/get-dispatch.ts';
import { getStats } from './routes/get-stats.ts';
import { listAudit } from './routes/list-audit.ts';
import { listBookings } from './routes/list-bookings.ts';
import { listChoices } from './routes/list-choices.ts';
import { listHistory } from './routes/list-history.ts';
import { listOffers } from './routes/list-offers.ts';
import { manageBlocks } from './routes/manage-blocks.ts';
import { manageVehicleTypes } from './routes/manage-vehicle-types.ts';
import { continueDueSearches } from './search/dispatcher.ts';
import { settleBlocks } from './search/settle-blocks.ts';
import type { Tables } from './tables.ts';

export { readConfig } from './config.ts';

const HOUSEKEEPING_EVERY_MS = 60_000;
/** What has ended and is not counted yet is looked at one by one when statistics are asked for. */
const COUNT_EVERY_MS = 5_000;
/** How soon other instances, and gateways, know of a block: well within the two seconds that are promised. */
const BLOCKS_EVERY_MS = 500;
const BLOCK_UPKEEP_EVERY_MS = 2_000;

const ROUTES = [
  createEstimate,
  createBooking,
  listBookings,
  getBooking,
  listOffers,
  acceptOffer,
  declineOffer,
  assignDriver,
  excludeDriver,
  advanceStatus,
  cancelBooking,
  listHistory,
  getDispatch,
  getStats,
  listChoices,
  manageVehicleTypes,
  listAudit,
  manageBlocks,
];

/** Owns bookings, offers and prices. */
export async function createBookingService(config: Config): Promise<ListeningService> {
  const frame = new Frame('booking', config);
  const { log, registry, blocks } = frame;
  const { DATABASE_URL: url, DATABASE_POOL_SIZE: poolSize, AMQP_URL: amqpUrl } = config;
  const db = openDatabase<Tables>({ url, schema: 'booking', name: 'booking', log, poolSize });
  const publisher = new Publisher({ url: amqpUrl, name: 'booking publisher', log, shards: config.WORK_QUEUE_SHARDS });
  const link = new Link({ url: amqpUrl, name: 'booking consumer', log });
  const relay = new OutboxRelay({ db, publisher, log, registry, share: () => consumer.share });
  const { ROUTING_URL, ROUTING_TIMEOUT_MS: timeoutMs, ROUTING_SNAP_METERS: snapMeters } = config;
  const findRoute = createRouter({ url: ROUTING_URL, timeoutMs, snapMeters, log });
  const ctx: Context = { config, log, db, blocks, findRoute };
  const consumer = new SharedConsumer({
    link,
    queue: QUEUES.bookingTrackingEvents,
    db,
    handlers: {
      'drivers.nominated': (tx, event) => driversNominated(tx, config, event),
      'driver.status_changed': (tx, event) => driverStatusChanged(tx, config, event),
      'driver.stalled': (tx, event) => driverStalled(tx, ctx, event),
      'audit.recorded': auditRecorded,
    },
    ...sharing(config),
    publisher,
    log,
    registry,
  });
  const dispatcher = new Loop({
    name: 'dispatcher',
    everyMs: config.DISPATCH_POLL_MS,
    log,
    work: (stopping) => continueDueSearches(ctx, stopping),
  });
  const housekeeping = new Loop({
    name: 'housekeeping',
    everyMs: HOUSEKEEPING_EVERY_MS,
    log,
    work: async () => {
      await rekeyCells(ctx);
      await deleteOutdated(ctx);
      await forgetOldActs(ctx);
    },
  });
  const counting = new Loop({
    name: 'counting',
    everyMs: COUNT_EVERY_MS,
    log,
    work: (stopping) => countEnded(db, stopping),
  });
  const news = new BlockNews({ blocks, db, writer: new StateWriter({ publisher, exchange: EXCHANGES.bookingState }) });
  const app = await frame.createApp({ whyNotReady: () => whyNotReady(ctx), traced });
  for (const route of ROUTES) route(app, ctx);
  return frame.assemble(
    app,
    { stop: () => db.destroy() },
    sideBySide(publisher, link),
    relay,
    sideBySide(
      ...createBlockLoops(ctx, news),
      consumer,
      dispatcher,
      housekeeping,
      counting,
      frame.listener(app, config.BOOKING_PORT),
    ),
  );
}

function sharing({ EVENTS_AT_ONCE: atOnce, SHARD_PREFETCH: prefetch, SHARD_LEASE_MS: leaseMs }: Config) {
  return { atOnce, prefetch, leaseMs };
}

/** Apart from each other: to know does not wait for the broker. */
function createBlockLoops(ctx: Context, news: BlockNews): Loop[] {
  const { log } = ctx;
  return [
    new Loop({ name: 'blocks', everyMs: BLOCKS_EVERY_MS, log, work: () => news.follow() }),
    new Loop({ name: 'block news', everyMs: BLOCKS_EVERY_MS, log, work: () => news.tell() }),
    new Loop({ name: 'block snapshots', everyMs: BLOCK_UPKEEP_EVERY_MS, log, work: () => news.snapshot() }),
    new Loop({ name: 'block settling', everyMs: BLOCK_UPKEEP_EVERY_MS, log, work: () => settleBlocks(ctx) }),
  ];
}

/** Not the broker: bookings are taken while it is away, and their events wait in the outbox. */
function whyNotReady({ db }: Context): Promise<string | undefined> {
  return sql`select 1 from booking limit 1`.execute(db).then(
    () => undefined,
    () => 'database away',
  );
}
