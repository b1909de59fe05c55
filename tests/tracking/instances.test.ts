import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { eventually } from '../../tools/testing/waiting.ts';
import { connectSql } from '../support/database.ts';
import { call } from '../support/http.ts';
import { advance } from '../support/people/people.ts';
import { startTrip } from '../support/people/trip.ts';
import { type System, startSystem } from '../support/services/system.ts';
import { TestSocket } from '../support/socket.ts';

let system: System;
let admin: pg.Client;
let urls: string[];
beforeAll(async () => {
  system = await startSystem({ PUBLISH_INTERVAL_MS: '300', PLAUSIBILITY: 'off' }); // drivers here go degrees in no time;
  admin = await connectSql(system.servers.databaseUrl);
  // A day long past, as the service left it when it was last run.
  await admin.query(`select tracking.maintain_partitions('2020-01-01', '2020-01-01', '2020-01-01')`);
  const second = await system.start.tracking();
  urls = [system.trackingUrl, `http://127.0.0.1:${second.port()}`];
});
afterAll(async () => {
  await admin.end();
  await system.stop();
});

const send = (url: string | undefined, driverId: string, points: object[]) =>
  call('POST', `${url}/v1/locations`, { token: system.token('driver', driverId), body: { points } });
const streamOf = (url: string | undefined, driverId: string) =>
  TestSocket.connect(`${url?.replace('http', 'ws')}/v1/stream?token=${system.token('driver', driverId)}`);

test('days are made ahead, and those past retention are dropped', async () => {
  await eventually(async () => {
    const { rows } = await admin.query(`
      select min(right(inhrelid::regclass::text, 8)) as oldest, max(right(inhrelid::regclass::text, 8)) as newest
      from pg_inherits where inhparent = 'tracking.position'::regclass`);
    const day = (offset: number) =>
      new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');
    expect(rows[0].oldest >= day(-33)).toBe(true);
    expect(rows[0].newest >= day(2)).toBe(true);
  });
});

test('a driver who reconnects to another instance loses nothing, and both answer the same', async () => {
  const { bookingId } = await startTrip(system, { driverId: 'roamer', userId: 'ana' });
  for (let seq = 0; seq < 6; seq += 1) {
    const stream = await streamOf(urls[seq % 2], 'roamer');
    stream.send(JSON.stringify({ type: 'location_update', payload: { latitude: 5 + seq / 1e4, longitude: 5, seq } }));
    await stream.find((message) => 'seq' in message.payload && message.payload.seq === seq);
    await stream.close();
  }
  const token = system.token('user', 'ana');
  const [trail, other] = await Promise.all(
    urls.map(async (url) => (await call('GET', `${url}/v1/bookings/${bookingId}/trail`, { token })).body),
  );
  expect(trail.geometry.coordinates).toHaveLength(6);
  expect(other).toEqual(trail);
  const [me, alsoMe] = await Promise.all(
    urls.map(
      async (url) => (await call('GET', `${url}/v1/drivers/me`, { token: system.token('driver', 'roamer') })).body,
    ),
  );
  expect(me).toMatchObject({ latitude: 5.0005, booking_id: bookingId });
  expect(alsoMe).toEqual(me);
});

test('a trip begins and ends on every instance at once: its user sees the points of all, and none after the end', async () => {
  const user = await TestSocket.connect(`${system.gatewayUrl}/ws?token=${system.token('user', 'ben')}`);
  const seen = () =>
    user.messages.flatMap((message) => (message.type === 'driver_location' ? [message.payload.latitude] : []));
  const trip = await startTrip(system, { driverId: 'shared', userId: 'ben' });
  for (const [i, url] of [...urls, ...urls].entries()) {
    await send(url, 'shared', [{ latitude: i + 1, longitude: 5 }]);
    await eventually(() => expect(seen()).toContain(i + 1));
  }
  const statuses = [
    'En Route to Pickup',
    'Arrived at Pickup',
    'In Transit',
    'Arrived at Drop-off',
    'Delivered',
  ] as const;
  await advance(system, 'shared', trip.bookingId, statuses);
  for (const url of urls) {
    await eventually(async () => {
      const me = await call('GET', `${url}/v1/drivers/me`, { token: system.token('driver', 'shared') });
      expect(me.body.booking_id).toBe(null);
    });
    await send(url, 'shared', [{ latitude: 80, longitude: 5 }]);
  }
  // Positions of another trip arrive after the two above, had these been published.
  await startTrip(system, { driverId: 'another', userId: 'ben' });
  await send(urls[0], 'another', [{ latitude: 70, longitude: 5 }]);
  await eventually(() => expect(seen()).toContain(70));
  expect(seen()).not.toContain(80);
  await user.close();
});

test('of a burst the user gets few positions, and always the last', async () => {
  const user = await TestSocket.connect(`${system.gatewayUrl}/ws?token=${system.token('user', 'cat')}`);
  await startTrip(system, { driverId: 'eager', userId: 'cat' });
  const positions = () => user.messages.filter((message) => message.type === 'driver_location');
  for (let i = 1; i <= 30; i += 1) await send(urls[0], 'eager', [{ latitude: i, longitude: 6 }]);
  await eventually(() => expect(positions().at(-1)?.payload).toMatchObject({ latitude: 30 }));
  expect(positions().length).toBeLessThan(30);
  await user.close();
});

test('the same drivers through both instances at once: no point lost, and the newest is the newest', async () => {
  const ids = Array.from({ length: 40 }, (_, i) => `crowd-${i}`);
  const now = Date.now();
  await Promise.all(
    Array.from({ length: 8 }, (_, round) =>
      ids.map((id, i) => {
        const recorded_at = new Date(now - 10_000 + round * 1_000).toISOString();
        return send(urls[(i + round) % 2], id, [{ latitude: round, longitude: 7, recorded_at }]);
      }),
    )
      .flat()
      .map(async (answer) => expect((await answer).status).toBe(200)),
  );
  const { rows } = await admin.query(
    `select count(*)::int as points, count(distinct driver_id)::int as drivers from tracking.position where driver_id like 'crowd-%'`,
  );
  expect(rows).toEqual([{ points: 320, drivers: 40 }]);
  const newest = await admin.query(
    `select distinct latitude from tracking.driver_latest where driver_id like 'crowd-%'`,
  );
  expect(newest.rows).toEqual([{ latitude: 7 }]);
});
