import { randomUUID } from 'node:crypto';
import { EVENTS, type EventData, type LatLon, SHARD_KEY_HEADER, toGeoPoint } from '@logi/contracts';
import { Publisher } from '@logi/messaging';
import { createLogger } from '@logi/service';
import { connect } from 'amqplib';
import { wireEvent } from '../../testing/events.ts';
import { percentile } from '../../testing/percentile.ts';
import { eventually } from '../../testing/waiting.ts';
import { asFastAsPossible } from '../load.ts';
import { byProcess, cpuEach, cpuTimes, describeCpu } from '../processes.ts';
import type { Row } from '../suite.ts';
import type { Stage } from './stage.ts';

const ASKED = 'drivers.requested';
const ANSWERED = 'drivers.nominated';
/** As the booking suite has calls under way. */
const AT_ONCE = 16;
const WARM = 300;
const SEARCHES = 2_000;
const RADIUS_METERS = 2_000;
const CANDIDATES = 10;

/** Searches from booking's question to tracking's answer, by events, through inbox, map, outbox and relay. */
export async function measureNominations(stage: Stage): Promise<Row[]> {
  const { rows: places } = await stage.db.query<LatLon>(
    `select latitude, longitude from tracking.driver_place where status = 'Available' order by random() limit 1000`,
  );
  const searches = await openSearches(stage.amqpUrl);
  const asking = (count: number) =>
    Array.from(
      { length: count },
      (_, n) => () => searches.ask(places[n % places.length] ?? { latitude: 48, longitude: 11 }),
    );
  try {
    await asFastAsPossible(asking(WARM), AT_ONCE);
    const cpu = () => cpuTimes(stage.service.pid ?? 0);
    const before = await cpu();
    const { perSecond, latenciesMs } = await asFastAsPossible(asking(SEARCHES), AT_ONCE);
    const each = cpuEach(before, await cpu(), SEARCHES);
    const [p50, p99] = [0.5, 0.99].map((share) => percentile(latenciesMs, share).toFixed(0));
    return [
      {
        what: `nominate: ${ASKED} to ${ANSWERED}, ${AT_ONCE} at a time`,
        ours: `${perSecond.toFixed(0)}/s, p50 ${p50} ms, p99 ${p99} ms`,
      },
      {
        what: '  CPU µs each',
        ours: describeCpu(each),
        bars: { plot: 'calls', label: 'nominate', values: byProcess(each) },
      },
    ];
  } finally {
    await searches.close();
  }
}

/** Booking's part: each search is one that nobody has asked before. */
async function openSearches(amqpUrl: string) {
  const connection = await connect(amqpUrl, { noDelay: true });
  const channel = await connection.createChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, EVENTS[ANSWERED].exchange, ANSWERED);
  const waiting = new Map<string, () => void>();
  const answered = (message: { content: Buffer } | null) => {
    const { aggregate_id } = JSON.parse(message?.content.toString() ?? '{}');
    waiting.get(aggregate_id)?.();
    waiting.delete(aggregate_id);
  };
  await channel.consume(queue, answered, { noAck: true });
  const publisher = new Publisher({
    url: amqpUrl,
    name: 'bench',
    log: createLogger({ service: 'bench', level: 'silent' }),
  });
  publisher.start();
  await eventually(() => {
    if (!publisher.isReady) throw new Error('the broker is away');
  });
  return {
    async ask(place: LatLon): Promise<void> {
      const bookingId = randomUUID();
      const isAnswered = new Promise<void>((resolve) => waiting.set(bookingId, resolve));
      const [failure] = await publisher.publish([question(bookingId, place)]);
      if (failure !== undefined) throw new Error(failure);
      await isAnswered;
    },
    async close() {
      await publisher.stop();
      await connection.close();
    },
  };
}

function question(bookingId: string, place: LatLon) {
  const data: EventData<typeof ASKED> = {
    booking_id: bookingId,
    round: 1,
    vehicle_types: ['car'],
    pickup_location: toGeoPoint(place),
    radius_meters: RADIUS_METERS,
    limit: CANDIDATES,
    excluded_driver_ids: [],
  };
  const event = wireEvent({ type: ASKED, aggregateId: bookingId, version: 1, data });
  return {
    exchange: EVENTS[ASKED].exchange,
    routingKey: ASKED,
    body: Buffer.from(JSON.stringify(event)),
    messageId: event.event_id,
    type: ASKED,
    headers: { [SHARD_KEY_HEADER]: bookingId },
  };
}
