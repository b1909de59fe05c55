import { randomUUID } from 'node:crypto';
import { EVENTS, type EventType } from '@logi/contracts';
import { type ConfirmChannel, connect } from 'amqplib';
import pg from 'pg';
import type { Ground } from '../pairs/side.ts';
import { BARE_LIFE, type Ids, PREPARED, type Step } from './bare-life.ts';
import { perBooking } from './measure.ts';
import { type Cpu, serversCpu } from './services.ts';

const BOOKINGS = 400;
const LANES = 8;

/** What a booking cannot cost less than: its rows and messages, written and published by one process that does nothing else. */
export async function bareLives({ databaseUrl, amqpUrl }: Ground): Promise<Cpu> {
  const db = new pg.Pool({ connectionString: databaseUrl, max: LANES });
  const connection = await connect(amqpUrl, { noDelay: true });
  const channel = await connection.createConfirmChannel();
  try {
    await db.query(PREPARED.drivers, [LANES]);
    const lives = async (count: number) => {
      let left = count;
      const lane = async (n: number) => {
        while (left-- > 0) {
          const ids = { booking: randomUUID(), offer: randomUUID(), quote: randomUUID(), driver: `bare ${n}` };
          for (const [version, step] of BARE_LIFE.entries()) await take(step, { ...ids, version }, { db, channel });
        }
      };
      await Promise.all(Array.from({ length: LANES }, (_, n) => lane(n)));
    };
    await lives(LANES * 4); // warm
    const before = await cpuNow();
    await lives(BOOKINGS);
    return perBooking(before, await cpuNow(), BOOKINGS);
  } finally {
    await connection.close();
    await db.end();
  }
}

async function cpuNow(): Promise<Cpu> {
  const { user, system } = process.cpuUsage();
  return { writer: user + system, ...(await serversCpu()) };
}

/** One transaction with its events in the outbox, these published and confirmed, and marked. */
async function take(
  { schema, rows, tells }: Step,
  ids: Ids & { version: number },
  { db, channel }: { db: pg.Pool; channel: ConfirmChannel },
): Promise<void> {
  const events = tells.map((type) => ({ id: randomUUID(), type, body: bodyOf(type, ids) }));
  const client = await db.connect();
  const ask = (text: string, values: unknown[]) => client.query({ name: nameOf(text), text, values });
  try {
    await client.query('begin');
    for (const { text, values } of rows) await ask(text, values(ids));
    for (const { id, type, body } of events)
      await ask(PREPARED.outbox[schema], [id, type, ids.booking, ids.version, body]);
    await client.query('commit');
    if (events.length === 0) return;
    await Promise.all(events.map((event) => publish(channel, event)));
    await ask(PREPARED.mark[schema], [events.map(({ id }) => id)]);
  } finally {
    client.release();
  }
}

const names = new Map<string, string>();

/** Prepared once on each connection, as ours are. */
function nameOf(text: string): string {
  const known = names.get(text) ?? `bare ${names.size}`;
  names.set(text, known);
  return known;
}

function bodyOf(type: EventType, { booking }: Ids): string {
  const { example } = EVENTS[type];
  return JSON.stringify({ event_id: randomUUID(), type, aggregate_id: booking, version: 1, data: example });
}

function publish(
  channel: ConfirmChannel,
  { id, type, body }: { id: string; type: EventType; body: string },
): Promise<void> {
  const properties = { persistent: true, contentType: 'application/json', messageId: id, type };
  return new Promise((resolve, reject) =>
    channel.publish(EVENTS[type].exchange, type, Buffer.from(body), properties, (err: unknown) =>
      err ? reject(new Error('not confirmed', { cause: err })) : resolve(),
    ),
  );
}
