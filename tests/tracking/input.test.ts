import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { eventually } from '../../tools/testing/waiting.ts';
import { connectSql, openSql } from '../support/database.ts';
import { call } from '../support/http.ts';
import { expectRefusal } from '../support/refusals.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { TestSocket } from '../support/socket.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const MAX_BUFFERED_POINTS = 500;

let system: System;
let database: Awaited<ReturnType<typeof openSql>>;
beforeAll(async () => {
  system = await startSystem({
    MAX_BUFFERED_POINTS: String(MAX_BUFFERED_POINTS),
    COMMIT_TIMEOUT_MS: '1000',
    MAX_STREAMS_PER_DRIVER: '2',
  });
  database = await openSql(system.servers.databaseUrl);
});
afterAll(async () => {
  await database.close();
  await system.stop();
});

let counter = 0;
let driverId: string;
beforeEach(() => {
  counter += 1;
  driverId = `driver ${counter}`;
});

const fromNow = (ms: number) => new Date(Date.now() + ms).toISOString();

async function post(points: unknown, id = driverId) {
  const body = typeof points === 'string' ? points : { points };
  return call('POST', `${system.trackingUrl}/v1/locations`, { token: system.token('driver', id), body });
}

async function openStream(id = driverId): Promise<TestSocket> {
  return TestSocket.connect(
    `${system.trackingUrl.replace('http', 'ws')}/v1/stream?token=${system.token('driver', id)}`,
  );
}

function update(payload: unknown): string {
  return JSON.stringify({ type: 'location_update', payload });
}

async function showMe(id = driverId) {
  return (await call('GET', `${system.trackingUrl}/v1/drivers/me`, { token: system.token('driver', id) })).body;
}

async function countStored(id = driverId): Promise<unknown> {
  const rows = await database.sql('select count(*)::int as n from tracking.position where driver_id = $1', [id]);
  return rows[0]?.['n'];
}

/** Nothing can be committed to the trail until this is released. */
async function holdTheTrail(): Promise<() => Promise<void>> {
  const client = await connectSql(system.servers.databaseUrl);
  await client.query('begin');
  await client.query('lock table tracking.position in access exclusive mode');
  return () => client.end();
}

describe('what is acknowledged', () => {
  test('is committed: while the database cannot take it, nobody is told that it has', async () => {
    const stream = await openStream();
    const release = await holdTheTrail();
    stream.send(update({ latitude: 1, longitude: 2, seq: 1 }));
    await stream.caughtUp();
    expect(stream.messages).toEqual([]);
    await release();
    await stream.find(() => true);
    expect(stream.messages).toEqual([{ type: 'ack', payload: { seq: 1, accepted: 1, rejected: [] } }]);
    expect(await countStored()).toBe(1);
  });

  test('comes for each frame, in order, with the number of its last accepted point', async () => {
    const stream = await openStream();
    const frames = Array.from({ length: 20 }, (_, n) => [
      { latitude: 1, longitude: 2, seq: 2 * n, recorded_at: fromNow(n - 1_000) },
      { latitude: 1, longitude: 2, seq: 2 * n + 1, recorded_at: fromNow(n - 1_000) },
    ]);
    for (const frame of frames) stream.send(update(frame));
    await eventually(() => expect(stream.messages).toHaveLength(frames.length));
    expect(stream.messages).toEqual(
      frames.map((_, n) => ({ type: 'ack', payload: { seq: 2 * n + 1, accepted: 2, rejected: [] } })),
    );
    expect(await countStored()).toBe(40);
  });

  test('may be nothing, and is acknowledged all the same', async () => {
    const stream = await openStream();
    stream.send(update([]));
    stream.send(update({ latitude: 91, longitude: 0, seq: 9 }));
    await eventually(() => expect(stream.messages).toHaveLength(2));
    expect(stream.messages).toEqual([
      { type: 'ack', payload: { accepted: 0, rejected: [] } },
      {
        type: 'ack',
        payload: {
          accepted: 0,
          rejected: [{ index: 0, code: 'invalid_point', field: 'latitude', final: true }],
        },
      },
    ]);
  });

  test('takes longer than a request may wait: then it is 503, and the points are committed later all the same', async () => {
    const release = await holdTheTrail();
    expectRefusal(await post([{ latitude: 1, longitude: 2 }]), 'unavailable');
    await release();
    await eventually(async () => expect(await countStored()).toBe(1));
  });

  test('has room: what goes beyond the buffer is refused whole, over HTTP and on the stream, and later taken', async () => {
    const stream = await openStream();
    const release = await holdTheTrail();
    const full = post(
      Array.from({ length: MAX_BUFFERED_POINTS }, (_, seq) => ({ latitude: 1, longitude: 2, seq })),
      'filler',
    );
    await eventually(async () => expectRefusal(await post([{ latitude: 1, longitude: 2 }]), 'too_many_points'));
    stream.send(update({ latitude: 1, longitude: 2 }));
    expect(await stream.closed).toMatchObject({ code: 4429 });
    await release();
    await full;
    await eventually(async () => expect(await countStored('filler')).toBe(MAX_BUFFERED_POINTS));
    expect((await post([{ latitude: 1, longitude: 2 }])).body).toEqual({ accepted: 1, rejected: [] });
    expect(await countStored()).toBe(1);
  });
});

