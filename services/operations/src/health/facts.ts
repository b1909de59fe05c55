import {
  CORE_SERVICES,
  type CoreService,
  deadQueue,
  EXCHANGES,
  QUEUES,
  RETRY_DELAYS,
  retryQueue,
  waitingRooms,
} from '@logi/contracts';
import { sql } from 'kysely';
import { z } from 'zod';
import type { Config } from '../config.ts';
import type { Context } from '../context.ts';
import { readGauge } from './read-gauge.ts';

const PROBE_TIMEOUT_MS = 2_000;

export const serviceFacts = z.object({
  service: z.enum(CORE_SERVICES),
  state: z.enum(['ready', 'not_ready', 'away']),
  /** In its own words, why it is not ready. */
  reason: z.string().nullable(),
  /** Of the instance that answered; null where it has no such figure, or its figures cannot be had. */
  outbox_oldest_seconds: z.number().nullable(),
  stream_lag_seconds: z.number().nullable(),
  open_sockets: z.number().nullable(),
});
export type ServiceFacts = z.infer<typeof serviceFacts>;

export const queueFacts = z.object({
  queue: z.string(),
  kind: z.enum(['work', 'stream', 'retry', 'dead', 'unrouted']),
  /** False where the broker has no such queue: then nothing is published. */
  exists: z.boolean(),
  messages: z.int(),
  /** Where a queue has shards, of the one that has the fewest. */
  consumers: z.int(),
});
export type QueueFacts = z.infer<typeof queueFacts>;

export type Facts = {
  services: ServiceFacts[];
  /** Undefined while the broker is away. */
  queues: QueueFacts[] | undefined;
  hasDatabase: boolean;
};

export async function gatherFacts(ctx: Context): Promise<Facts> {
  const [services, queues, hasDatabase] = await Promise.all([
    Promise.all(CORE_SERVICES.map((service) => lookAtService(ctx.config, service))),
    lookAtQueues(ctx),
    answersDatabase(ctx),
  ]);
  return { services, queues, hasDatabase };
}

async function lookAtService(config: Config, service: CoreService): Promise<ServiceFacts> {
  const origin = { booking: config.BOOKING_URL, tracking: config.TRACKING_URL, gateway: config.GATEWAY_URL }[service];
  const [ready, metrics] = await Promise.all([ask(`${origin}/readyz`), ask(metricsUrl(config, origin))]);
  const gauge = (name: string) => (metrics?.ok ? readGauge(metrics.text, name) : null);
  return {
    service,
    state: ready === undefined ? 'away' : ready.ok ? 'ready' : 'not_ready',
    reason: ready && !ready.ok ? reasonIn(ready.text) : null,
    outbox_oldest_seconds: gauge('logi_outbox_oldest_age_seconds'),
    stream_lag_seconds: gauge('logi_stream_lag_seconds'),
    open_sockets: gauge('logi_ws_connections'),
  };
}

function metricsUrl({ SERVICES_METRICS_PORT: port }: Config, origin: string): string {
  const url = new URL('/metrics', origin);
  if (port !== 0) url.port = String(port);
  return url.href;
}

async function ask(url: string): Promise<{ ok: boolean; text: string } | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    return { ok: response.ok, text: await response.text() };
  } catch {
    return undefined;
  }
}

const refusal = z.object({ error: z.object({ message: z.string() }) });

function reasonIn(text: string): string {
  try {
    return refusal.parse(JSON.parse(text)).error.message;
  } catch {
    return 'it does not say why';
  }
}

async function lookAtQueues({ broker, config, log }: Context): Promise<QueueFacts[] | undefined> {
  const { session } = broker;
  if (!session) return undefined;
  const all = [
    ...Object.values(QUEUES).flatMap((queue): Pick<QueueFacts, 'queue' | 'kind'>[] => [
      { queue, kind: queue === QUEUES.gatewayNotifications ? 'stream' : 'work' },
      ...(queue === QUEUES.gatewayNotifications
        ? []
        : RETRY_DELAYS.map(({ name }) => ({ queue: retryQueue(queue, name), kind: 'retry' as const }))),
      { queue: deadQueue(queue), kind: 'dead' },
    ]),
    { queue: EXCHANGES.unrouted, kind: 'unrouted' as const },
  ];
  try {
    return await Promise.all(
      all.map(async (each) => {
        const rooms = waitingRooms(each.queue, config.WORK_QUEUE_SHARDS);
        const found = await Promise.all(rooms.map((room) => session.look(room)));
        return {
          ...each,
          exists: found.every((room) => room !== undefined),
          messages: found.reduce((sum, room) => sum + (room?.messages ?? 0), 0),
          consumers: Math.min(...found.map((room) => room?.consumers ?? 0)),
        };
      }),
    );
  } catch (err) {
    log.debug({ err }, 'the queues could not be looked at');
    return undefined;
  }
}

function answersDatabase({ db }: Context): Promise<boolean> {
  return sql`select 1`.execute(db).then(
    () => true,
    () => false,
  );
}
