import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { FASTER_THAN_PEOPLE } from '../../tools/testing/faster-than-people.ts';
import { readMetric } from '../../tools/testing/read-metric.ts';
import { LONG_WAIT_MS, within } from '../../tools/testing/waiting.ts';
import { call } from '../support/http.ts';
import { long } from '../support/long.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { TestSocket } from '../support/socket.ts';
import { spawnTool } from '../support/tool.ts';

/** Every limit as it is when nobody sets it. */
const DEFAULTS = Object.fromEntries(Object.keys(FASTER_THAN_PEOPLE).map((name) => [name, '']));

let system: System;
beforeAll(async () => {
  system = await startSystem({ ...DEFAULTS, COMMIT_TIMEOUT_MS: '60000' });
});
afterAll(() => system.stop());

async function refusedForRate(): Promise<number> {
  const origins = [system.bookingUrl, system.trackingUrl, system.gatewayUrl];
  const counts = await Promise.all(origins.map((origin) => readMetric(origin, 'logi_rate_limited_total')));
  return counts.reduce((sum, count) => sum + count, 0);
}

const DAY_SECONDS = 86_400;
/** The fixes of a day without a network, one each so many seconds, oldest first. */
function dayOf(everySeconds: number) {
  const count = DAY_SECONDS / everySeconds;
  const startedAt = Date.now() - DAY_SECONDS * 1_000;
  return Array.from({ length: count }, (_, seq) => ({
    latitude: 52 + seq / 1e6,
    longitude: 13,
    recorded_at: new Date(startedAt + seq * everySeconds * 1_000).toISOString(),
    accuracy: 5,
    speed: 3.2,
    heading: 12,
    battery: 50,
    seq,
  }));
}

type Ack = { type: 'ack'; payload: { seq: number; accepted: number } };
function inBatches<Item>(items: Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

test.each([
  ['second, 500 in a frame', 1, 500],
  ['ten seconds, one in a frame', 10, 1],
])(
  'a phone that was offline for a day sends its fixes of each %s, at once, and all are taken',
  async (_name, every, size) => {
    const token = system.token('driver', `phone ${every}`);
    const stream = await TestSocket.connect<Ack>(
      `${system.trackingUrl.replace('http', 'ws')}/v1/stream?token=${token}`,
    );
    const day = dayOf(every);
    for (const batch of inBatches(day, size)) {
      stream.send(JSON.stringify({ type: 'location_update', payload: size === 1 ? batch[0] : batch }));
    }
    await within(
      stream.find(({ payload }) => payload.seq === day.length - 1),
      'the last acknowledgement',
      { limitMs: LONG_WAIT_MS },
    );
    expect(stream.messages.reduce((sum, { payload }) => sum + payload.accepted, 0)).toBe(day.length);
    expect(stream.closedWith).toBeUndefined();
    expect(await refusedForRate()).toBe(0);
  },
);

test('a phone that sends them by HTTP, or by a tracker app one by one, is taken as well', async () => {
  const token = system.token('driver', 'by HTTP');
  for (const points of inBatches(dayOf(5), 500)) {
    const answer = await call('POST', `${system.trackingUrl}/v1/locations`, { token, body: { points } });
    expect(answer).toMatchObject({ status: 200, body: { accepted: points.length } });
  }
  const tracker = system.token('driver', 'by tracker');
  for (const { latitude, longitude, recorded_at } of dayOf(600)) {
    const place = `lat=${latitude}&lon=${longitude}&timestamp=${encodeURIComponent(recorded_at)}`;
    expect((await call('POST', `${system.trackingUrl}/v1/osmand?${place}&token=${tracker}`)).status).toBe(200);
  }
  expect(await refusedForRate()).toBe(0);
});

long(
  'the demo, twenty times faster than life, meets no limit',
  async () => {
    const city = spawnTool(
      'tools/demo/main.ts',
      ['--seconds', '8', '--drivers', '15', '--users', '12', '--speed', '20', '--quiet'],
      {
        BOOKING_URL: system.bookingUrl,
        TRACKING_URL: system.trackingUrl,
        GATEWAY_URL: system.gatewayUrl,
        JWT_SECRET: system.secret,
      },
    );
    const { output } = await city.ended();
    expect(output).toContain('The day took');
    expect(await refusedForRate()).toBe(0);
  },
  90_000,
);
