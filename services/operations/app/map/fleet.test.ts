import { expect, test } from '@jest/globals';
import type { DriverFeature } from '../data/drivers.ts';
import { Fleet } from './fleet.ts';

const at = (longitude: number, recordedAt = '2026-01-31T12:00:00.000Z'): DriverFeature => ({
  type: 'Feature',
  geometry: { type: 'Point', coordinates: [longitude, 0] },
  properties: { driver_id: 'dro', status: 'Busy', vehicle_type: 'van', recorded_at: recordedAt, booking_id: null },
});
const NOON = Date.parse('2026-01-31T12:00:00.000Z');

test('a driver goes evenly to where they were found, and no further', () => {
  const fleet = new Fleet(1_000);
  fleet.take([at(10)], 0);
  fleet.take([at(11)], 1_000);
  expect([1_000, 1_500, 2_000, 9_000].map((now) => fleet.placeOf('dro', now)?.[0])).toEqual([10, 10.5, 11, 11]);
  expect([fleet.isMoving(1_500), fleet.isMoving(2_000)]).toEqual([true, false]);
});

test('an answer on the way turns them from where they are drawn', () => {
  const fleet = new Fleet(1_000);
  fleet.take([at(10)], 0);
  fleet.take([at(11)], 0);
  fleet.take([at(10)], 500);
  expect(fleet.placeOf('dro', 500)?.[0]).toBe(10.5);
  expect(fleet.placeOf('dro', 1_000)?.[0]).toBe(10.25);
});

test('they are an arrow once a heading is known, and keep it while they stand', () => {
  const fleet = new Fleet(1_000);
  const icons = () => fleet.draw(0, NOON).map(({ properties }) => [properties?.['icon'], properties?.['heading']]);
  fleet.take([at(10)], 0);
  expect(icons()).toEqual([['Busy dot', 0]]);
  fleet.take([at(11)], 0);
  fleet.take([at(11)], 0);
  expect(icons()).toEqual([['Busy arrow', 90]]);
});

test('what was heard long ago is fainter, and who is gone is gone', () => {
  const fleet = new Fleet(1_000);
  fleet.take([at(10)], 0);
  const [fresh] = fleet.draw(0, NOON);
  const [old] = fleet.draw(0, NOON + 120_000);
  expect(old?.properties?.['brightness']).toBeLessThan(fresh?.properties?.['brightness']);
  fleet.take([], 0);
  expect(fleet.size).toBe(0);
});
