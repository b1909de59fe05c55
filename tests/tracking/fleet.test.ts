import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { middleOfCell } from '../../services/tracking/src/drivers/nearest-cells.ts';
import { eventually } from '../../tools/testing/waiting.ts';
import { call } from '../support/http.ts';
import { lonelyPlace, startTrip } from '../support/people/trip.ts';
import { type System, startSystem } from '../support/services/system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ PLAUSIBILITY: 'off' }); // drivers here go degrees in no time
});
afterAll(() => system.stop());

const as = (role: 'user' | 'driver' | 'admin', sub = 'ops') => ({ token: system.token(role, sub) });
const get = (path: string, role: 'user' | 'driver' | 'admin' = 'admin', sub?: string) =>
  call('GET', `${system.trackingUrl}${path}`, as(role, sub));
const setDuty = (driverId: string, body: object) =>
  call('PUT', `${system.trackingUrl}/v1/drivers/me/status`, { ...as('driver', driverId), body });
const goOnDuty = (driverId: string, latitude: number, longitude: number) =>
  setDuty(driverId, { status: 'Available', vehicle_type: 'truck', latitude, longitude });
const listed = async (query: string) =>
  (await get(`/v1/drivers?${query}`)).body.features.map(
    (feature: { properties: { driver_id: string } }) => feature.properties.driver_id,
  );

test('an admin sees a driver who is on duty, and of one off duty no position', async () => {
  await goOnDuty('visible.#', 40, -3);
  expect(await get(`/v1/drivers/${encodeURIComponent('visible.#')}`)).toMatchObject({
    status: 200,
    body: { driver_id: 'visible.#', status: 'Available', vehicle_type: 'truck', latitude: 40, longitude: -3 },
  });
  await setDuty('visible.#', { status: 'Offline' });
  expect((await get(`/v1/drivers/${encodeURIComponent('visible.#')}`)).body).toMatchObject({
    status: 'Offline',
    latitude: null,
    longitude: null,
    recorded_at: null,
  });
  const self = await get('/v1/drivers/me', 'driver', 'visible.#');
  expect(self.body).toMatchObject({ status: 'Offline', latitude: 40, longitude: -3 });
});

test('a driver whom nobody knows, or whose id can be none, is not found', async () => {
  for (const id of ['nobody', '%00', 'x'.repeat(129), '%F0%9F%92%A9']) {
    expect(await get(`/v1/drivers/${id}`)).toMatchObject({
      status: 404,
      body: { error: { code: 'driver_not_found' } },
    });
  }
});

test('drivers are listed by box, also over the antimeridian, as GeoJSON', async () => {
  await goOnDuty('box-east', -17, 179.5);
  await goOnDuty('box-west', -17, -179.5);
  await goOnDuty('box-far', -17, 170);
  expect(await listed('bbox=179,-18,-179,-16')).toEqual(['box-east', 'box-west']);
  expect(await listed('bbox=169,-18,180,-16')).toEqual(['box-east', 'box-far']);
  expect(await listed('bbox=-180,-90,180,90&status=Busy')).toEqual([]);
  expect(await listed('bbox=170,-17,170,-17')).toEqual(['box-far']);
  const { body } = await get('/v1/drivers?bbox=169,-18,171,-16');
  expect(body).toMatchObject({
    type: 'FeatureCollection',
    features: [
      {
        type: 'Feature',
        geometry: { type: 'Point', coordinates: [170, -17] },
        properties: { driver_id: 'box-far', status: 'Available', vehicle_type: 'truck', booking_id: null },
      },
    ],
    next_cursor: null,
  });
});

test('the box follows a driver who moves, and lets go of one who goes off duty', async () => {
  await goOnDuty('mover', 70, 100);
  const body = { points: [{ latitude: 71, longitude: 101 }] };
  await call('POST', `${system.trackingUrl}/v1/locations`, { ...as('driver', 'mover'), body });
  expect(await listed('bbox=99,69,100.5,70.5')).toEqual([]);
  expect(await listed('bbox=100.5,70.5,102,72')).toEqual(['mover']);
  await setDuty('mover', { status: 'Offline' });
  expect(await listed('bbox=100.5,70.5,102,72')).toEqual([]);
});

