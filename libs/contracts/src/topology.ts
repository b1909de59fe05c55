/** The names that operators see in the RabbitMQ UI. Everything here is declared by the `migrate` step, by no service. */
export const EXCHANGES = {
  bookingEvents: 'booking.events',
  trackingEvents: 'tracking.events',
  /** What the operator’s people did. Every service may write to it. */
  auditEvents: 'audit.events',
  /** Live positions: transient, and only the newest counts. */
  trackingPositions: 'tracking.positions',
  /** Where drivers are whom an admin watches, by the id of the gateway. Nothing goes there while nobody does. */
  trackingFleet: 'tracking.fleet',
  /** What a process reads back when it starts: changes, and now and then all there is (state.ts). */
  trackingState: 'tracking.state',
  bookingState: 'booking.state',
  /** What one gateway tells all of them, itself included: whom to cut off, who is asked for. */
  gatewayCommands: 'gateway.commands',
  /** Where an event goes that no queue asked for; the queue of the same name keeps it. */
  unrouted: 'unrouted',
} as const;

/** Those that do the work. They never call each other. */
export const CORE_SERVICES = ['booking', 'tracking', 'gateway'] as const;
export type CoreService = (typeof CORE_SERVICES)[number];
/** And the one for people who look, which calls them all and is called by none. */
export const SERVICES = [...CORE_SERVICES, 'operations'] as const;
export type ServiceName = (typeof SERVICES)[number];

/** Who publishes events to which exchange. */
export const EVENT_SOURCES: Record<
  (typeof EXCHANGES)['bookingEvents' | 'trackingEvents' | 'auditEvents'],
  readonly ServiceName[]
> = {
  [EXCHANGES.bookingEvents]: ['booking'],
  [EXCHANGES.trackingEvents]: ['tracking'],
  [EXCHANGES.auditEvents]: SERVICES,
};

/**
 * The queues of each service. A work queue hands each event to one instance, in order; the stream is a log that every
 * gateway reads from end to end.
 */
export const QUEUES = {
  bookingTrackingEvents: 'booking.tracking-events',
  trackingBookingEvents: 'tracking.booking-events',
  /** Apart from the others: what is blocked must not wait behind what has piled up. */
  trackingBlocks: 'tracking.blocks',
  gatewayNotifications: 'gateway.notifications',
} as const;

/**
 * Work queues that several instances share, spread over shards by this header: the events of one driver, and of a booking
 * without one, stay together and in order.
 */
export const SHARDED_QUEUES = [QUEUES.bookingTrackingEvents, QUEUES.trackingBookingEvents] as const;
export type ShardedQueue = (typeof SHARDED_QUEUES)[number];
export const SHARD_KEY_HEADER = 'x-shard-key';
/** Whoever publishes says in it which shard the key is in: a number, as text. */
export const SHARD_HEADER = 'shard';
export const SHARDS = { default: 8, min: 1, max: 64 } as const;

export function shardQueue(queue: string, shard: number): string {
  return `${queue}.${shard}`;
}

/** Puts each message into the shard that it names. */
export function shardExchange(queue: string): string {
  return `${queue}.shards`;
}

/** Takes those that name none, into the first. */
export function shardlessExchange(queue: string): string {
  return `${shardExchange(queue)}.others`;
}

/** The queues in which the messages of one wait: its shards, or itself. */
export function waitingRooms(queue: string, shards: number): string[] {
  const isSharded = SHARDED_QUEUES.some((sharded) => sharded === queue);
  return isSharded ? Array.from({ length: shards }, (_, shard) => shardQueue(queue, shard)) : [queue];
}

/**
 * Streams from which every gateway reads back, when it starts, what it must know and has no database for. Each is bound
 * to the exchange of who owns that state, and to the readers' own exchange, for their marks.
 */
export const STATE_STREAMS = {
  /** Live positions, and the last ones of all trips under way. */
  tripPositions: 'gateway.trip-positions',
  /** Whom an operator has put out. */
  blocks: 'gateway.blocks',
} as const;
export type StateStream = (typeof STATE_STREAMS)[keyof typeof STATE_STREAMS];

/** Which areas somebody watches, as the gateways say it again and again; every tracking reads it from its newest end. */
export const WATCH_STREAM = 'tracking.watches';

/** A gateway's own message to the stream. That it comes back shows that delivery works, and how long it takes. */
export const STREAM_PROBE = 'gateway.probe';

/** Fixed waits of the retry queues: one queue for each, because a queue expires messages at its head only. */
export const RETRY_DELAYS = [
  { name: '5s', delayMs: 5_000 },
  { name: '30s', delayMs: 30_000 },
  { name: '5m', delayMs: 300_000 },
] as const;

export function retryQueue(queue: string, delay: (typeof RETRY_DELAYS)[number]['name']): string {
  return `${queue}.retry.${delay}`;
}

export function deadQueue(queue: string): string {
  return `${queue}.dead`;
}

/** The service's own direct exchange by which a message reaches a retry queue, a dead queue, or its queue once more. */
export function redeliveryExchange(service: ServiceName): string {
  return `${service}.redelivery`;
}
