import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readMetric } from '../../tools/testing/read-metric.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { openSql } from '../support/database.ts';
import { call } from '../support/http.ts';
import { lonelyPlace, startPastTrip } from '../support/people/trip.ts';
import { type System, startSystem } from '../support/services/system.ts';

const TRAIL_GAP_MS = 1_000;

let system: System;
let database: Awaited<ReturnType<typeof openSql>>;
beforeAll(async () => {
  system = await startSystem({
    MAX_FLUSH_POINTS: '2',
    MAX_FLUSH_POINTS_PER_DRIVER: '1',
    TRAIL_GAP_MS: `${TRAIL_GAP_MS}`,
  });
  database = await openSql(system.servers.databaseUrl);
});
afterAll(async () => {
  await database.close();
  await system.stop();
});

async function post(driverId: string, points: object[]): Promise<void> {
  const token = system.token('driver', driverId);
  const answer = await call('POST', `${system.trackingUrl}/v1/locations`, { token, body: { points } });
  expect(answer).toMatchObject({ status: 200, body: { accepted: points.length } });
}

const buffered = () => readMetric(system.trackingUrl, 'logi_points_buffered');

type Message = { driverId: string; points: number };

/** They come one after the other, while nothing can be written. Who was answered, in that order. */
async function sendWhileLocked(messages: readonly Message[]): Promise<string[]> {
  const answered: string[] = [];
  const sent: Promise<void>[] = [];
  let points = 0;
  await database.sql('begin; lock table tracking.position in access exclusive mode');
  for (const message of messages) {
    const { driverId } = message;
    const body = Array.from({ length: message.points }, () => ({ latitude: 52, longitude: 13 }));
    sent.push(post(driverId, body).then(() => void answered.push(driverId)));
    points += message.points;
    await eventually(async () => expect(await buffered()).toBe(points));
  }
  await database.sql('commit');
  await Promise.all(sent);
  return answered;
}

test('a transaction takes in as many points as MAX_FLUSH_POINTS, and the rest is left to the next', async () => {
  const flushes = () => readMetric(system.trackingUrl, 'logi_points_flush_seconds_count');
  const before = await flushes();
  await sendWhileLocked([1, 2, 3, 4, 5].map((count) => ({ driverId: `driver ${count}`, points: 1 })));
  expect((await flushes()) - before).toBe(3); // the one under way had one point only
});

test.each([
  ['many messages', [1, 1, 1, 1, 1]],
  ['one message', [1, 4]],
])(
  'of one driver it takes in MAX_FLUSH_POINTS_PER_DRIVER: who comes after a flood of %s does not wait for its end',
  async (_flood, sizes) => {
    const flood = sizes.map((points) => ({ driverId: 'hasty', points }));
    const answered = await sendWhileLocked([...flood, { driverId: 'calm', points: 1 }]);
    expect(answered.indexOf('calm')).toBeLessThan(answered.lastIndexOf('hasty'));
  },
);

test('a silence of TRAIL_GAP_MS is within one segment of a trail, and a longer one begins another', async () => {
  const pickup = lonelyPlace();
  const { bookingId, startedAt } = await startPastTrip(system, { driverId: 'dora', userId: 'ana', pickup });
  const times = [TRAIL_GAP_MS, 2 * TRAIL_GAP_MS, 3 * TRAIL_GAP_MS + 1];
  await post(
    'dora',
    times.map((ms) => ({ ...pickup, recorded_at: new Date(startedAt + ms).toISOString() })),
  );
  const token = system.token('admin', 'ops');
  const trail = await call('GET', `${system.trackingUrl}/v1/bookings/${bookingId}/trail`, { token });
  expect(trail.body.properties.segments).toEqual([
    [0, 1],
    [2, 2],
  ]);
});