const BAD_POINTS: [name: string, point: unknown, rejection: { code: string; field: string; final?: boolean }][] = [
  ['latitude 91', { latitude: 91, longitude: 0 }, { code: 'invalid_point', field: 'latitude' }],
  ['longitude -181', { latitude: 0, longitude: -181 }, { code: 'invalid_point', field: 'longitude' }],
  ['text for a latitude', { latitude: '52', longitude: 0 }, { code: 'invalid_point', field: 'latitude' }],
  ['no longitude', { latitude: 0 }, { code: 'invalid_point', field: 'longitude' }],
  ['null for a latitude', { latitude: null, longitude: 0 }, { code: 'invalid_point', field: 'latitude' }],
  [
    'a time that is none',
    { latitude: 0, longitude: 0, recorded_at: 'now' },
    { code: 'invalid_point', field: 'recorded_at' },
  ],
  [
    'a time 31 days ago',
    { latitude: 0, longitude: 0, recorded_at: fromNow(-31 * DAY_MS) },
    { code: 'too_old', field: 'recorded_at' },
  ],
  ['a list', [52, 13], { code: 'invalid_point', field: 'point' }],
  ['a number', 7, { code: 'invalid_point', field: 'point' }],
  ['null', null, { code: 'invalid_point', field: 'point' }],
  ['SQL', "'); drop table tracking.position; --", { code: 'invalid_point', field: 'point' }],
];

describe('a bad point', () => {
  test('never takes its neighbours with it, and each is told apart by its place and a code', async () => {
    const good = (n: number) => ({ latitude: 1, longitude: 2, seq: n });
    const points = BAD_POINTS.flatMap(([, bad], n) => [good(n), bad]);
    const expected = {
      accepted: BAD_POINTS.length,
      rejected: BAD_POINTS.map(([, , rejection], n) => ({ index: 2 * n + 1, final: true, ...rejection })),
    };
    expect(await post(points)).toMatchObject({ status: 200, body: expected });
    expect(await countStored()).toBe(BAD_POINTS.length);
    const stream = await openStream();
    stream.send(update(points));
    expect(await stream.find(() => true)).toEqual({
      type: 'ack',
      payload: { seq: BAD_POINTS.length - 1, ...expected },
    });
  });

  test.each(BAD_POINTS)('%s is refused by itself', async (_name, point, rejection) => {
    const rejected = [{ index: 0, final: true, ...rejection }];
    expect(await post([point])).toMatchObject({ status: 200, body: { accepted: 0, rejected } });
    expect(await countStored()).toBe(0);
  });

  test('of 1e999 is refused by itself', async () => {
    const answer = await post('{"points":[{"latitude":1e999,"longitude":0},{"latitude":1,"longitude":2}]}');
    expect(answer.body).toMatchObject({
      accepted: 1,
      rejected: [{ index: 0, code: 'invalid_point', field: 'latitude' }],
    });
  });
});

