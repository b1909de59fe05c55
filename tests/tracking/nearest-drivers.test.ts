import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { distanceMeters, type LatLon } from '@logi/contracts';
import { middleOfCell } from '../../services/tracking/src/drivers/nearest-cells.ts';
import { away } from '../../tools/testing/away.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { call } from '../support/http.ts';
import { acceptOffered, book, forEach, goOnDuty } from '../support/people/people.ts';
import { type System, startSystem } from '../support/services/system.ts';

const NEARBY_METERS = 15_000;

/** Where distances go wrong in degrees. */
const CITIES: [name: string, city: LatLon][] = [
  ['a city', { latitude: 52.52, longitude: 13.4 }],
  ['the equator', { latitude: 0, longitude: 32.5 }],
  ['the antimeridian', { latitude: -16.8, longitude: 180 }],
  ['the far north', { latitude: 78.2, longitude: 15.6 }],
  ['the North Pole', { latitude: 89.99, longitude: -100 }],
  ['the South Pole', { latitude: -89.98, longitude: 170 }],
];
const DRIVERS_PER_CITY = 30;

let system: System;
const drivers = new Map<string, LatLon>();
beforeAll(async () => {
  system = await startSystem();
  for (const [name, city] of CITIES) {
    for (let n = 0; n < DRIVERS_PER_CITY; n += 1) drivers.set(`${name} ${n}`, somewhereAround(city, 20_000));
  }
  await forEach(drivers, ([id, at]) => goOnDuty(system, id, { at }));
});
afterAll(() => system.stop());

/* Pseudorandom, so that a failure can be seen again. */
let seed = 7;
function random(): number {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed / 2_147_483_647;
}

/** A place within so many metres, in any direction. */
function somewhereAround(place: LatLon, maxMeters: number): LatLon {
  const bearing = random() * 2 * Math.PI;
  return away(place, Math.sqrt(random()) * maxMeters, bearing);
}

async function nearby(role: 'user' | 'admin', { latitude, longitude }: LatLon, limit = 10, vehicleType = 'van') {
  const query = `latitude=${latitude}&longitude=${longitude}&vehicle_type=${vehicleType}&limit=${limit}`;
  const url = `${system.trackingUrl}/v1/drivers/nearby?${query}`;
  const { status, body } = await call('GET', url, { token: system.token(role, 'ops') });
  expect(status).toBe(200);
  return body.items;
}

/** All drivers within reach, nearest first, by looking at every one of them. */
function byBruteForce(here: LatLon) {
  return [...drivers]
    .map(([driverId, at]) => ({ driverId, meters: distanceMeters(here, at) }))
    .filter(({ meters }) => meters <= NEARBY_METERS)
    .sort((a, b) => a.meters - b.meters);
}

test.each(CITIES)('around %s, the nearest drivers are those that looking at all of them finds', async (_name, city) => {
  let found = 0;
  for (let n = 0; n < 15; n += 1) {
    const here = n === 0 ? city : somewhereAround(city, 10_000);
    const expected = byBruteForce(here).slice(0, 10);
    const items = await nearby('admin', here);
    expect(items.map((item: { driver_id: string }) => item.driver_id)).toEqual(
      expected.map(({ driverId }) => driverId),
    );
    for (const [index, { distance_meters }] of items.entries()) {
      expect(Math.abs(distance_meters - (expected[index]?.meters ?? Number.NaN))).toBeLessThan(2);
    }
    found += items.length;
  }
  expect(found).toBeGreaterThan(100);
});

test.each(CITIES)('around %s, users see in which cells the nearest drivers are, and no ids', async (_name, city) => {
  const cells = [...drivers.values()].map(middleOfCell);
  for (let n = 0; n < 5; n += 1) {
    const here = n === 0 ? city : somewhereAround(city, 10_000);
    for (const limit of [1, 5, 50]) {
      const expected = cells
        .map((cell) => ({ cell, meters: distanceMeters(here, cell) }))
        .filter(({ meters }) => meters <= NEARBY_METERS)
        .sort((a, b) => a.meters - b.meters);
      expect(await nearby('user', here, limit)).toEqual(expected.slice(0, limit).map(({ cell }) => cell));
    }
  }
});

