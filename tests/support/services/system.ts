import { randomBytes } from 'node:crypto';
import { signToken } from '@logi/auth';
import type { Role, ServiceName } from '@logi/contracts';
import type { ListeningService } from '@logi/service';
import { readConfig as readBookingConfig } from '../../../services/booking/src/config.ts';
import { createBookingService } from '../../../services/booking/src/service.ts';
import { readConfig as readGatewayConfig } from '../../../services/gateway/src/config.ts';
import { createGatewayService } from '../../../services/gateway/src/service.ts';
import { readConfig as readOperationsConfig } from '../../../services/operations/src/config.ts';
import { createOperationsService } from '../../../services/operations/src/service.ts';
import { readConfig as readTrackingConfig } from '../../../services/tracking/src/config.ts';
import { createTrackingService } from '../../../services/tracking/src/service.ts';
import { FASTER_THAN_PEOPLE } from '../../../tools/testing/faster-than-people.ts';
import { closeLater } from '../cleanup.ts';
import { createTestServers, type OtherServers, type TestServers } from '../servers.ts';

export type System = {
  servers: TestServers;
  secret: string;
  booking: ListeningService;
  tracking: ListeningService;
  gateway: ListeningService;
  bookingUrl: string;
  trackingUrl: string;
  gatewayUrl: string;
  token: (role: Role, sub: string, ttlSeconds?: number) => string;
  /** One more instance of a service, as after a restart or when scaled out. It stops with the system, or before. */
  start: Record<ServiceName, (settings?: Record<string, string>) => Promise<ListeningService>>;
  stop: () => Promise<void>;
};

/** The whole of Logi in this process, on servers of its own. Settings are environment variables, for all services. */
export async function startSystem(settings: Record<string, string> = {}, on?: OtherServers): Promise<System> {
  const servers = await createTestServers(on);
  const secret = randomBytes(32).toString('hex');
  const env = {
    HOST: '127.0.0.1',
    LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
    JWT_SECRET: secret,
    BOOKING_PORT: '0',
    TRACKING_PORT: '0',
    GATEWAY_PORT: '0',
    OPERATIONS_PORT: '0',
    FORWARDING_KEY: randomBytes(32).toString('hex'),
    DRAIN_MS: '0',
    SEARCH_RETRY_MS: '200',
    DISPATCH_POLL_MS: '50',
    ...FASTER_THAN_PEOPLE,
    ...settings,
  };
  const { urls } = servers;
  const running = new Set<ListeningService>();
  const run = async (service: ListeningService) => {
    running.add(service);
    const stop = () => (running.delete(service) ? service.stop() : Promise.resolve());
    closeLater(stop);
    await service.start();
    return { ...service, stop };
  };
  const withDatabase = ({ databaseUrl, amqpUrl }: { databaseUrl: string; amqpUrl: string }) => ({
    ...env,
    DATABASE_URL: databaseUrl,
    AMQP_URL: amqpUrl,
  });
  const start: System['start'] = {
    booking: async (more = {}) =>
      run(await createBookingService(readBookingConfig({ ...withDatabase(urls.booking), ...more }))),
    tracking: async (more = {}) =>
      run(await createTrackingService(readTrackingConfig({ ...withDatabase(urls.tracking), ...more }))),
    gateway: async (more = {}) =>
      run(await createGatewayService(readGatewayConfig({ ...env, AMQP_URL: urls.gateway.amqpUrl, ...more }))),
    operations: async (more = {}) =>
      run(
        await createOperationsService(readOperationsConfig({ ...withDatabase(urls.operations), ...others, ...more })),
      ),
  };
  const [booking, tracking, gateway] = await Promise.all([start.booking(), start.tracking(), start.gateway()]);
  const at = (service: ListeningService) => `http://127.0.0.1:${service.port()}`;
  /** Where the first of each were, also when they have stopped. */
  const others = { BOOKING_URL: at(booking), TRACKING_URL: at(tracking), GATEWAY_URL: at(gateway) };
  return {
    servers,
    secret,
    booking,
    tracking,
    gateway,
    bookingUrl: others.BOOKING_URL,
    trackingUrl: others.TRACKING_URL,
    gatewayUrl: `ws://127.0.0.1:${gateway.port()}`,
    token: (role, sub, ttlSeconds = 3600) => signToken({ role, sub, ttlSeconds, secret }),
    start,
    async stop() {
      await Promise.all([...running].map((service) => service.stop()));
      await servers.discard();
    },
  };
}