test.each<[name: string, point: Record<string, unknown>]>([
  ['at the pole and the antimeridian', { latitude: -90, longitude: 180 }],
  [
    'with every field at its largest',
    { accuracy: 1_000_000, speed: 1_000, heading: 360, battery: 100, seq: 2 ** 53 - 1 },
  ],
  ['with every field at its smallest', { accuracy: 0, speed: 0, heading: 0, battery: 0, seq: 0 }],
  [
    'with numbers smaller than single precision has',
    { latitude: 5e-324, longitude: -1e-300, accuracy: 1e-310, speed: 1e-50 },
  ],
  ['whose extras are all unknown', { accuracy: null, speed: null, heading: null, battery: null, seq: null }],
  ['whose extras are all out of range', { accuracy: -1, speed: 1_001, heading: 361, battery: 101, seq: -1 }],
  ['whose extras are all of another type', { accuracy: '9', speed: [], heading: {}, battery: true, seq: 1.5 }],
  ['whose number is beyond 2^53', { seq: 2 ** 53 }],
  ['whose time is null', { recorded_at: null }],
  ['whose time has no zone', { recorded_at: fromNow(-MINUTE_MS).slice(0, -1) }],
  ['whose time is in lower case', { recorded_at: fromNow(-MINUTE_MS).toLowerCase() }],
  ['whose time counts seconds', { recorded_at: Math.floor(Date.now() / 1_000) - 60 }],
  ['whose time counts milliseconds', { recorded_at: Date.now() - MINUTE_MS }],
  ['whose time is a number in text', { recorded_at: String(Date.now() - MINUTE_MS) }],
  ['of half a minute ahead', { recorded_at: fromNow(MINUTE_MS / 2) }],
  ['of almost thirty days ago', { recorded_at: fromNow(-30 * DAY_MS + 5 * MINUTE_MS) }],
  ['with microseconds and another zone', { recorded_at: fromNow(-MINUTE_MS).replace(/\d{3}Z$/, '123456+00:00') }],
  ['with fields of a newer app', { altitude: 34, __proto__: null, provider: 'gps' }],
])('a point %s is taken', async (_name, point) => {
  const answer = await post([{ latitude: 1, longitude: 2, ...point }]);
  expect(answer).toMatchObject({ status: 200, body: { accepted: 1, rejected: [] } });
  expect(await countStored()).toBe(1);
});

test('points that were sent in one list without times keep their order, and the last is where the driver is', async () => {
  await post([1, 2, 3].map((latitude) => ({ latitude, longitude: 0 })));
  expect(await showMe()).toMatchObject({ latitude: 3 });
});

describe('a frame on the stream', () => {
  test.each([
    ['that is not JSON', 'hello'],
    ['of another type', JSON.stringify({ type: 'location', payload: {} })],
    ['without a payload', JSON.stringify({ type: 'location_update' })],
    ['whose payload is text', update('here')],
    ['whose payload is null', update(null)],
    ['of 501 points', update(Array(501).fill({ latitude: 1, longitude: 2 }))],
    ['that is binary', Buffer.from(update({ latitude: 1, longitude: 2 }))],
  ])('%s closes it with 4400, and nothing is written', async (_name, data) => {
    const stream = await openStream();
    stream.send(data);
    expect(await stream.closed).toMatchObject({ code: 4400 });
    expect(await countStored()).toBe(0);
  });

  test('over 256 KB closes it with 1009', async () => {
    const stream = await openStream();
    stream.send(update({ latitude: 1, longitude: 2, note: 'n'.repeat(256 * 1024) }));
    expect(await stream.closed).toMatchObject({ code: 1009 });
  });
});

test('one stream more than a driver may have closes the oldest, which is told so, and the others go on', async () => {
  const [oldest, older] = [await openStream(), await openStream()];
  oldest.pause(); // as one whose phone has left the network: it neither hears nor answers
  const newest = await openStream();
  for (const [seq, stream] of [older, newest].entries()) {
    stream.send(update({ latitude: 1, longitude: 2, seq }));
    expect(await stream.find(() => true)).toMatchObject({ payload: { seq, accepted: 1 } });
  }
  oldest.resume();
  expect(await oldest.closed).toEqual({ code: 4409, reason: 'replaced by a newer connection' });
});

test('whoever comes back again and again always gets in, and the others of that driver are closed', async () => {
  const streams: TestSocket[] = [];
  for (let n = 0; n < 6; n += 1) streams.push(await openStream());
  expect(await Promise.all(streams.slice(0, 4).map(async (stream) => (await stream.closed).code))).toEqual(
    Array(4).fill(4409),
  );
  expect(streams.slice(4).map((stream) => stream.closedWith)).toEqual([undefined, undefined]);
  const neighbour = await openStream('neighbour');
  expect(neighbour.closedWith).toBeUndefined();
});