test('wherever a user asks from, the answer does not tell where in their cell a driver stands', async () => {
  const middle = middleOfCell({ latitude: 30, longitude: 30 });
  const [south, north] = [-0.003, 0.003].map((off) => ({ ...middle, latitude: middle.latitude + off }));
  if (!south || !north) throw new Error('two of them');
  expect([south, north].map(middleOfCell)).toEqual([middle, middle]);
  const neighbour = { ...middle, longitude: middle.longitude + 0.0125 };
  for (const [vehicleType, at] of [
    ['southern', south],
    ['northern', north],
  ] as const) {
    await goOnDuty(system, vehicleType, { at, vehicleType });
    await goOnDuty(system, `${vehicleType} neighbour`, { at: neighbour, vehicleType });
  }
  const seen = new Set<string>();
  for (let n = 0; n <= 40; n += 1) {
    const alongTheEdge = { ...middle, latitude: middle.latitude + 0.13 + n * 0.0005 };
    const betweenThem = { ...middle, longitude: middle.longitude + n * 0.0004 };
    for (const here of [alongTheEdge, betweenThem]) {
      const answer = await nearby('user', here, 1, 'southern');
      expect({ here, answer: await nearby('user', here, 1, 'northern') }).toEqual({ here, answer });
      seen.add(JSON.stringify(answer));
    }
  }
  expect(seen.size).toBe(3); // nobody, one cell, the other
});

test('a driver at the very pole is shown at a place that exists', async () => {
  const pole = { latitude: 90, longitude: 180 };
  await goOnDuty(system, 'polar bear', { at: pole, vehicleType: 'bike' });
  const [item] = await nearby('user', pole, 1, 'bike');
  expect(item.latitude).toBeGreaterThan(89.98);
  expect(item.latitude).toBeLessThanOrEqual(90);
  expect(item.longitude).toBeLessThanOrEqual(180);
});

test('only drivers who are available, of the type that is asked for, are found', async () => {
  const at = { latitude: 10, longitude: 10 };
  const found = async () => (await nearby('admin', at)).map((item: { driver_id: string }) => item.driver_id).sort();
  await goOnDuty(system, 'free', { at });
  await goOnDuty(system, 'off duty', { at });
  await goOnDuty(system, 'trucker', { at, vehicleType: 'truck' });
  await goOnDuty(system, 'changed vehicles', { at });
  await goOnDuty(system, 'changed vehicles', { at, vehicleType: 'bike' });
  await call('PUT', `${system.trackingUrl}/v1/drivers/me/status`, {
    token: system.token('driver', 'off duty'),
    body: { status: 'Offline' },
  });
  expect(await found()).toEqual(['free']);
  const { booking_id } = await book(system, 'ana', { at });
  await eventually(async () => expect(await found()).toEqual([])); // being asked
  await acceptOffered(system, 'free', booking_id);
  expect(await found()).toEqual([]);
});

test('a driver who drives on is found where they are now', async () => {
  const [from, to] = [
    { latitude: 20, longitude: 20 },
    { latitude: 20.3, longitude: 20 },
  ];
  const nearly = { ...to, latitude: 20.2999 }; // as far away as nobody drives at once, so two fixes have to agree
  await goOnDuty(system, 'mover', { at: from });
  expect(await nearby('admin', from)).toHaveLength(1);
  await call('POST', `${system.trackingUrl}/v1/locations`, {
    token: system.token('driver', 'mover'),
    body: { points: [nearly, to] },
  });
  expect(await nearby('admin', from)).toEqual([]);
  expect(await nearby('admin', to)).toMatchObject([{ driver_id: 'mover', distance_meters: 0 }]);
});