test('pages follow each other without a gap or a repeat', async () => {
  const ids = ['page-ä', 'page.#', 'page-1', 'page-2', 'page-3'];
  for (const id of ids) await goOnDuty(id, 60, 60);
  const seen: string[] = [];
  let cursor = '';
  do {
    const { body } = await get(`/v1/drivers?bbox=59,59,61,61&limit=2${cursor}`);
    expect(body.features.length).toBeLessThanOrEqual(2);
    seen.push(...body.features.map((feature: { properties: { driver_id: string } }) => feature.properties.driver_id));
    cursor = body.next_cursor === null ? '' : `&cursor=${body.next_cursor}`;
  } while (cursor !== '');
  expect([...seen].sort()).toEqual([...ids].sort());
});

test('without a box, drivers off duty are listed too, without a place', async () => {
  await goOnDuty('resting', 1, 1);
  await setDuty('resting', { status: 'Offline' });
  const { body } = await get('/v1/drivers?status=Offline&limit=1000');
  const resting = body.features.find(
    (each: { properties: { driver_id: string } }) => each.properties.driver_id === 'resting',
  );
  expect(resting).toMatchObject({ geometry: null, properties: { status: 'Offline', recorded_at: null } });
});

test.each([
  'bbox=1,2,3',
  'bbox=1,2,3,4,5',
  'bbox=a,b,c,d',
  'bbox=,,,',
  'bbox=0,91,1,92',
  'bbox=0,10,1,5',
  'bbox=181,0,182,1',
  'status=Sleeping',
  'limit=0',
  'limit=1001',
  'limit=-1',
  'limit=ten',
  'cursor=%00',
  'cursor=AA', // NUL
  'cursor=!!',
  'order=status;drop',
])('a list of drivers by %s is refused', async (query) => {
  expect(await get(`/v1/drivers?${query}`)).toMatchObject({
    status: 400,
    body: { error: { code: 'invalid_request' } },
  });
});

test('only admins list drivers and look one up', async () => {
  for (const role of ['user', 'driver'] as const) {
    for (const path of ['/v1/drivers', '/v1/drivers/resting']) {
      expect((await get(path, role)).status).toBe(403);
    }
  }
});

test('users see that drivers are near, in cells and without names; admins see them exactly', async () => {
  await goOnDuty('near', 45.00123, 7.00456);
  const path = '/v1/drivers/nearby?latitude=45&longitude=7&vehicle_type=truck';
  const middle = middleOfCell({ latitude: 45.00123, longitude: 7.00456 });
  expect((await get(path, 'user', 'ana')).body).toEqual({ items: [middle] });
  expect((await get(path)).body.items).toMatchObject([{ driver_id: 'near', latitude: 45.00123, longitude: 7.00456 }]);
  expect((await get(path, 'driver', 'near')).status).toBe(403);
});

test('a booking’s location is for its user, its driver and admins, and for nobody once it is over', async () => {
  const trip = await startTrip(system, { driverId: 'carrier', userId: 'owner', pickup: lonelyPlace() });
  const path = `/v1/bookings/${trip.bookingId}`;
  const allowed = [
    get(`${path}/location`, 'user', 'owner'),
    get(`${path}/location`, 'driver', 'carrier'),
    get(`${path}/location`),
  ];
  for (const answer of await Promise.all(allowed)) expect(answer.status).toBe(200);
  for (const door of ['location', 'trail']) {
    expect((await get(`${path}/${door}`, 'user', 'stranger')).status).toBe(404);
    expect((await get(`${path}/${door}`, 'driver', 'stranger')).status).toBe(404);
    expect((await get(`${path}/${door}`, 'user', 'carrier')).status).toBe(404);
  }
  await call('POST', `${system.bookingUrl}${path}/cancel`, { ...as('admin'), body: {} });
  await eventually(async () => expect((await get(`${path}/location`, 'user', 'owner')).status).toBe(404));
  expect((await get(`${path}/location`, 'driver', 'carrier')).status).toBe(404);
  expect((await get(`${path}/location`)).status).toBe(404);
  expect((await get(`${path}/trail`, 'user', 'owner')).status).toBe(404);
  expect((await get(`${path}/trail`)).status).toBe(200);
});
