import { randomBytes, randomUUID } from 'node:crypto';
import { signToken } from '@logi/auth';
import {
  type BookingStatus,
  bookingEventType,
  EVENTS,
  type EventData,
  type EventType,
  EXCHANGES,
  type LivePosition,
  POSITIONS_RECORDED,
  PROTOCOL_V2,
  type Role,
  type V2Envelope,
} from '@logi/contracts';
import { Publisher } from '@logi/messaging';
import { createLogger, type ListeningService } from '@logi/service';
import { readConfig } from '../../../services/gateway/src/config.ts';
import { createGatewayService } from '../../../services/gateway/src/service.ts';
import { bookingChange, NOBODY_BLOCKED, wireEvent } from '../../../tools/testing/events.ts';
import { FASTER_THAN_PEOPLE } from '../../../tools/testing/faster-than-people.ts';
import { eventually, LONG_WAIT_MS } from '../../../tools/testing/waiting.ts';
import { closeLater } from '../cleanup.ts';
import { call } from '../http.ts';
import { createTestBroker, type TestBroker } from '../servers.ts';
import { TestSocket } from '../socket.ts';
import { type ServiceProcess, startService } from './service-process.ts';

export type Gateway = { url: string; httpUrl: string; stop: () => Promise<void> };
export type GatewayProcess = Gateway & Pick<ServiceProcess, 'kill' | 'output'>;
export type V2Socket = TestSocket<V2Envelope>;

/** Gateways on a broker of their own, and the other services' part played by hand: their events, published as they are. */
export type Rig = {
  broker: TestBroker;
  env: Record<string, string>;
  startGateway: (settings?: Record<string, string>) => Promise<Gateway>;
  token: (role: Role, sub: string, ttlSeconds?: number) => string;
  publish: <Type extends EventType>(event: RigEvent<Type>) => Promise<void>;
  publishRaw: (message: { exchange: string; routingKey: string; body: string }) => Promise<void>;
  publishPosition: (position: Partial<LivePosition> & Pick<LivePosition, 'booking_id' | 'user_id'>) => Promise<void>;
  stop: () => Promise<void>;
};

export type RigEvent<Type extends EventType> = {
  type: Type;
  aggregateId: string;
  version: number;
  data: EventData<Type>;
};

export async function startRig(servers?: Pick<TestBroker, 'amqpUrl' | 'managementUrl'>): Promise<Rig> {
  const broker = await createTestBroker(servers);
  const secret = randomBytes(32).toString('hex');
  const log = createLogger({ service: 'test', level: 'silent' });
  const publisher = new Publisher({ url: broker.amqpUrl, name: 'test', log, maxBackoffMs: 200 });
  publisher.start();
  closeLater(() => publisher.stop());
  const env = {
    ...FASTER_THAN_PEOPLE,
    HOST: '127.0.0.1',
    LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
    JWT_SECRET: secret,
    GATEWAY_PORT: '0',
    DRAIN_MS: '0',
    STREAM_PROBE_MS: '200',
    AMQP_URL: broker.gatewayUrl,
  };
  const running = new Set<ListeningService>();

  const publishRaw: Rig['publishRaw'] = async ({ exchange, routingKey, body }) => {
    const message = { exchange, routingKey, body: Buffer.from(body), messageId: randomUUID(), type: routingKey };
    // Who sends events waits in its outbox while the broker is away.
    await eventually(async () => {
      const [failure] = await publisher.publish([message]);
      if (failure !== undefined) throw new Error(failure);
    });
  };

  await publishRaw(NOBODY_BLOCKED);

  return {
    broker,
    env,
    token: (role, sub, ttlSeconds = 3600) => signToken({ role, sub, ttlSeconds, secret }),
    async startGateway(settings = {}) {
      const service = await createGatewayService(readConfig({ ...env, ...settings }));
      running.add(service);
      const stop = async () => {
        if (running.delete(service)) await service.stop();
      };
      closeLater(stop);
      await service.start();
      const address = `127.0.0.1:${service.port()}`;
      await reads(`http://${address}`);
      return { url: `ws://${address}`, httpUrl: `http://${address}`, stop };
    },
    publishRaw,
    async publish({ type, aggregateId, version, data }) {
      const body = JSON.stringify(wireEvent({ type, aggregateId, version, data }));
      await publishRaw({ exchange: EVENTS[type].exchange, routingKey: type, body });
    },
    async publishPosition(position) {
      const full = {
        driver_id: 'driver',
        latitude: 52.5,
        longitude: 13.4,
        recorded_at: new Date().toISOString(),
        ...position,
      };
      await publishRaw({
        exchange: EXCHANGES.trackingPositions,
        routingKey: POSITIONS_RECORDED,
        body: JSON.stringify({ positions: [full] }),
      });
    },
    async stop() {
      await Promise.all([...running].map((service) => service.stop()));
      await publisher.stop();
      await broker.discard();
    },
  };
}

/** It listens a little before it has read the stream, on a busy machine, and lets nobody in until then. */
async function reads(httpUrl: string): Promise<void> {
  await eventually(async () => {
    const { status, body } = await call('GET', `${httpUrl}/readyz`);
    if (status !== 200) throw new Error(body.error.message);
  }, LONG_WAIT_MS);
}

/** A gateway in a process of its own, which can be killed. */
export async function spawnGateway({ env }: Rig, settings: Record<string, string> = {}): Promise<GatewayProcess> {
  const { url: httpUrl, kill, output } = await startService('gateway', { ...env, LOG_LEVEL: 'info', ...settings });
  await reads(httpUrl);
  return {
    url: httpUrl.replace('http', 'ws'),
    httpUrl,
    kill,
    output,
    async stop() {
      await kill('SIGTERM');
    },
  };
}

/** A booking whose life is told by hand. */
export function makeBooking(rig: Pick<Rig, 'publish'>, who: { userId: string; driverId?: string; reason?: string }) {
  const bookingId = randomUUID();
  let version = 0;
  let previous: BookingStatus | null = null;
  let previousDriver: string | null = null;
  return {
    bookingId,
    async become(status: BookingStatus, driverId: string | null = who.driverId ?? null): Promise<number> {
      const type = bookingEventType({ previousStatus: previous, status });
      version += 1;
      await rig.publish({
        type,
        aggregateId: bookingId,
        version,
        data: bookingChange({
          booking_id: bookingId,
          user_id: who.userId,
          driver_id: driverId,
          status,
          previous_status: previous,
          previous_driver_id: previousDriver,
          reason: who.reason ?? null,
        }),
      });
      previous = status;
      previousDriver = driverId;
      return version;
    },
  };
}

/** A `logi.v2` connection; `lastId` resumes. */
export function connectV2(gateway: Pick<Gateway, 'url'>, token: string, query = ''): Promise<V2Socket> {
  return TestSocket.connect<V2Envelope>(`${gateway.url}/ws?token=${token}${query}`, { protocols: [PROTOCOL_V2] });
}

/** Where the client is: the id of the last message that has one. */
export function placeOf({ messages }: V2Socket): string {
  return messages.findLast(({ id }) => id !== undefined)?.id ?? '';
}

/** The statuses that a socket was told, in the order of arrival. */
export function statusesIn({ messages }: { messages: { type: string; payload: object }[] }): unknown[] {
  return messages.flatMap(({ type, payload }) =>
    type === 'status_update' && 'status' in payload ? [payload.status] : [],
  );
}
