import { createHash } from 'node:crypto';
import { type BookingStatus, type EventType, parseJson, QUEUES, STREAM_PROBE } from '@logi/contracts';
import { Link, tailStream } from '@logi/messaging';
import { connectOnce } from '@logi/persistence';
import { createLogger } from '@logi/service';
import { z } from 'zod';
import { brokenInvariants } from '../../testing/booking-invariants.ts';

export type Change = {
  bookingId: string;
  version: number;
  from: BookingStatus | null;
  to: BookingStatus;
  driverId: string | null;
  actorRole: string;
  actorId: string;
  /** In milliseconds since 1970. */
  at: number;
};
/** A row of an outbox. */
export type Told = {
  eventId: string;
  type: EventType;
  aggregateId: string;
  version: number;
  data: Record<string, unknown>;
  at: string;
  /** Of the whole event, as it was written. */
  md5: string;
};
export type Published = Pick<Told, 'eventId' | 'type' | 'aggregateId' | 'version' | 'md5'>;

/** What the system itself has recorded when all is done: its tables, and the stream from its start. */
export type Facts = {
  bookings: { bookingId: string; userId: string; driverId: string | null; status: BookingStatus; version: number }[];
  changes: Change[];
  blocked: { role: string; id: string }[];
  keys: { userId: string; key: string; bookingId: string }[];
  told: Told[];
  /** Rows of the inboxes, with the time of the transaction that had the effect, in milliseconds and parts of one. */
  effects: { queue: string; eventId: string; at: number }[];
  trips: { bookingId: string; driverId: string; startedAt: string; endedAt: string | null }[];
  /** What booking and tracking each hold of a driver; the other's by its events. Null where one does not know of them. */
  drivers: {
    driverId: string;
    work: string | null;
    workSeen: string | null;
    label: string | null;
    labelSeen: string | null;
  }[];
  brokenInvariants: Awaited<ReturnType<typeof brokenInvariants>>;
  points: { driverId: string; seq: number }[];
  /** Where drivers said that they were as they went on duty. */
  dutyFixes: { driverId: string; recordedAt: string }[];
  published: Published[];
};

const OUTBOX = `event_id as "eventId", type, aggregate_id as "aggregateId", version, body::jsonb -> 'data' as data,
  body::jsonb ->> 'occurred_at' as at, md5(body)`;
const MILLISECONDS = `(extract(epoch from received_at) * 1000)::float8 as at`;

const QUERIES = {
  bookings: `select booking_id as "bookingId", user_id as "userId", driver_id as "driverId", status, version
    from booking.booking`,
  changes: `select booking_id as "bookingId", version, from_status as "from", to_status as "to",
      driver_id as "driverId", actor_role as "actorRole", actor_id as "actorId",
      (extract(epoch from at) * 1000)::float8 as at
    from booking.history order by booking_id, version`,
  blocked: `select role, sub as id from booking.block`,
  keys: `select user_id as "userId", key, response ->> 'booking_id' as "bookingId" from booking.idempotency_key`,
  told: `select * from (select 1 as service, id, ${OUTBOX} from booking.outbox
    union all select 2, id, ${OUTBOX} from tracking.outbox) o order by service, id`,
  effects: `select consumer as queue, event_id as "eventId", ${MILLISECONDS} from booking.inbox
    union all select consumer, event_id, ${MILLISECONDS} from tracking.inbox`,
  trips: `select booking_id as "bookingId", driver_id as "driverId", started_at as "startedAt", ended_at as "endedAt"
    from tracking.trip`,
  drivers: `select driver_id as "driverId", t.work as "workSeen", t.status as label, b.status as "labelSeen",
      case when b.job_booking_id is not null then 'On Job' when b.open_offers > 0 then 'Reserved'
        when b.driver_id is not null then 'Free' end as work
    from tracking.driver t full join booking.driver b using (driver_id)`,
  points: `select distinct driver_id as "driverId", seq::int from tracking.position where seq is not null`,
  dutyFixes: `select driver_id as "driverId",
      to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "recordedAt"
    from tracking.position where seq is null`,
} as const;

export async function readFacts(databaseUrl: string, published: Published[]): Promise<Facts> {
  const client = await connectOnce(databaseUrl, {});
  try {
    const facts: Record<string, unknown> = { published };
    const sql = async (query: string, values?: unknown[]) => (await client.query(query, values)).rows;
    for (const [name, query] of Object.entries(QUERIES)) facts[name] = await sql(query);
    facts['brokenInvariants'] = await brokenInvariants(sql);
    return facts as Facts; // each query names its columns as its type does
  } finally {
    await client.end();
  }
}

const publishedEvent = z.object({ event_id: z.string(), type: z.string(), aggregate_id: z.string(), version: z.int() });

/** Whatever it is, the checker compares it with what was told. */
function readPublished(body: Buffer): Published {
  const md5 = createHash('md5').update(body).digest('hex');
  const parsed = publishedEvent.safeParse(parseJson(body.toString()));
  const { event_id: eventId, type, aggregate_id: aggregateId, version } = parsed.data ?? UNREADABLE;
  return { eventId, type: type as EventType, aggregateId, version, md5 }; // only types that were told are looked up
}

const UNREADABLE = { event_id: 'unreadable', type: 'unreadable', aggregate_id: '', version: 0 };

/** So much is read once more after each break. */
const LOOK_BACK = 1_000;

/**
 * Reads the stream from its start on, past every loss of the connection, straight from the broker. A node that was cut off
 * may have told of messages that the others never had, and have other ones now at the same offsets.
 */
export function followStream(amqpUrl: string): { published: Published[]; stop: () => Promise<void> } {
  const published: Published[] = [];
  const known: string[] = [];
  const link = new Link({
    url: amqpUrl,
    name: 'chaos',
    log: createLogger({ service: 'chaos', level: 'silent' }),
    maxBackoffMs: 1_000,
    open: (session) =>
      tailStream(session, {
        stream: QUEUES.gatewayNotifications,
        from: Math.max(0, known.length - LOOK_BACK),
        onMessage: ({ offset, routingKey, body }) => {
          if (routingKey === STREAM_PROBE) {
            known[offset] = STREAM_PROBE;
            return;
          }
          const event = readPublished(body);
          if (known[offset] === event.eventId) return;
          known[offset] = event.eventId;
          published.push(event);
        },
      }),
  });
  link.start();
  return { published, stop: () => link.stop() };
}
