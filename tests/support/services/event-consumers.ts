import { randomUUID } from 'node:crypto';
import { type EventOf, QUEUES, SHARDS, SUBSCRIPTIONS, type SubscribedEvent } from '@logi/contracts';
import { type EventTables, SharedConsumer } from '@logi/events';
import { Link, Publisher, withShard } from '@logi/messaging';
import { openDatabase, type Tx } from '@logi/persistence';
import { createLogger } from '@logi/service';
import { Registry } from 'prom-client';
import { closeLater } from '../cleanup.ts';
import { openSql, type Rows } from '../database.ts';
import { RawBroker } from '../raw/raw-broker.ts';
import { createTestServers, type TestServers } from '../servers.ts';

export const silent = createLogger({ service: 'test', level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });

/** What a handler did, in the order in which it was done. */
export type Effect = { version: number; instance: string };
export type WorkChanged = EventOf<'driver.work_changed'>;
export type EffectTables = EventTables & { effect: { driverId: string; version: number; instance: string } };
type Before = (event: WorkChanged, tx: Tx<EffectTables>) => Promise<void>;

export type Instance = {
  consumer: SharedConsumer<typeof QUEUE, EffectTables>;
  publisher: Publisher;
  metric: (outcome: string) => Promise<number>;
  stop: () => Promise<void>;
};

/** Of the shards; each test waits as long when an instance was killed. */
const LEASE_MS = 1_500;

/** The queue under test: any work queue would do, they are all alike. */
export const QUEUE = QUEUES.trackingBookingEvents;

const IGNORED = Object.fromEntries(SUBSCRIPTIONS[QUEUE].events.map((type) => [type, async () => undefined])) as Record<
  SubscribedEvent<typeof QUEUE>,
  () => Promise<void>
>; // Object.fromEntries forgets the key type

/** An event as it is on the wire. */
export function workChanged(driverId: string, version: number): WorkChanged {
  return {
    event_id: randomUUID(),
    type: 'driver.work_changed',
    aggregate_id: driverId,
    version,
    occurred_at: new Date().toISOString(),
    data: { driver_id: driverId, work: 'Free', booking_id: null, user_id: null },
  };
}

/** Consumers of one queue, with the rights of their service, whose effect is a row in a table. */
export class EventConsumers {
  readonly servers: TestServers;
  readonly broker: RawBroker;
  readonly sql: Rows;
  readonly #closeSql: () => Promise<void>;
  readonly #running = new Set<Instance>();

  private constructor(servers: TestServers, broker: RawBroker, database: Awaited<ReturnType<typeof openSql>>) {
    this.servers = servers;
    this.broker = broker;
    this.sql = database.sql;
    this.#closeSql = database.close;
  }

  static async create(): Promise<EventConsumers> {
    const servers = await createTestServers();
    const database = await openSql(servers.databaseUrl);
    await database.sql(`create table tracking.effect (
      id bigint generated always as identity primary key, driver_id text, version integer, instance text)`);
    return new EventConsumers(servers, await RawBroker.connect(servers), database);
  }

  /** `before` runs in the handler's transaction, ahead of the effect. */
  start(
    options: {
      instance?: string;
      before?: Before;
      databaseUrl?: string;
      amqpUrl?: string;
      afterCommit?: () => void;
      sharing?: { leaseMs?: number; atOnce?: number; prefetch?: number };
    } = {},
  ): Instance {
    const { urls } = this.servers;
    const { instance = 'only', before, databaseUrl = urls.tracking.databaseUrl } = options;
    const { amqpUrl = urls.tracking.amqpUrl, afterCommit = () => undefined } = options;
    const registry = new Registry();
    const db = openDatabase<EffectTables>({ url: databaseUrl, schema: 'tracking', name: instance, log: silent });
    const publisher = new Publisher({ url: amqpUrl, name: `${instance} publisher`, log: silent });
    const link = new Link({ url: amqpUrl, name: `${instance} consumer`, log: silent });
    const consumer = new SharedConsumer({
      ...{ leaseMs: LEASE_MS, atOnce: 5, ...options.sharing },
      link,
      queue: QUEUE,
      db,
      handlers: {
        ...IGNORED,
        'driver.work_changed': async (tx, event) => {
          await before?.(event, tx);
          const { aggregate_id: driverId, version } = event;
          await tx.insertInto('effect').values({ driverId, version, instance }).execute();
        },
      },
      afterCommit,
      publisher,
      log: silent,
      registry,
    });
    publisher.start();
    link.start();
    consumer.start();
    const running: Instance = {
      consumer,
      publisher,
      metric: async (outcome) => {
        const consumed = await registry.getSingleMetric('logi_events_consumed_total')?.get();
        const values = consumed?.values.filter(({ labels }) => labels['outcome'] === outcome) ?? [];
        return values.reduce((sum, { value }) => sum + value, 0);
      },
      stop: async () => {
        if (!this.#running.delete(running)) return;
        await consumer.stop();
        await link.stop();
        await publisher.stop();
        await db.destroy();
      },
    };
    this.#running.add(running);
    closeLater(() => running.stop());
    return running;
  }

  publish(event: WorkChanged, headers: Record<string, unknown> = {}): Promise<void> {
    const { type: routingKey, event_id: messageId } = event;
    const all = withShard(headers, SHARDS.default);
    return this.broker.publish({ exchange: 'booking.events', routingKey, body: event, messageId, headers: all });
  }

  async effects(driverId: string): Promise<Effect[]> {
    const text = 'select version, instance from tracking.effect where driver_id = $1 order by id';
    return (await this.sql(text, [driverId])) as Effect[]; // as the table above has them
  }

  async versions(driverId: string): Promise<number[]> {
    return (await this.effects(driverId)).map(({ version }) => version);
  }

  async stopInstances(): Promise<void> {
    await Promise.all([...this.#running].map((instance) => instance.stop()));
  }

  async discard(): Promise<void> {
    await this.stopInstances();
    await this.broker.close();
    await this.#closeSql();
    await this.servers.discard();
  }
}
