import pg from 'pg';
import { copyPoints } from '../../../services/tracking/src/positions/copy-points.ts';
import type { Point } from '../../../services/tracking/src/positions/point.ts';

const COPY_BATCH = 1_000;
const MEASURE_MS = 8_000;
const DRIVERS = 1_000;

/** Points a second into the same table by one connection: COPY of a thousand rows a transaction, the limit. */
export async function copyRate(databaseUrl: string): Promise<number> {
  return rate(databaseUrl, async (client, from) => {
    const points = Array.from({ length: COPY_BATCH }, (_, i) => pointOf(from + i));
    await client.query('begin');
    await copyPoints(client, points);
    await client.query('commit');
    return COPY_BATCH;
  });
}

/** The naive way: an INSERT and a commit for each point. */
export async function insertRate(databaseUrl: string): Promise<number> {
  return rate(databaseUrl, async (client, from) => {
    const { driverId, recordedAt, receivedAt, latitude, longitude, accuracy, speed, heading, seq } = pointOf(from);
    await client.query({
      name: 'insert-point',
      text: `insert into position (driver_id, recorded_at, received_at, latitude, longitude, accuracy, speed, heading, seq)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      values: [driverId, recordedAt, receivedAt, latitude, longitude, accuracy, speed, heading, seq],
    });
    return 1;
  });
}

async function rate(url: string, write: (client: pg.Client, from: number) => Promise<number>): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('set search_path = tracking, public');
  const startedAt = performance.now();
  let written = 0;
  while (performance.now() - startedAt < MEASURE_MS) written += await write(client, written);
  const seconds = (performance.now() - startedAt) / 1_000;
  await client.end();
  return written / seconds;
}

/** What the fleet sends, too. */
function pointOf(n: number): Point {
  const seq = Math.floor(n / DRIVERS);
  return {
    driverId: `known-${n % DRIVERS}`,
    latitude: (n % DRIVERS) * 0.05 + seq * 0.00009,
    longitude: (n % DRIVERS) / 1_000,
    recordedAt: new Date(Date.now() - 20 * 86_400_000 + seq * 1_000),
    receivedAt: new Date(),
    accuracy: 5,
    speed: 10,
    heading: 0,
    battery: null,
    seq,
    flaw: null,
    device: null,
    deviceTime: null,
    isDeviceTimed: false,
    sentAt: null,
  };
}
