import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { signToken } from '@logi/auth';
import { EXCHANGES, QUEUES, shardExchange } from '@logi/contracts';
import { declareTopology, declareVirtualHost, deleteVirtualHost } from '@logi/messaging';
import { connect } from 'amqplib';
import type { Servers } from '../../stack/servers/servers.ts';
import { FASTER_THAN_PEOPLE } from '../../testing/faster-than-people.ts';
import type { BenchClient, Contender, Received, RunningServer } from './contenders.ts';
import { EventSource, PUBLISHED } from './event-source.ts';
import { BENCH_QUEUE } from './peer-settings.ts';

const PEERS_READ = [EXCHANGES.bookingEvents, EXCHANGES.trackingPositions];
const CONNECT_AT_ONCE = 100;
const TICK_MS = 2;
const DELIVERED_WITHIN_MS = 120_000;

export type Bench = {
  env: Record<string, string>;
  secret: string;
  source: EventSource;
  /** Throws away what the peers have not read, while ours was measured. */
  purge: () => Promise<unknown>;
};

/** A virtual host of their own for contenders, each of which reads all that is published. */
export async function onBench(
  servers: Servers,
  use: (bench: Bench & { amqpUrl: string }) => Promise<void>,
): Promise<void> {
  const vhost = `bench_${randomBytes(4).toString('hex')}`;
  await declareVirtualHost({ managementUrl: servers.managementUrl, vhost });
  const url = new URL(servers.amqpUrl);
  url.pathname = `/${vhost}`;
  const amqpUrl = url.href;
  await declareTopology(amqpUrl);
  const connection = await connect(amqpUrl);
  const channel = await connection.createChannel();
  await channel.assertQueue(BENCH_QUEUE, { durable: true });
  for (const exchange of PEERS_READ) await channel.bindQueue(BENCH_QUEUE, exchange, '#');
  // Nobody works here: in the queues of services that are not there, events would only pile up.
  await channel.unbindExchange(shardExchange(QUEUES.trackingBookingEvents), EXCHANGES.bookingEvents, PUBLISHED);
  const bench = await openBench(amqpUrl, () => channel.purgeQueue(BENCH_QUEUE));
  try {
    await use({ ...bench, amqpUrl });
  } finally {
    await bench.source.close();
    await connection.close();
    await deleteVirtualHost({ managementUrl: servers.managementUrl, vhost });
  }
}

/** A publisher at this broker, and the settings with which a contender is to read from it. */
export async function openBench(amqpUrl: string, purge: Bench['purge'] = async () => undefined): Promise<Bench> {
  const secret = randomBytes(32).toString('hex');
  const env = {
    AMQP_URL: amqpUrl,
    JWT_SECRET: secret,
    HOST: '127.0.0.1',
    ...FASTER_THAN_PEOPLE,
    MAX_UPGRADES_PER_SECOND: '100000',
    MAX_QUEUED_EVENTS: '100000',
    MAX_QUEUED_BYTES: '67108864',
  };
  return { env, secret, purge, source: await EventSource.open(amqpUrl) };
}

type ConnectAll = {
  contender: Contender;
  users: string[];
  isV2?: boolean;
  places?: ReadonlyMap<string, string>;
  onPlace?: (user: string, id: string) => void;
  /** By what a message is recognised, if it is one of those that are waited for. */
  keyOf?: (payload: Received['payload']) => string | undefined;
  onMessage: (key: string) => void;
};

const byBooking = ({ booking_id }: Received['payload']) => booking_id;

export async function connectAll(
  { secret }: Bench,
  { port }: RunningServer,
  options: ConnectAll,
): Promise<BenchClient[]> {
  const { contender, users, isV2 = false, places, onPlace, keyOf = byBooking, onMessage } = options;
  const clients: BenchClient[] = [];
  const waiting = users.values();
  await Promise.all(
    Array.from({ length: CONNECT_AT_ONCE }, async () => {
      for (const user of waiting) {
        const lastId = places?.get(user);
        const client = await contender.connect({
          port,
          token: signToken({ role: 'user', sub: user, ttlSeconds: 3_600, secret }),
          isV2,
          ...(lastId !== undefined && { lastId }),
          onMessage: ({ id, payload }) => {
            if (id !== undefined) onPlace?.(user, id);
            const key = keyOf(payload);
            if (key !== undefined) onMessage(key);
          },
        });
        clients.push(client);
      }
    }),
  );
  return clients;
}

export async function publishAll({ source }: Bench, users: readonly string[]): Promise<void> {
  for (const [i, user] of users.entries()) {
    source.publish(user);
    if (i % 200 === 199) await source.settled();
  }
  await source.settled();
}

/** Calls `send` with those that are due, so that so many a second come. */
export async function paced(
  { perSecond, seconds }: { perSecond: number; seconds: number },
  send: (from: number, to: number) => void,
): Promise<void> {
  const count = perSecond * seconds;
  const startedAt = performance.now();
  for (let sent = 0; sent < count; await setTimeout(TICK_MS)) {
    const due = Math.min(count, Math.ceil(((performance.now() - startedAt) * perSecond) / 1_000));
    if (due > sent) send(sent, due);
    sent = due;
  }
}

export async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + DELIVERED_WITHIN_MS;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error('a contender did not deliver everything');
    await setTimeout(2);
  }
}