describe('a trail', () => {
  /** The driver is on a trip that began half an hour ago. */
  async function beginTrip(id = driverId): Promise<string> {
    const bookingId = randomUUID();
    await database.sql(
      `insert into tracking.trip (booking_id, driver_id, user_id, started_at) values ($1, $2, 'ana', now() - interval '30 minutes')`,
      [bookingId, id],
    );
    return bookingId;
  }

  async function trailOf(bookingId: string) {
    const url = `${system.trackingUrl}/v1/bookings/${bookingId}/trail`;
    const { status, body } = await call('GET', url, { token: system.token('admin', 'ops') });
    expect(status).toBe(200);
    return { coordinates: body.geometry?.coordinates ?? [], times: body.properties.coordinateProperties.times };
  }

  test('has a late point in its place, and the driver is not moved back by it', async () => {
    const bookingId = await beginTrip();
    const at = [-20, -15, -10].map((minutes) => fromNow(minutes * MINUTE_MS));
    await post([{ latitude: 1.01, longitude: 0, recorded_at: at[0] }]);
    await post([{ latitude: 1.03, longitude: 0, recorded_at: at[2] }]);
    await post([{ latitude: 1.02, longitude: 0, recorded_at: at[1] }]);
    expect(await trailOf(bookingId)).toEqual({
      coordinates: [
        [0, 1.01],
        [0, 1.02],
        [0, 1.03],
      ],
      times: at,
    });
    expect(await showMe()).toMatchObject({ latitude: 1.03, recorded_at: at[2] });
  });

  test('leaves out what the driver drove before and after', async () => {
    const bookingId = await beginTrip();
    await post(
      [-40, -25, -20, -10].map((minutes) => ({
        latitude: -minutes / 100,
        longitude: 0,
        recorded_at: fromNow(minutes * MINUTE_MS),
      })),
    );
    await database.sql(`update tracking.trip set ended_at = now() - interval '15 minutes' where booking_id = $1`, [
      bookingId,
    ]);
    expect((await trailOf(bookingId)).coordinates).toEqual([
      [0, 0.25],
      [0, 0.2],
    ]);
  });

  test('of fewer than two points has no line yet', async () => {
    const bookingId = await beginTrip();
    expect(await trailOf(bookingId)).toEqual({ coordinates: [], times: [] });
    await post([{ latitude: 1, longitude: 0 }]);
    expect((await trailOf(bookingId)).coordinates).toEqual([]);
  });

  test('and the latest position are the same in whatever order, packets and repeats the points arrive', async () => {
    const base = Date.now() - 20 * MINUTE_MS;
    // Times and numbers collide on purpose, also where places differ: devices do that.
    const point = fc.record(
      {
        latitude: fc.integer({ min: 1, max: 3 }),
        longitude: fc.integer({ min: 1, max: 3 }),
        recorded_at: fc.integer({ min: 0, max: 4 }).map((n) => new Date(base + n * 1_000).toISOString()),
        seq: fc.integer({ min: 0, max: 2 }),
      },
      { requiredKeys: ['latitude', 'longitude', 'recorded_at'] },
    );
    const arrivals = fc.array(point, { minLength: 2, maxLength: 8 }).chain((points) => {
      const shuffled = fc.shuffledSubarray(points, { minLength: points.length });
      const packets = fc.tuple(shuffled, fc.subarray(points), fc.integer({ min: 1, max: 4 }));
      return fc.tuple(fc.constant(points), packets);
    });
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(arrivals, async ([points, [shuffled, repeated, size]]) => {
        runs += 1;
        const [inOrder, atRandom] = [`in order ${runs}`, `at random ${runs}`];
        const [first, second] = [await beginTrip(inOrder), await beginTrip(atRandom)];
        await post(points, inOrder);
        const all = [...shuffled, ...repeated];
        for (let from = 0; from < all.length; from += size) await post(all.slice(from, from + size), atRandom);
        expect(await trailOf(second)).toEqual(await trailOf(first));
        const { driver_id: _one, ...here } = await showMe(inOrder);
        expect(await showMe(atRandom)).toEqual({ driver_id: atRandom, ...here });
      }),
      { numRuns: 40, endOnFailure: true },
    );
  });
});
