import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readMetric } from '../../tools/testing/read-metric.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { closeLater } from '../support/cleanup.ts';
import { connectSql } from '../support/database.ts';
import { call } from '../support/http.ts';
import { expectRefusal } from '../support/refusals.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { TestSocket } from '../support/socket.ts';

type Ack = { type: 'ack'; payload: { seq: number; accepted: number; wait_ms?: number } };
const HERE = { latitude: 52, longitude: 13 };
const openStream = (of: System, driverId: string) =>
  TestSocket.connect<Ack>(`${of.trackingUrl.replace('http', 'ws')}/v1/stream?token=${of.token('driver', driverId)}`);
const points = (count: number, seq: number) => Array.from({ length: count }, () => ({ ...HERE, seq }));
const send = (stream: TestSocket<Ack>, payload: unknown) =>
  stream.send(JSON.stringify({ type: 'location_update', payload }));
const acknowledged = (stream: TestSocket<Ack>, seq: number) => stream.find(({ payload }) => payload.seq === seq);
const post = (of: System, driverId: string, count: number) =>
  call('POST', `${of.trackingUrl}/v1/locations`, {
    token: of.token('driver', driverId),
    body: { points: points(count, 0) },
  });

/** From here on no stream is read. */
const FULL = 800;
const SMALL_BUFFER = { MAX_BUFFERED_POINTS: '1000' };

let unlimited: System;
let limited: System;
let unshared: System;
let shared: System;
beforeAll(async () => {
  [unlimited, limited, unshared, shared] = await Promise.all([
    startSystem(),
    startSystem({ MAX_POINTS_PER_SECOND: '10', MAX_SAVED_POINTS: '500' }),
    startSystem({ ...SMALL_BUFFER, MAX_BUFFERED_POINTS_PER_DRIVER: '1000000' }),
    startSystem({ ...SMALL_BUFFER, MAX_BUFFERED_POINTS_PER_DRIVER: '50' }),
  ]);
});
afterAll(() => Promise.all([unlimited, limited, unshared, shared].map((each) => each.stop())));

describe('points', () => {
  test('a request with more than a driver has saved up is refused, to be sent again; another driver’s is taken', async () => {
    for (const each of [unlimited, limited]) expect((await post(each, 'dora', 500)).status).toBe(200);
    expect((await post(unlimited, 'dora', 500)).status).toBe(200);
    const refused = await post(limited, 'dora', 500);
    expectRefusal(refused, 'rate_limited');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(10);
    expect((await post(limited, 'drew', 500)).status).toBe(200);
  });

  test('a stream that brings more is not read for a while: it is not closed, nothing is lost, and others are read', async () => {
    const [stream, neighbour] = [await openStream(limited, 'hasty'), await openStream(limited, 'calm')];
    for (const [seq, count] of [500, 15].entries()) {
      send(stream, points(count, seq));
      const { payload } = await acknowledged(stream, seq); // what has been read is taken
      if (seq === 0) expect(payload).not.toHaveProperty('wait_ms');
      else expect(payload.wait_ms).toBeGreaterThan(0);
    }
    let isRead = false;
    const read = stream.caughtUp().then(() => {
      isRead = true;
    });
    for (let seq = 0; seq < 5; seq += 1) {
      send(neighbour, points(1, seq));
      await acknowledged(neighbour, seq);
    }
    expect(isRead).toBe(false);
    await read;
    expect(stream.closedWith).toBeUndefined();
    expect(await readMetric(limited.trackingUrl, 'logi_rate_limited_total{class="points"}')).toBeGreaterThan(0);
  });

  test('a frame of few points and many bytes is paid for by its bytes', async () => {
    const stream = await openStream(limited, 'padded');
    send(stream, { ...HERE, seq: 0, note: 'n'.repeat(250_000) });
    await acknowledged(stream, 0);
    expectRefusal(await post(limited, 'padded', 100), 'rate_limited');
  });
});

describe('while the database stands still', () => {
  const [FRAMES, EACH] = [400, 5];
  const buffered = ({ trackingUrl }: System) => readMetric(trackingUrl, 'logi_points_buffered');
  async function holdUp({ servers }: System): Promise<() => Promise<unknown>> {
    const client = await connectSql(servers.databaseUrl);
    await client.query('begin; lock table tracking.position in access exclusive mode');
    closeLater(() => client.end());
    return () => client.query('commit');
  }
  async function flood(of: System): Promise<TestSocket<Ack>> {
    const stream = await openStream(of, 'flood');
    // More than what is read from a line at once.
    const wide = (seq: number) => points(EACH, seq).map((point) => ({ ...point, note: 'n'.repeat(200) }));
    for (let seq = 0; seq < FRAMES; seq += 1) send(stream, wide(seq));
    return stream;
  }

  test('one driver’s flood fills the buffer of all where there are no shares, and nobody is read', async () => {
    const neighbour = await openStream(unshared, 'calm');
    const goOn = await holdUp(unshared);
    await flood(unshared);
    await eventually(async () => expect(await buffered(unshared)).toBeGreaterThanOrEqual(FULL));
    let isRead = false;
    void neighbour.caughtUp().then(
      () => {
        isRead = true;
      },
      () => undefined,
    );
    for (let asked = 0; asked < 5; asked += 1) await buffered(unshared);
    expect(isRead).toBe(false);
    await goOn();
    await eventually(() => expect(isRead).toBe(true));
  });

  test('with shares only the flood waits: others are read, and in the end everything is stored', async () => {
    const neighbour = await openStream(shared, 'calm');
    const goOn = await holdUp(shared);
    const stream = await flood(shared);
    await eventually(async () => expect(await buffered(shared)).toBeGreaterThanOrEqual(50));
    for (let seq = 0; seq < 5; seq += 1) {
      send(neighbour, points(1, seq));
      await neighbour.caughtUp();
    }
    expect(await buffered(shared)).toBeLessThan(FULL);
    expectRefusal(await post(shared, 'flood', 1), 'too_many_points');
    await goOn();
    await acknowledged(stream, FRAMES - 1);
    for (let seq = 0; seq < 5; seq += 1) await acknowledged(neighbour, seq);
    expect(stream.messages).toHaveLength(FRAMES);
  });
});
