import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { distanceMeters, type LatLon } from '@logi/contracts';
import { closeLater } from '../support/cleanup.ts';
import { call } from '../support/http.ts';
import { bookingBody, place } from '../support/people/people.ts';
import { type System, startSystem } from '../support/services/system.ts';

const SNAP_METERS = 250;
/** Roads are longer than the straight line by so much, where there is no better knowledge. */
const ROAD_FACTOR = 1.3;

type Answer = { status: number; body: string };
const road = (distance: number, duration = 900) => ok({ code: 'Ok', routes: [{ distance, duration }] });
const ok = (body: unknown): Answer => ({ status: 200, body: JSON.stringify(body) });

let system: System;
let asked: URL[] = [];
let answer: Answer;
beforeAll(async () => {
  const router = createServer((request, response) => {
    asked.push(new URL(request.url ?? '', 'http://router'));
    response.writeHead(answer.status).end(answer.body);
  });
  closeLater(() => router.close());
  await once(router.listen(0, '127.0.0.1'), 'listening');
  const address = router.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  system = await startSystem({
    ROUTING_URL: `http://127.0.0.1:${address.port}`,
    ROUTING_SNAP_METERS: `${SNAP_METERS}`,
  });
});
afterAll(() => system.stop());
beforeEach(() => {
  asked = [];
});

const from = place(1);
const to = { latitude: from.latitude + 0.03, longitude: from.longitude + 0.03 };
const straight = distanceMeters(from, to);
const estimated = Math.round(straight * ROAD_FACTOR);

async function distanceOf(body: object = bookingBody({ at: from, to })): Promise<number> {
  const { status, body: priced } = await call('POST', `${system.bookingUrl}/v1/estimates`, {
    token: system.token('user', 'ana'),
    body,
  });
  expect(status).toBe(200);
  return priced.distance_meters;
}

test('a road is asked for near both places only', async () => {
  answer = road(9_000);
  expect(await distanceOf()).toBe(9_000);
  expect(asked[0]?.pathname).toBe(`/route/v1/driving/${pair(from)};${pair(to)}`);
  expect(asked[0]?.searchParams.get('radiuses')).toBe(`${SNAP_METERS};${SNAP_METERS}`);
});
const pair = ({ latitude, longitude }: LatLon) => `${longitude},${latitude}`;

/** Each is an answer about this trip, and says nothing about the next one. */
test.each<[why: string, answer: Answer]>([
  ['there is no route', { status: 400, body: '{"code":"NoRoute","message":"Impossible route between points"}' }],
  ['there is no road near a place', { status: 400, body: '{"code":"NoSegment"}' }],
  ['the question is not to its liking', { status: 400, body: '{"code":"InvalidQuery"}' }],
  ['the trip is too big for it', { status: 400, body: '{"code":"TooBig"}' }],
  ['a no comes with status 200', ok({ code: 'NoRoute' })],
  ['a no comes with status 500', { status: 500, body: '{"code":"NoRoute"}' }],
  ['there are no routes', ok({ code: 'Ok', routes: [] })],
  ['there is no list of routes', ok({ code: 'Ok' })],
  ['the distance is null', ok({ code: 'Ok', routes: [{ distance: null, duration: 900 }] })],
  ['the distance is negative', road(-1)],
  ['the road is shorter than the straight line', road(Math.round(straight * 0.9))],
  ['both places were moved to one', road(0, 0)],
  ['the road is driven in no time', road(9_000, 0)],
])('where %s, the distance is estimated, and the next trip is asked for all the same', async (_why, no) => {
  answer = no;
  expect(await distanceOf()).toBe(estimated);
  answer = road(9_000);
  expect(await distanceOf()).toBe(9_000);
  expect(asked).toHaveLength(2);
});

test('a straight road is a road, also where it seems a little shorter than the straight line on a sphere', async () => {
  answer = road(straight * 0.995);
  expect(await distanceOf()).toBe(Math.round(straight * 0.995));
});

test('a trip to where it begins is no way at all', async () => {
  answer = road(0, 0);
  expect(await distanceOf(bookingBody({ at: from, to: from }))).toBe(0);
});

test.each<[why: string, answer: Answer]>([
  ['breaks down', { status: 502, body: '<html>Bad Gateway</html>' }],
  ['has no code to its answer', { status: 429, body: '{"message":"Too many requests"}' }],
])('a routing server that %s is left alone for a while', async (_why, broken) => {
  const fresh = await system.start.booking();
  const url = system.bookingUrl;
  system.bookingUrl = `http://127.0.0.1:${fresh.port()}`;
  answer = broken;
  expect(await distanceOf()).toBe(estimated);
  answer = road(9_000);
  expect(await distanceOf()).toBe(estimated);
  expect(asked).toHaveLength(1);
  system.bookingUrl = url;
  await fresh.stop();
});
